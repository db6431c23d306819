package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.threads.ThreadsBackend;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the backend that a policy asks for, and says once which one it is and why. */
public final class Backends {
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  private Backends() {}

  /**
   * Opens a backend.
   *
   * @param policy which backend to open
   * @param threads how many Java threads may compute at once, at least 1
   * @return the backend; the caller closes it
   * @throws BackendUnavailableException if the policy asks for OpenCL
   */
  public static AttentionBackend open(BackendPolicy policy, int threads) {
    Choice choice = choose(policy);
    AttentionBackend backend = new ThreadsBackend(threads);
    if (choice.fellBack()) {
      LOG.warn("Attention runs on {}: {}", backend.description(), choice.reason());
    } else {
      LOG.info("Attention runs on {}: {}", backend.description(), choice.reason());
    }
    return backend;
  }

  /**
   * Says what {@link #open} would take, without opening it.
   *
   * @param policy which backend would be opened
   * @return the reason, in one sentence
   * @throws BackendUnavailableException if the policy asks for OpenCL
   */
  public static String reason(BackendPolicy policy) {
    return choose(policy).reason();
  }

  private static Choice choose(BackendPolicy policy) {
    return switch (policy) {
      case THREADS -> new Choice("backend 'threads' was asked for", false);
      case AUTO -> new Choice("this version has no OpenCL kernels", true);
      case OPENCL ->
          throw new BackendUnavailableException(
              "backend 'opencl' was asked for, but this version has no OpenCL kernels; use"
                  + " 'auto' or 'threads'");
    };
  }

  private record Choice(String reason, boolean fellBack) {}
}
