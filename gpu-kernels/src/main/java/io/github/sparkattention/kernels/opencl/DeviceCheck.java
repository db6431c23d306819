package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.internal.launches.LaunchHook;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a device in that computes as the numeric contract says: a driver that flushes small numbers
 * to zero, loses the sign of a zero, or ends a kernel early without a word is found before the
 * first row, and counts as absent.
 */
final class DeviceCheck {
  /** Of this JVM, in which a device and its driver stay what they are. */
  static final DeviceCheck OF_JVM = new DeviceCheck();

  /** Fills what the device is to write, so that nothing else is taken for a result. */
  static final LaunchHook UNWRITTEN_BEFORE =
      (launch, kernel) -> {
        for (float[] array :
            Arrays.asList(
                kernel.activations,
                kernel.results,
                kernel.attentionWeights,
                kernel.statistics,
                kernel.parts)) {
          Arrays.fill(array, KnownAnswers.UNWRITTEN);
        }
      };

  private static final Logger LOG = LoggerFactory.getLogger(DeviceCheck.class);

  private final Map<Object, KnownAnswers.Verdict> verdicts = new ConcurrentHashMap<>();

  /**
   * Has a device compute what is known, unless it has done so before.
   *
   * @param device the device
   * @param key what is checked once: the device with what its code depends on
   * @param accepted the deviations that the user accepts
   * @param open opens a backend on the device, for the check alone
   * @throws BackendUnavailableException if the device can't compute, or computes something else;
   *     the message says what
   */
  void require(
      OpenClDevice device, Object key, Set<Deviation> accepted, Supplier<? extends Backend> open) {
    KnownAnswers.Verdict verdict = verdicts.get(key);
    if (verdict == null) {
      // A failure is not kept, since what failed may be what else was on the device.
      verdict = check(open);
      verdicts.put(key, verdict);
    }
    if (!verdict.passes(accepted)) {
      throw new BackendUnavailableException(device.name() + " " + sentence(verdict, accepted));
    }
    if (!verdict.isSame()) {
      LOG.warn("{} {}, as accepted", device.name(), verdict.difference());
    }
  }

  private static KnownAnswers.Verdict check(Supplier<? extends Backend> open) {
    try (Backend backend = open.get()) {
      return new KnownAnswers().compare(backend);
    } catch (DeviceException e) {
      throw new BackendUnavailableException(e.getMessage());
    }
  }

  private static String sentence(KnownAnswers.Verdict verdict, Set<Deviation> accepted) {
    if (verdict.explanations().isEmpty()) {
      return verdict.difference();
    }
    Set<Deviation> needed = new TreeSet<>(verdict.explanations());
    needed.addAll(accepted);
    return String.format(
        "%s; accept=%s would take it all the same",
        verdict.difference(),
        needed.stream().map(Deviation::toString).collect(Collectors.joining(",")));
  }
}
