package io.github.sparkattention.kernels.internal.launches;

import com.aparapi.Config;
import io.github.sparkattention.kernels.DeviceException;
import java.util.Map;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns why a launch failed. Aparapi tells the status that OpenCL gave to its log alone, from the
 * thread that launched; what it throws says only that no other device is left.
 */
final class LaunchStatus extends Handler {
  private static final Pattern STATUS = Pattern.compile("runKernelJNI returned (-?\\d+)");

  /** Of OpenCL's header. */
  private static final Map<Integer, String> NAMES =
      Map.of(
          -4, "CL_MEM_OBJECT_ALLOCATION_FAILURE",
          -5, "CL_OUT_OF_RESOURCES",
          -6, "CL_OUT_OF_HOST_MEMORY",
          -36, "CL_INVALID_COMMAND_QUEUE",
          -54, "CL_INVALID_WORK_GROUP_SIZE",
          -61, "CL_INVALID_BUFFER_SIZE");

  /**
   * What a smaller launch may not run into. Some drivers say CL_OUT_OF_RESOURCES of other faults,
   * too; those come again however small a launch is.
   */
  private static final Set<Integer> MEMORY = Set.of(-4, -5, -6, -61);

  private static final ThreadLocal<Integer> LAST = new ThreadLocal<>();

  /** Held here, since a logger that nobody holds loses its handlers. */
  private static final Logger APARAPI = Logger.getLogger(Config.getLoggerName());

  static {
    APARAPI.addHandler(new LaunchStatus());
  }

  private LaunchStatus() {}

  /** Forgets the status of an earlier launch of this thread. */
  static void clear() {
    LAST.remove();
  }

  /**
   * Says why a launch of this thread failed.
   *
   * @param device the device's name
   * @param failure what Aparapi threw
   * @return the failure with its status: a {@link DeviceMemoryException} if a smaller launch may
   *     succeed
   */
  static DeviceException explain(String device, Throwable failure) {
    Integer status = LAST.get();
    if (status == null) {
      return new DeviceException(
          String.format("a launch failed on %s: %s", device, failure), failure);
    }
    String message =
        String.format(
            "a launch failed on %s with OpenCL status %d (%s)",
            device, status, NAMES.getOrDefault(status, "see cl.h"));
    return MEMORY.contains(status)
        ? new DeviceMemoryException(message, failure)
        : new DeviceException(message, failure);
  }

  @Override
  public void publish(LogRecord logged) {
    Matcher matcher = STATUS.matcher(String.valueOf(logged.getMessage()));
    if (matcher.find()) {
      LAST.set(Integer.valueOf(matcher.group(1)));
    }
  }

  @Override
  public void flush() {
    // Nothing is buffered.
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
