package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What shows only after thousands of launches, each time in a JVM of its own. */
class ManyLaunchesTest {
  /**
   * What may grow without a leak: code of the JIT compiler and the allocator's free lists. A leak
   * of 500 bytes a launch, less than a driver needs for an event, would be 4,400 KiB.
   */
  private static final long MOST_GROWTH_KIB = 4 << 10;

  @BeforeEach
  void requireDevice() {
    RequiredDevice.get();
  }

  @Test
  void residentMemoryStaysFlatFromLaunch1000To10000() throws IOException, InterruptedException {
    // A heap that is resident from the start, so that what grows is native.
    ChildJvm child =
        ChildJvm.run(
            List.of(),
            List.of("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:TieredStopAtLevel=1"),
            LaunchLoop.class,
            "launches",
            "1000",
            "10000");
    assertThat(child.exitCode()).as(child.toString()).isZero();
    assertThat(child.value("launches")).isEqualTo("10000");
    long warm = Long.parseLong(child.value("warm"));
    long end = Long.parseLong(child.value("end"));
    assertThat(end - warm).as("growth in KiB from %d to %d", warm, end).isLessThan(MOST_GROWTH_KIB);
  }

  @Test
  void bitsStayRightWhileGarbageIsCollectedAllTheTime() throws IOException, InterruptedException {
    // Once with the default collector, which moves objects all over the heap.
    ChildJvm child =
        ChildJvm.run(
            List.of(), List.of("-Xmx96m", "-XX:+UseG1GC"), LaunchLoop.class, "collect", "100");
    assertThat(child.exitCode()).as(child.toString()).isZero();
    assertThat(child.value("launches")).isEqualTo("100");
  }
}
