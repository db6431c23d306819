package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.BackendUnavailableException;
import java.lang.reflect.InvocationTargetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the loops, once per JVM: SIMD where the Vector API is there, plain Java elsewhere. */
final class KernelChoice {
  /**
   * System property that forces a choice: {@code plain}, {@code simd} (as wide as the processor
   * allows), or {@code simd-128}, {@code simd-256}, {@code simd-512}; {@code auto} unless set.
   */
  static final String PROPERTY = "sparkattention.kernels";

  private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);
  private static final String MODULE = "jdk.incubator.vector";
  private static final String HINT = "start Java with --add-modules " + MODULE;

  private KernelChoice() {}

  private static final class Holder {
    static final Chosen CHOSEN = chooseAloud(forced());
  }

  /** The loops that were chosen, and why. */
  record Chosen(Kernels kernels, String reason) {}

  static Chosen get() {
    return Holder.CHOSEN;
  }

  private static String forced() {
    return System.getProperty(PROPERTY, "auto");
  }

  private static Chosen chooseAloud(String choice) {
    Chosen chosen = choose(choice);
    String loops = chosen.kernels.description();
    if (chosen.kernels instanceof PlainKernels && choice.equals("auto")) {
      LOG.warn("Attention on Java threads uses {}: {}", loops, chosen.reason);
    } else {
      LOG.info("Attention on Java threads uses {}: {}", loops, chosen.reason);
    }
    return chosen;
  }

  static Chosen choose(String choice) {
    return switch (choice) {
      case "plain" -> new Chosen(new PlainKernels(), PROPERTY + "=plain");
      case "simd", "simd-128", "simd-256", "simd-512" -> {
        if (!hasVectorApi()) {
          throw new BackendUnavailableException(
              String.format(
                  "%s=%s was asked for, but the module %s is missing; %s",
                  PROPERTY, choice, MODULE, HINT));
        }
        yield new Chosen(vectorKernels(), PROPERTY + "=" + choice);
      }
      case "auto" ->
          hasVectorApi()
              ? new Chosen(vectorKernels(), "the module " + MODULE + " is there")
              : new Chosen(
                  new PlainKernels(), "the module " + MODULE + " is missing; for SIMD, " + HINT);
      default ->
          throw new BackendUnavailableException(
              String.format(
                  "%s must be auto, plain, simd, simd-128, simd-256 or simd-512, but is '%s'",
                  PROPERTY, choice));
    };
  }

  /** The vector size that was asked for, or 0 for the preferred one. */
  static int forcedBits() {
    String choice = forced();
    return choice.startsWith("simd-") ? Integer.parseInt(choice.substring("simd-".length())) : 0;
  }

  private static boolean hasVectorApi() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  /** By name, since a class that names the Vector API can't be loaded without the module. */
  private static Kernels vectorKernels() {
    try {
      return Class.forName(KernelChoice.class.getPackageName() + ".VectorKernels")
          .asSubclass(Kernels.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("the SIMD loops don't start", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the SIMD loops are missing from the class path", e);
    }
  }
}
