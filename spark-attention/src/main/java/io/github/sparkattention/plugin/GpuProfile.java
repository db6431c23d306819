package io.github.sparkattention.plugin;

import io.github.sparkattention.internal.executor.AssignedGpus;
import org.apache.spark.SparkConf;
import org.apache.spark.resource.ExecutorResourceRequests;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;

/** The resources of an executor that computes attention on a GPU, for stage-level scheduling. */
public final class GpuProfile {
  private static final String FOUND_BY = "spark.executor.resource.gpu.";

  private GpuProfile() {}

  /**
   * Makes a profile of executors with one GPU each, which as many tasks share as run at once.
   *
   * @param conf the application's configuration: {@code spark.executor.cores}, 1 if it is not set,
   *     and {@code spark.task.cpus} say how many tasks these are; {@code discoveryScript} and
   *     {@code vendor} below {@code spark.executor.resource.gpu} how GPUs are found
   * @return a new profile
   * @throws IllegalArgumentException if a task needs more cores than an executor has
   */
  public static ResourceProfile of(SparkConf conf) {
    int cores = conf.getInt("spark.executor.cores", 1);
    int taskCores = conf.getInt("spark.task.cpus", 1);
    int tasks = cores / taskCores;
    if (tasks < 1) {
      throw new IllegalArgumentException(
          String.format(
              "spark.task.cpus must be at most spark.executor.cores, which is %d, but is %d",
              cores, taskCores));
    }
    return new ResourceProfileBuilder()
        .require(
            new ExecutorResourceRequests()
                .cores(cores)
                .resource(
                    AssignedGpus.GPU,
                    1,
                    conf.get(FOUND_BY + "discoveryScript", ""),
                    conf.get(FOUND_BY + "vendor", "")))
        .require(new TaskResourceRequests().cpus(taskCores).resource(AssignedGpus.GPU, 1.0 / tasks))
        .build();
  }
}
