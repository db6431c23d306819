package io.github.sparkattention.kernels.backends;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.Settings;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the backend that a policy asks for, and says once which one it is and why. */
public final class Backends {
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);

  private Backends() {}

  /**
   * Opens the backend that every machine has.
   *
   * @param threads how many Java threads may compute at once, at least 1
   * @return the backend; the caller closes it
   */
  public static Backend threads(int threads) {
    return new ThreadsBackend(threads);
  }

  /**
   * Opens the backend that every machine has, for users who don't start Java by hand.
   *
   * @param threads how many Java threads may compute at once, at least 1
   * @param javaOptions where a user writes options of Java; where the Vector API's module is
   *     missing, the log says that {@code --add-modules=jdk.incubator.vector} belongs there
   * @return the backend; the caller closes it
   */
  public static Backend threads(int threads, String javaOptions) {
    return new ThreadsBackend(threads, javaOptions);
  }

  /**
   * Opens a backend, with the settings of a user who has set nothing. Under {@link
   * BackendPolicy#AUTO} Java threads stand in for a device that fails later, with the same bits.
   *
   * @param policy which backend to open
   * @param threads how many Java threads may compute at once, at least 1
   * @return the backend; the caller closes it
   * @throws BackendUnavailableException if the policy asks for a device and there is none
   */
  public static Backend open(BackendPolicy policy, int threads) {
    return choose(policy, threads, Map.of()).backend();
  }

  /**
   * Opens a backend, and tells why it is this one.
   *
   * @param policy which backend to open
   * @param threads how many Java threads may compute at once, at least 1
   * @param settings what the user has set, by names such as {@code opencl.device}
   * @return the choice; the caller closes its backend
   * @throws BackendUnavailableException if the policy asks for a device and there is none
   * @throws IllegalArgumentException if a setting that is needed has a wrong value
   */
  public static BackendChoice choose(
      BackendPolicy policy, int threads, Map<String, String> settings) {
    return choose(
        policy,
        policy.providers(),
        () -> threads(threads),
        provider ->
            provider.open(
                new Settings(provider.settings(), provider.name() + ".", settings::get),
                List.of()));
  }

  /**
   * Chooses between backends that the caller opens, or has opened for another policy: one JVM can
   * serve several policies with the same threads and the same devices.
   *
   * @param policy which backend to take
   * @param providers those whose devices the policy may take, in the order in which they are tried
   * @param threads gives the backend on Java threads; asked only if they are needed
   * @param device gives the backend of a provider, or throws {@link BackendUnavailableException} if
   *     there is no device
   * @return the choice; closing its backend closes all that it was given
   * @throws BackendUnavailableException if the policy asks for a device and there is none
   */
  public static BackendChoice choose(
      BackendPolicy policy,
      List<BackendProvider> providers,
      Supplier<? extends Backend> threads,
      Function<BackendProvider, ? extends Backend> device) {
    String asked = "backend '" + policy + "' was asked for";
    if (policy.equals(BackendPolicy.THREADS)) {
      return said(new BackendChoice(threads.get(), false, asked));
    }
    List<String> absences = new ArrayList<>();
    for (BackendProvider provider : providers) {
      try {
        Backend backend = device.apply(provider);
        return said(
            policy.equals(BackendPolicy.AUTO)
                ? new BackendChoice(
                    new FallbackBackend(backend, threads.get()),
                    false,
                    "it is the " + provider.title() + " device that is there")
                : new BackendChoice(backend, false, asked));
      } catch (BackendUnavailableException e) {
        absences.add(e.getMessage());
      }
    }
    String absence = String.join("; ", absences);
    if (!policy.equals(BackendPolicy.AUTO)) {
      throw new BackendUnavailableException(asked + ", but " + absence);
    }
    return said(new BackendChoice(threads.get(), true, absence));
  }

  private static BackendChoice said(BackendChoice choice) {
    String sentence = "Attention runs on {}, since {}";
    if (choice.fallback()) {
      LOG.warn(sentence, choice.backend().description(), choice.reason());
    } else {
      LOG.info(sentence, choice.backend().description(), choice.reason());
    }
    return choice;
  }
}
