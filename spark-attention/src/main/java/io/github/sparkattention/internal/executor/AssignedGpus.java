package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.opencl.OpenClDevice;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/**
 * The GPUs that Spark's resource scheduling has assigned, as the addresses that its discovery
 * script gave: address N is the N-th OpenCL GPU of the machine. Executors that share a machine are
 * assigned different addresses, and so each has its own GPU.
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

  /**
   * The addresses of the GPUs of the task that runs on this thread; empty if there are none, or if
   * the settings choose a device whatever Spark assigns.
   */
  static List<String> ofTask(OpenClSettings settings) {
    TaskContext task = TaskContext.get();
    return task == null ? List.of() : of(task.resourcesJMap(), settings);
  }

  private static boolean count(OpenClSettings settings) {
    return settings.device() == null && settings.deviceTypes().contains(OpenClDevice.Type.GPU);
  }

  /**
   * The addresses of the GPUs among a task's, or an executor's, resources; empty if the settings
   * choose a device whatever Spark assigns.
   */
  public static List<String> of(
      Map<String, ResourceInformation> resources, OpenClSettings settings) {
    ResourceInformation gpus = resources.get(GPU);
    return gpus == null || !count(settings) ? List.of() : List.of(gpus.addresses());
  }

  /** What of an assignment leaves a GPU idle, or lets executors meet on one; null if nothing. */
  static String warning(List<String> addresses, OpenClSettings settings, SparkConf conf) {
    if (!count(settings)) {
      return null;
    }
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
