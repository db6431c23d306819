package io.github.sparkattention.kernels.backends;

import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.BackendUnavailableException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * Which backend to open: {@link #AUTO}, {@link #THREADS}, or the name of a {@link BackendProvider},
 * which means its device or nothing, so that opening fails where there is no usable one.
 *
 * @param name the name that users write, in lower case
 */
public record BackendPolicy(String name) implements Serializable {
  /** The best that is there; says which one was taken, and why. */
  public static final BackendPolicy AUTO = new BackendPolicy("auto");

  /** Java threads; never touches a device. */
  public static final BackendPolicy THREADS = new BackendPolicy("threads");

  /** Of the class loader that has the interface, so that all threads of a JVM find the same. */
  private static final List<BackendProvider> PROVIDERS =
      checked(
          ServiceLoader.load(BackendProvider.class, BackendProvider.class.getClassLoader()).stream()
              .map(ServiceLoader.Provider::get)
              .toList());

  /** Refuses names that would hide a backend behind another. */
  static List<BackendProvider> checked(List<BackendProvider> providers) {
    Map<String, String> classes = new HashMap<>();
    classes.put(AUTO.name, "spark-attention");
    classes.put(THREADS.name, "spark-attention");
    for (BackendProvider provider : providers) {
      String other = classes.put(provider.name(), provider.getClass().getName());
      if (other != null) {
        throw new IllegalStateException(
            String.format(
                "backends must have names of their own, but %s and %s both have '%s'",
                other, provider.getClass().getName(), provider.name()));
      }
    }
    return providers;
  }

  /**
   * Reads a policy as users write it.
   *
   * @param text {@code auto}, {@code threads} or a provider's name, in any case
   * @return the policy
   * @throws IllegalArgumentException if it is none of them; the message lists them
   */
  public static BackendPolicy parse(String text) {
    for (BackendPolicy policy : all()) {
      if (policy.name.equalsIgnoreCase(text)) {
        return policy;
      }
    }
    throw new IllegalArgumentException(
        String.format("backend must be one of %s, but is '%s'", names(), text));
  }

  /**
   * All policies of this JVM.
   *
   * @return {@link #AUTO}, those of the providers, and {@link #THREADS}
   */
  public static List<BackendPolicy> all() {
    List<BackendPolicy> all = new ArrayList<>();
    all.add(AUTO);
    PROVIDERS.forEach(provider -> all.add(new BackendPolicy(provider.name())));
    all.add(THREADS);
    return all;
  }

  /**
   * All names, in a sentence.
   *
   * @return for example {@code auto, opencl or threads}
   */
  public static String listed() {
    List<BackendPolicy> all = all();
    int last = all.size() - 1;
    return all.subList(0, last).stream()
            .map(BackendPolicy::toString)
            .collect(Collectors.joining(", "))
        + " or "
        + all.get(last);
  }

  /**
   * All policies as users write them.
   *
   * @return such as {@code "auto, opencl, threads"}
   */
  public static String names() {
    return all().stream().map(BackendPolicy::toString).collect(Collectors.joining(", "));
  }

  /**
   * The providers whose devices may be taken.
   *
   * @return under {@link #AUTO} all that are registered, in the order in which they are tried;
   *     under {@link #THREADS} none; else the one of this name
   * @throws BackendUnavailableException if the name is known where it was parsed, and not here
   */
  public List<BackendProvider> providers() {
    if (equals(AUTO)) {
      return PROVIDERS;
    }
    if (equals(THREADS)) {
      return List.of();
    }
    List<BackendProvider> named =
        PROVIDERS.stream().filter(provider -> provider.name().equals(name)).toList();
    if (named.isEmpty()) {
      throw new BackendUnavailableException(
          String.format(
              "backend '%s' was asked for, but this JVM has only %s; put the backend's jar on the"
                  + " class path of driver and executors",
              name, names()));
    }
    return named;
  }

  @Override
  public String toString() {
    return name;
  }
}
