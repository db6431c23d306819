package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.internal.device.WorkGroup;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work group that computes fastest on a device, measured once in a JVM. Its size decides the
 * time alone and no bit, so executors may come to different choices.
 */
final class FastestGroup {
  /** Of this JVM, in which a device and its driver stay what they are. */
  static final FastestGroup OF_JVM = new FastestGroup(FastestGroup::nanos);

  /** Chosen unless another is clearly faster, and where nothing can be measured. */
  static final WorkGroup USUAL = WorkGroup.MEDIUM;

  /** How much of the usual group's time another may take: more could be noise. */
  private static final double CLEARLY = 0.9;

  private static final Logger LOG = LoggerFactory.getLogger(FastestGroup.class);
  private static final AttentionConfig LAYER =
      AttentionConfig.builder(384, 384).numHeads(6).build();
  private static final int SEQUENCES = 8;
  private static final int LENGTH = 64;
  private static final int RUNS = 3;

  /** After so long, one run is measure enough. */
  private static final long SLOW_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ToLongFunction<Backend> clock;
  private final Map<Object, WorkGroup> choices = new ConcurrentHashMap<>();

  /**
   * Nothing is measured yet.
   *
   * @param clock nanoseconds that a backend takes
   */
  FastestGroup(ToLongFunction<Backend> clock) {
    this.clock = clock;
  }

  /**
   * Measures a device, unless that has been done before, or it is a processor.
   *
   * @param device the device
   * @param key what is measured once
   * @param localBytes local memory that a group may have
   * @param open opens a backend with groups of a kind, for the measurement alone
   * @return the group; the usual one if the device fails with it, since whoever asks it next learns
   *     why
   */
  WorkGroup of(
      OpenClDevice device,
      Object key,
      long localBytes,
      Function<WorkGroup, ? extends Backend> open) {
    if (device.type() == OpenClDevice.Type.CPU) {
      // For tests, and its compilers take half a minute for each group.
      return USUAL;
    }
    WorkGroup known = choices.get(key);
    if (known != null) {
      return known;
    }
    Map<WorkGroup, Long> times = new EnumMap<>(WorkGroup.class);
    for (WorkGroup group : candidates(device.maxWorkGroupSize(), localBytes)) {
      try (Backend backend = open.apply(group)) {
        times.put(group, clock.applyAsLong(backend));
      } catch (DeviceException e) {
        if (group == USUAL) {
          // Not kept, since what failed may be what else was on the device.
          return USUAL;
        }
        LOG.info(
            "{} computes with no work groups of {}: {}",
            device.name(),
            group.items(),
            e.getMessage());
      }
    }
    WorkGroup fastest = fastest(times);
    choices.put(key, fastest);
    LOG.info("{}", sentence(device, fastest, times));
    return fastest;
  }

  /** The usual group first, which tells whether there is anything to measure. */
  private static List<WorkGroup> candidates(int mostItems, long localBytes) {
    List<WorkGroup> candidates = new ArrayList<>(List.of(USUAL));
    for (WorkGroup group : WorkGroup.values()) {
      if (group != USUAL && group.within(mostItems, localBytes) == group) {
        candidates.add(group);
      }
    }
    return candidates;
  }

  private static WorkGroup fastest(Map<WorkGroup, Long> times) {
    WorkGroup fastest = USUAL;
    double least = CLEARLY * times.get(USUAL);
    for (Map.Entry<WorkGroup, Long> time : times.entrySet()) {
      if (time.getKey() != USUAL && time.getValue() < least) {
        fastest = time.getKey();
        least = time.getValue();
      }
    }
    return fastest;
  }

  private static String sentence(
      OpenClDevice device, WorkGroup fastest, Map<WorkGroup, Long> times) {
    return String.format(
        Locale.ROOT,
        "%s computes with work groups of %d; a layer for %d tokens took %s",
        device.name(),
        fastest.items(),
        SEQUENCES * LENGTH,
        times.entrySet().stream()
            .map(
                time ->
                    String.format(
                        Locale.ROOT,
                        "%.1f ms with groups of %d",
                        time.getValue() / 1e6,
                        time.getKey().items()))
            .collect(Collectors.joining(", ")));
  }

  /** The time of a layer, the shortest of some runs, after one that warms the device up. */
  static long nanos(Backend backend) {
    int tokens = SEQUENCES * LENGTH;
    int[] offsets = new int[SEQUENCES + 1];
    for (int i = 0; i <= SEQUENCES; i++) {
      offsets[i] = i * LENGTH;
    }
    PackedSequences batch =
        PackedSequences.of(new float[tokens * LAYER.dIn()], LAYER.dIn(), offsets, SEQUENCES);
    float[] context = new float[tokens * LAYER.dOut()];
    Program program = Program.attention(LAYER);
    try (Prepared prepared =
        backend.prepare(program, SeededWeights.attention(LAYER, 0).tensors())) {
      long least = time(prepared, batch, context);
      if (least < SLOW_NANOS) {
        least = Long.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
          least = Math.min(least, time(prepared, batch, context));
        }
      }
      return least;
    }
  }

  private static long time(Prepared prepared, PackedSequences batch, float[] context) {
    long begin = System.nanoTime();
    prepared.run(batch, context);
    return System.nanoTime() - begin;
  }
}
