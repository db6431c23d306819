package io.github.sparkattention.plugin;

import io.github.sparkattention.kernels.opencl.OpenClDevice;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;

/**
 * The application's settings: every name that this project reads from Spark's configuration.
 *
 * <table>
 * <caption>Settings</caption>
 * <tr><th>name</th><th>default</th><th>meaning</th></tr>
 * <tr><td>{@value #DEVICE}</td><td>unset</td><td>the device to take: an index into the OpenCL devices
 *   of the allowed types, from 0, or a part of a name, in any case</td></tr>
 * <tr><td>{@value #DEVICE_TYPES}</td><td>gpu</td><td>the types of device that may be taken: a comma
 *   list of gpu, cpu and accelerator</td></tr>
 * <tr><td>{@value #CONCURRENT_LAUNCHES}</td><td>1</td><td>launches that may be on the device at once,
 *   each with its own copy of the weights there</td></tr>
 * <tr><td>{@value #LAUNCH_TIMEOUT}</td><td>2min</td><td>how long a launch may take before it is given
 *   up as hung: a number with a unit as Spark takes it, or of seconds</td></tr>
 * <tr><td>{@value #FAILURES_IN_A_ROW}</td><td>3</td><td>after how many failed launches in a row an
 *   executor gives its device up</td></tr>
 * </table>
 *
 * <p>They hold for a whole application, since an executor has one device for all its tasks. Spark
 * takes them, the first that is set, from the {@code SparkConf} of the program, from {@code --conf}
 * of {@code spark-submit}, and from {@code spark-defaults.conf}; what a session sets later has no
 * effect. They say how OpenCL is used, not whether: that is the {@code backend} of each stage, and
 * under {@code threads} nothing here is read.
 *
 * <p>Which device an executor takes is decided by, in this order: {@value #DEVICE}; the first GPU
 * that Spark has assigned, where address N is the N-th of the OpenCL GPUs, from 0; the first device
 * of the allowed types.
 */
public final class AttentionSettings {
  /** Which device to take: an index or a part of a name. */
  public static final String DEVICE = "spark.attention.opencl.device";

  /** Types of device that may be taken. */
  public static final String DEVICE_TYPES = "spark.attention.opencl.deviceTypes";

  /** Launches that may be on the device at once. */
  public static final String CONCURRENT_LAUNCHES = "spark.attention.opencl.concurrentLaunches";

  /** How long a launch may take. */
  public static final String LAUNCH_TIMEOUT = "spark.attention.opencl.launchTimeout";

  /** Failed launches in a row after which the device is given up. */
  public static final String FAILURES_IN_A_ROW = "spark.attention.opencl.failuresInARow";

  private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);

  private AttentionSettings() {}

  /**
   * Reads how OpenCL is to be used. No device is looked for, so this works on any machine.
   *
   * @param conf the application's configuration
   * @return the settings, without any assigned GPU
   * @throws IllegalArgumentException if a value is none that its setting takes; the message says
   *     which, what was expected and what was found
   */
  public static OpenClSettings openCl(SparkConf conf) {
    OpenClSettings defaults = OpenClSettings.DEFAULTS;
    return new OpenClSettings(
        conf.contains(DEVICE_TYPES)
            ? deviceTypes(text(conf, DEVICE_TYPES))
            : defaults.deviceTypes(),
        conf.contains(DEVICE) ? device(text(conf, DEVICE)) : defaults.device(),
        count(conf, CONCURRENT_LAUNCHES, defaults.concurrentLaunches()),
        conf.contains(LAUNCH_TIMEOUT)
            ? timeout(text(conf, LAUNCH_TIMEOUT))
            : defaults.launchTimeout(),
        count(conf, FAILURES_IN_A_ROW, defaults.failuresInARow()));
  }

  private static String text(SparkConf conf, String name) {
    return conf.get(name).strip();
  }

  private static String device(String text) {
    if (text.isEmpty()) {
      throw wrong(DEVICE, "an index or a part of a device's name", text);
    }
    return text;
  }

  private static Set<OpenClDevice.Type> deviceTypes(String text) {
    Set<OpenClDevice.Type> types = EnumSet.noneOf(OpenClDevice.Type.class);
    for (String word : text.split(",", -1)) {
      types.add(
          Arrays.stream(OpenClDevice.Type.values())
              .filter(type -> type.name().equalsIgnoreCase(word.strip()))
              .findFirst()
              .orElseThrow(() -> wrong(DEVICE_TYPES, "a comma list of " + typeNames(), text)));
    }
    return types;
  }

  private static String typeNames() {
    return Arrays.stream(OpenClDevice.Type.values())
        .map(type -> type.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  private static int count(SparkConf conf, String name, int unset) {
    if (!conf.contains(name)) {
      return unset;
    }
    String text = text(conf, name);
    if (!text.matches("0*[1-9][0-9]{0,8}")) {
      throw wrong(name, "a whole number from 1 on", text);
    }
    return Integer.parseInt(text);
  }

  private static Duration timeout(String text) {
    long millis;
    try {
      millis = JavaUtils.timeStringAsMs(text.matches("[0-9]+") ? text + "s" : text);
    } catch (NumberFormatException e) {
      millis = 0;
    }
    if (millis < 1 || millis > LONGEST_TIMEOUT.toMillis()) {
      throw wrong(LAUNCH_TIMEOUT, "a time such as 90s or 2min, above 0 and at most 1d", text);
    }
    return Duration.ofMillis(millis);
  }

  private static IllegalArgumentException wrong(String name, String expected, String found) {
    return new IllegalArgumentException(
        String.format("%s must be %s, but is '%s'", name, expected, found));
  }
}
