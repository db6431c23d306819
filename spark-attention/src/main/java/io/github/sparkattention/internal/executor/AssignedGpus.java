package io.github.sparkattention.internal.executor;

import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * The GPUs that Spark's resource scheduling has assigned, as the addresses that its discovery
 * script gave: address N is the N-th GPU of the machine among those of the backend. Executors that
 * share a machine are assigned different addresses, and so each has its own GPU.
 *
 * <p>An executor has one device. The task that opens it decides, and all other tasks use the same:
 * fractions of one GPU ({@code spark.task.resource.gpu.amount=0.25}) come out as one address. An
 * executor with several GPUs leaves all but one idle, and says so.
 */
public final class AssignedGpus {
  /** The name of the resource. */
  public static final String GPU = "gpu";

  private static final String EXECUTOR_AMOUNT = "spark.executor.resource.gpu.amount";
  private static final String TASK_AMOUNT = "spark.task.resource.gpu.amount";

  private AssignedGpus() {}

  /** The addresses of the GPUs of the task that runs on this thread; empty if there are none. */
  static List<String> ofTask() {
    TaskContext task = TaskContext.get();
    return task == null ? List.of() : of(task.resourcesJMap());
  }

  /** The addresses of the GPUs among a task's, or an executor's, resources. */
  public static List<String> of(Map<String, ResourceInformation> resources) {
    ResourceInformation gpus = resources.get(GPU);
    return gpus == null ? List.of() : List.of(gpus.addresses());
  }

  /**
   * What of an assignment leaves a GPU idle, or lets executors meet on one, where the settings
   * leave the choice to Spark; null if nothing.
   */
  static String warning(List<String> addresses, SparkConf conf) {
    if (addresses.size() > 1) {
      return String.format(
          "Spark assigned the GPUs %s, of which only the first is used, since an executor has one"
              + " device; set %s to 1 and run more executors",
          String.join(", ", addresses), EXECUTOR_AMOUNT);
    }
    if (addresses.isEmpty() && conf.contains(EXECUTOR_AMOUNT)) {
      return String.format(
          "%s is set, but Spark assigned no GPU to the task, so executors on one machine may meet"
              + " on one GPU; set %s",
          EXECUTOR_AMOUNT, TASK_AMOUNT);
    }
    return null;
  }
}
