package io.github.sparkattention.kernels.backends;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.opencl.OpenClBackend;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Opens the backend that a policy asks for, and says once which one it is and why. */
public final class Backends {
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  private Backends() {}

  /**
   * Opens a backend, with the OpenCL settings of a user who has set nothing.
   *
   * @param policy which backend to open
   * @param threads how many Java threads may compute at once, at least 1
   * @return the backend; the caller closes it
   * @throws BackendUnavailableException if the policy asks for OpenCL and there is no device
   */
  public static Backend open(BackendPolicy policy, int threads) {
    return open(policy, threads, OpenClSettings.DEFAULTS);
  }

  /**
   * Opens a backend. Under {@link BackendPolicy#AUTO} Java threads stand in for a device that fails
   * later, with the same bits.
   *
   * @param policy which backend to open
   * @param threads how many Java threads may compute at once, at least 1
   * @param settings which OpenCL device to take, and how to use it
   * @return the backend; the caller closes it
   * @throws BackendUnavailableException if the policy asks for OpenCL and there is no such device
   */
  public static Backend open(BackendPolicy policy, int threads, OpenClSettings settings) {
    return choose(policy, threads, settings).backend();
  }

  /**
   * Opens a backend as {@link #open(BackendPolicy, int, OpenClSettings)} does, and tells why it is
   * this one.
   *
   * @param policy which backend to open
   * @param threads how many Java threads may compute at once, at least 1
   * @param settings which OpenCL device to take, and how to use it
   * @return the choice; the caller closes its backend
   * @throws BackendUnavailableException if the policy asks for OpenCL and there is no such device
   */
  public static BackendChoice choose(BackendPolicy policy, int threads, OpenClSettings settings) {
    return choose(policy, () -> new ThreadsBackend(threads), () -> OpenClBackend.open(settings));
  }

  /**
   * Chooses between backends that the caller opens, or has opened for another policy: one JVM can
   * serve several policies with the same threads and the same device.
   *
   * @param policy which backend to take
   * @param threads gives the backend on Java threads; asked only if they are needed
   * @param device gives the backend on the device, or throws {@link BackendUnavailableException} if
   *     there is none; asked only if the policy may use one
   * @return the choice; closing its backend closes all that it was given
   * @throws BackendUnavailableException if the policy asks for OpenCL and there is no device
   */
  public static BackendChoice choose(
      BackendPolicy policy,
      Supplier<? extends Backend> threads,
      Supplier<? extends Backend> device) {
    String asked = "backend '" + policy + "' was asked for";
    return switch (policy) {
      case THREADS -> said(new BackendChoice(threads.get(), false, asked));
      case OPENCL -> {
        try {
          yield said(new BackendChoice(device.get(), false, asked));
        } catch (BackendUnavailableException e) {
          throw new BackendUnavailableException(asked + ", but " + e.getMessage());
        }
      }
      case AUTO -> {
        try {
          Backend backend = new FallbackBackend(device.get(), threads.get());
          yield said(new BackendChoice(backend, false, "it is the OpenCL device that is there"));
        } catch (BackendUnavailableException e) {
          yield said(new BackendChoice(threads.get(), true, e.getMessage()));
        }
      }
    };
  }

  private static BackendChoice said(BackendChoice choice) {
    LOG.atLevel(choice.fallback() ? Level.WARN : Level.INFO)
        .log("Attention runs on {}, since {}", choice.backend().description(), choice.reason());
    return choice;
  }
}
