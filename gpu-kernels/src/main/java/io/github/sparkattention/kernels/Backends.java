package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.opencl.OpenClBackend;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  public static AttentionBackend open(BackendPolicy policy, int threads) {
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
  public static AttentionBackend open(BackendPolicy policy, int threads, OpenClSettings settings) {
    return switch (policy) {
      case THREADS -> opened(new ThreadsBackend(threads), policy, settings);
      case OPENCL -> opened(device(settings), policy, settings);
      case AUTO -> {
        try {
          OpenClBackend device = OpenClBackend.open(settings);
          yield opened(new FallbackBackend(device, new ThreadsBackend(threads)), policy, settings);
        } catch (BackendUnavailableException e) {
          AttentionBackend backend = new ThreadsBackend(threads);
          LOG.warn("Attention runs on {}, since {}", backend.description(), e.getMessage());
          yield backend;
        }
      }
    };
  }

  private static OpenClBackend device(OpenClSettings settings) {
    try {
      return OpenClBackend.open(settings);
    } catch (BackendUnavailableException e) {
      throw new BackendUnavailableException(
          "backend 'opencl' was asked for, but " + e.getMessage());
    }
  }

  private static AttentionBackend opened(
      AttentionBackend backend, BackendPolicy policy, OpenClSettings settings) {
    LOG.info("Attention runs on {}, since {}", backend.description(), reason(policy, settings));
    return backend;
  }

  /**
   * Says why {@link #open} takes what it takes, without opening it.
   *
   * @param policy which backend would be opened
   * @param settings which OpenCL device to take
   * @return the reason, as the end of a sentence that begins with "since"
   */
  public static String reason(BackendPolicy policy, OpenClSettings settings) {
    if (policy != BackendPolicy.AUTO) {
      return "backend '" + policy + "' was asked for";
    }
    try {
      return "it is the OpenCL device that is there: " + OpenClBackend.chosen(settings).name();
    } catch (BackendUnavailableException e) {
      return e.getMessage();
    }
  }
}
