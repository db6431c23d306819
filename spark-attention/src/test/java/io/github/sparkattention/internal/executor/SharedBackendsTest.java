package io.github.sparkattention.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.opencl.OpenClBackend;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
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
  private final SharedBackends shared =
      new SharedBackends(this::hang, new IdleLayers(PreparedMemory.NONE));

  private OpenClBackend hang(OpenClSettings settings) {
    asked.incrementAndGet();
    begun.countDown();
    await(end);
    throw new BackendUnavailableException("there is no OpenCL device: the driver came back");
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private ExecutorBackend open(BackendPolicy policy) {
    OpenClSettings settings = policy == BackendPolicy.THREADS ? null : OpenClSettings.DEFAULTS;
    return shared.open(new SharedBackends.Key(policy, 2, settings), List.of(), CONF);
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
    shared.compare(OpenClSettings.DEFAULTS, List.of("0"));
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
      assertThatThrownBy(() -> open(BackendPolicy.OPENCL))
          .isInstanceOf(BackendUnavailableException.class)
          .hasMessage(
              "backend 'opencl' was asked for, but there is no OpenCL device: the driver came"
                  + " back");
      assertThat(asked).hasValue(attempt);
    }
  }
}
