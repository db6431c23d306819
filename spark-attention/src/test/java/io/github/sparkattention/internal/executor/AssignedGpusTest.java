package io.github.sparkattention.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;

class AssignedGpusTest {
  private static final SparkConf NO_RESOURCES = new SparkConf(false);
  private static final SparkConf WITH_GPUS =
      new SparkConf(false).set("spark.executor.resource.gpu.amount", "2");

  private static ResourceInformation resource(String name, String... addresses) {
    return new ResourceInformation(name, addresses);
  }

  @Test
  void onlyTheResourceNamedGpuCounts() {
    assertThat(
            AssignedGpus.of(
                Map.of("fpga", resource("fpga", "5"), "gpu", resource("gpu", "1", "0"))))
        .containsExactly("1", "0");
    assertThat(AssignedGpus.of(Map.of("fpga", resource("fpga", "5")))).isEmpty();
  }

  @Test
  void outsideOfATaskNothingIsAssigned() {
    assertThat(AssignedGpus.ofTask()).isEmpty();
  }

  @Test
  void oneGpuOrNoResourceSchedulingIsNothingToWarnOf() {
    assertThat(AssignedGpus.warning(List.of("3"), WITH_GPUS)).isNull();
    assertThat(AssignedGpus.warning(List.of(), NO_RESOURCES)).isNull();
  }

  @Test
  void idleGpusAreSaid() {
    assertThat(AssignedGpus.warning(List.of("3", "0"), WITH_GPUS))
        .isEqualTo(
            "Spark assigned the GPUs 3, 0, of which only the first is used, since an executor has"
                + " one device; set spark.executor.resource.gpu.amount to 1 and run more executors");
  }

  @Test
  void tasksThatAskForNoGpuAreSaid() {
    assertThat(AssignedGpus.warning(List.of(), WITH_GPUS))
        .isEqualTo(
            "spark.executor.resource.gpu.amount is set, but Spark assigned no GPU to the task, so"
                + " executors on one machine may meet on one GPU;"
                + " set spark.task.resource.gpu.amount");
  }
}
