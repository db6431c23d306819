package io.github.sparkattention.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.Sequences;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ExecutorResourceRequest;
import org.apache.spark.resource.ResourceProfile;
import org.junit.jupiter.api.Test;

class GpuProfileTest {
  private static CausalAttention stage() {
    return new CausalAttention("attention").setDIn(4).setDOut(4).setSeed(1);
  }

  @Test
  void theTasksOfAnExecutorShareItsGpu() {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.executor.cores", "7")
            .set("spark.task.cpus", "2")
            .set("spark.executor.resource.gpu.discoveryScript", "/opt/gpus.sh")
            .set("spark.executor.resource.gpu.vendor", "nvidia.com");
    ResourceProfile profile = GpuProfile.of(conf);
    ExecutorResourceRequest gpu = profile.executorResourcesJMap().get("gpu");
    assertThat(gpu.amount()).isEqualTo(1);
    assertThat(gpu.discoveryScript()).isEqualTo("/opt/gpus.sh");
    assertThat(gpu.vendor()).isEqualTo("nvidia.com");
    assertThat(profile.executorResourcesJMap().get("cores").amount()).isEqualTo(7);
    assertThat(profile.taskResourcesJMap().get("cpus").amount()).isEqualTo(2);
    assertThat(profile.taskResourcesJMap().get("gpu").amount()).isEqualTo(1.0 / 3);
  }

  @Test
  void aTaskOfAnExecutorWithOneCoreHasTheGpuForItself() {
    ResourceProfile profile = GpuProfile.of(new SparkConf(false));
    assertThat(profile.executorResourcesJMap().get("cores").amount()).isEqualTo(1);
    assertThat(profile.taskResourcesJMap().get("gpu").amount()).isEqualTo(1);
    assertThat(profile.executorResourcesJMap().get("gpu").discoveryScript()).isEmpty();
  }

  @Test
  void aTaskThatNoExecutorHasTheCoresForIsRefused() {
    SparkConf conf = new SparkConf(false).set("spark.task.cpus", "2");
    assertThatThrownBy(() -> GpuProfile.of(conf))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("spark.task.cpus must be at most spark.executor.cores, which is 1, but is 2");
  }

  @Test
  void sparkTakesTheProfileOfAStageWhereExecutorsComeAndGo() {
    CausalAttention stage = stage();
    var rdd = stage.transform(Sequences.floats(Sequences.random(31, 4, 3, 5))).rdd();
    ResourceProfile profile = stage.resourceProfile();
    // A local master has one executor, which is there already.
    assertThatThrownBy(() -> rdd.withResources(profile))
        .isInstanceOf(org.apache.spark.SparkException.class)
        .hasMessageContaining("with dynamic allocation enabled");
    assertThat(rdd.getResourceProfile()).isSameAs(profile);
  }

  @Test
  void aStageOnJavaThreadsWantsNoGpu() {
    CausalAttention stage = stage().setBackend("threads");
    assertThatThrownBy(stage::resourceProfile)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("attention: backend 'threads' takes no GPU; set it to auto or opencl");
  }
}
