package io.github.sparkattention.kernels.backends;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Which backend to open. */
public enum BackendPolicy {
  /** The best that is there; says which one was taken, and why. */
  AUTO,
  /** OpenCL or nothing: opening fails where there is no usable device. */
  OPENCL,
  /** Java threads; never touches OpenCL. */
  THREADS;

  /**
   * Reads a policy as users write it.
   *
   * @param text {@code auto}, {@code opencl} or {@code threads}, in any case
   * @return the policy
   * @throws IllegalArgumentException if it is none of them; the message lists them
   */
  public static BackendPolicy parse(String text) {
    for (BackendPolicy policy : values()) {
      if (policy.toString().equalsIgnoreCase(text)) {
        return policy;
      }
    }
    throw new IllegalArgumentException(
        String.format("backend must be one of %s, but is '%s'", names(), text));
  }

  /**
   * All policies as users write them.
   *
   * @return {@code "auto, opencl, threads"}
   */
  public static String names() {
    return Arrays.stream(values()).map(BackendPolicy::toString).collect(Collectors.joining(", "));
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
