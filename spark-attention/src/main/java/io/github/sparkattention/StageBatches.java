package io.github.sparkattention;

import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.plugin.GpuProfile;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.sql.SparkSession;

/** What the params of batches mean, whatever stage has them. */
final class StageBatches {
  private StageBatches() {}

  /** The backend that a stage names, or null to leave it to the session and the application. */
  static BackendPolicy policy(BatchParams<?> stage) {
    return stage.isSet(stage.backend()) ? BackendPolicy.parse(stage.getBackend()) : null;
  }

  /** The profile with which Spark gives each executor a GPU for one stage alone. */
  static ResourceProfile resourceProfile(BatchParams<?> stage) {
    if (BackendPolicy.THREADS.equals(policy(stage))) {
      throw new IllegalArgumentException(
          stage.uid() + ": backend 'threads' takes no GPU; set it to auto or opencl");
    }
    return GpuProfile.of(SparkSession.active().sparkContext().getConf());
  }
}
