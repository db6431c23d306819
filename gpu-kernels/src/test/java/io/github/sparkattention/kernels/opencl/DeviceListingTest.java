package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.PassCancelledException;
import io.github.sparkattention.kernels.backends.BackendChoice;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Drivers that are played, some of which hang. */
@Timeout(60)
class DeviceListingTest {
  private static final OpenClDevice DEVICE =
      new OpenClDevice("played", OpenClDevice.Type.GPU, "", "", 1L << 30, 1L << 28, 64, 1);
  private static final OpenClSettings IMPATIENT =
      OpenClSettings.DEFAULTS.withOpenTimeout(Duration.ofSeconds(1));

  private final CountDownLatch end = new CountDownLatch(1);
  private final AtomicInteger asked = new AtomicInteger();
  private final DeviceListing hanging =
      new DeviceListing(
          () -> {
            asked.incrementAndGet();
            await(end);
            return new DeviceListing.Found(new OpenClDevices(List.of(DEVICE), null), List.of());
          });

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void letTheDriverGo() {
    end.countDown();
  }

  @Test
  void aDriverThatHangsIsADeviceThatIsNotThere() {
    assertThatThrownBy(() -> OpenClBackend.open(IMPATIENT, hanging))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "there is no OpenCL device: the OpenCL driver has not listed its devices within 1 s"
                + " (openTimeout)");
    BackendChoice choice =
        Backends.choose(
            BackendPolicy.AUTO,
            List.of(new OpenClProvider()),
            () -> new ThreadsBackend(1),
            provider -> OpenClBackend.open(IMPATIENT, hanging));
    try (Backend threads = choice.backend()) {
      assertThat(threads.description()).startsWith("Java threads (1 thread, ");
      assertThat(choice.fallback()).isTrue();
    }
    assertThat(asked).hasValue(1);
  }

  @Test
  void aDriverThatComesBackIsAskedOnceForAll() {
    assertThat(hanging.await(Duration.ofMillis(1)).devices().devices()).isEmpty();
    end.countDown();
    assertThat(hanging.await(Duration.ofMinutes(5)).devices().devices()).containsExactly(DEVICE);
    assertThat(asked).hasValue(1);
  }

  @Test
  void aDriverThatFailsIsSaidWithItsFailure() {
    DeviceListing failing =
        new DeviceListing(
            () -> {
              throw new AssertionError("of the driver");
            });
    assertThat(failing.await(Duration.ofMinutes(1)).devices().absence())
        .isEqualTo("its devices could not be listed (java.lang.AssertionError: of the driver)");
  }

  @Test
  void aTaskThatIsKilledWhileItWaitsForADriverGoes() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> hanging.await(Duration.ofMinutes(5)))
        .isInstanceOf(PassCancelledException.class)
        .hasMessage("interrupted while waiting for the OpenCL driver");
    assertThat(Thread.interrupted()).isTrue();
  }
}
