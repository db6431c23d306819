package io.github.sparkattention.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.Devices;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Setting;
import io.github.sparkattention.kernels.Settings;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A driver that hangs when it is asked for its device, until the test lets it go. */
@Timeout(60)
class SharedBackendsTest {
  private static final SparkConf CONF = new SparkConf(false);

  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean takesAssignedGpus = true;
  private volatile List<String> given;
  private final Hanging hanging = new Hanging();
  private final SharedBackends shared =
      new SharedBackends(
          policy -> policy.equals(BackendPolicy.THREADS) ? List.of() : List.of(hanging),
          new IdlePrograms(PreparedMemory.NONE));

  /** Of the backend that is asked for its device. */
  private final class Hanging implements BackendProvider {
    @Override
    public String name() {
      return "opencl";
    }

    @Override
    public String title() {
      return "OpenCL";
    }

    @Override
    public List<Setting<?>> settings() {
      return List.of();
    }

    @Override
    public Devices devices() {
      throw new AssertionError("nobody asks");
    }

    @Override
    public boolean takesAssignedGpus(Settings settings) {
      return takesAssignedGpus;
    }

    @Override
    public Backend open(Settings settings, List<String> assignedGpus) {
      given = assignedGpus;
      asked.incrementAndGet();
      begun.countDown();
      await(end);
      throw new BackendUnavailableException("there is no OpenCL device: the driver came back");
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private ExecutorBackend open(BackendPolicy policy) {
    return shared.open(policy, 2, List.of("0"), CONF);
  }

  @AfterEach
  void letTheDriverGo() {
    end.countDown();
  }

  @Test
  void aDriverThatHangsHoldsUpNeitherJavaThreadsNorMetrics() {
    CompletableFuture<ExecutorBackend> auto =
        CompletableFuture.supplyAsync(
            () -> open(BackendPolicy.AUTO), task -> new Thread(task).start());
    await(begun);
    assertThat(open(BackendPolicy.THREADS).describe()).startsWith("Java threads (2 threads, ");
    assertThat(shared.deviceMemory()).isZero();
    assertThat(shared.deviceMemoryHeld()).isZero();
    assertThat(auto).isNotDone();

    end.countDown();
    assertThat(auto.join().describe())
        .startsWith("Java threads (2 threads, ")
        .endsWith(", since there is no OpenCL device: the driver came back");
    assertThat(asked).hasValue(1);
  }

  @Test
  void eachPolicyIsOpenedOnceAndWhatFailedIsTriedAnew() {
    end.countDown();
    assertThat(open(BackendPolicy.THREADS)).isSameAs(open(BackendPolicy.THREADS));
    assertThat(open(BackendPolicy.AUTO)).isSameAs(open(BackendPolicy.AUTO));
    assertThat(asked).hasValue(1);
    for (int attempt = 2; attempt < 4; attempt++) {
      assertThatThrownBy(() -> open(BackendPolicy.parse("opencl")))
          .isInstanceOf(BackendUnavailableException.class)
          .hasMessage(
              "backend 'opencl' was asked for, but there is no OpenCL device: the driver came"
                  + " back");
      assertThat(asked).hasValue(attempt);
    }
  }

  @Test
  void assignedGpusReachTheBackendUnlessItsSettingsChooseTheDevice() {
    end.countDown();
    open(BackendPolicy.AUTO);
    assertThat(given).containsExactly("0");
    takesAssignedGpus = false;
    assertThatThrownBy(() -> open(BackendPolicy.parse("opencl")))
        .isInstanceOf(BackendUnavailableException.class);
    assertThat(given).isEmpty();
  }
}
