package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.internal.loops.ForcedLoops;
import io.github.sparkattention.kernels.internal.loops.Kernels;
import io.github.sparkattention.kernels.internal.plain.PlainKernels;
import java.lang.reflect.InvocationTargetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Chooses the loops, once per JVM: SIMD where the Vector API is there, plain Java elsewhere. */
final class KernelChoice {
  private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);
  private static final String VECTOR_KERNELS =
      "io.github.sparkattention.kernels.internal.vector.VectorKernels";
  private static final String MODULE = "jdk.incubator.vector";

  private static Kernels chosen;

  private KernelChoice() {}

  /** The loops that were chosen, and why. */
  record Chosen(Kernels kernels, String reason) {}

  /**
   * The loops of this JVM.
   *
   * @param javaOptions where a user writes options of Java, for the sentence that asks for one
   */
  static synchronized Kernels get(String javaOptions) {
    if (chosen == null) {
      chosen = chooseAloud(ForcedLoops.choice(), javaOptions).kernels;
    }
    return chosen;
  }

  private static Chosen chooseAloud(String choice, String javaOptions) {
    Chosen chosen = choose(choice, javaOptions);
    String loops = chosen.kernels.description();
    if (chosen.kernels instanceof PlainKernels && choice.equals("auto")) {
      LOG.warn("Attention on Java threads uses {}: {}", loops, chosen.reason);
    } else {
      LOG.info("Attention on Java threads uses {}: {}", loops, chosen.reason);
    }
    return chosen;
  }

  static Chosen choose(String choice, String javaOptions) {
    String hint = String.format("add --add-modules=%s to %s", MODULE, javaOptions);
    return switch (choice) {
      case "plain" -> new Chosen(new PlainKernels(), ForcedLoops.PROPERTY + "=plain");
      case "simd", "simd-128", "simd-256", "simd-512" -> {
        if (!hasVectorApi()) {
          throw new BackendUnavailableException(
              String.format(
                  "%s=%s was asked for, but the module %s is missing; %s",
                  ForcedLoops.PROPERTY, choice, MODULE, hint));
        }
        yield new Chosen(vectorKernels(), ForcedLoops.PROPERTY + "=" + choice);
      }
      case "auto" ->
          hasVectorApi()
              ? new Chosen(vectorKernels(), "the module " + MODULE + " is there")
              : new Chosen(
                  new PlainKernels(), "the module " + MODULE + " is missing; for SIMD, " + hint);
      default ->
          throw new BackendUnavailableException(
              String.format(
                  "%s must be auto, plain, simd, simd-128, simd-256 or simd-512, but is '%s'",
                  ForcedLoops.PROPERTY, choice));
    };
  }

  private static boolean hasVectorApi() {
    return ModuleLayer.boot().findModule(MODULE).isPresent();
  }

  /** By name, since a class that names the Vector API can't be loaded without the module. */
  private static Kernels vectorKernels() {
    try {
      return Class.forName(VECTOR_KERNELS)
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
