package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.opencl.OpenClDevice;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.network.util.JavaUtils;

/**
 * The application's settings: every name that this project reads from Spark's configuration, which
 * docs/configuration.md lists.
 *
 * <p>Spark takes a setting, the first that there is, from the {@code SparkConf} of the program,
 * from {@code --conf} of {@code spark-submit}, and from {@code spark-defaults.conf}.
 *
 * <p>{@value #BACKEND} holds for the stages whose param {@code backend} is not set, and decides
 * what an executor with the plugin opens when it starts. A session may set it anew for its stages.
 * All other settings hold for a whole application, since an executor has one device for all its
 * tasks; a session that sets them is refused. Those of OpenCL say how it is used, not whether:
 * under {@code threads} no value of them is read.
 *
 * <p>Which device an executor takes is decided by, in this order: {@value #DEVICE}; the first GPU
 * that Spark has assigned, where address N is the N-th of the OpenCL GPUs, from 0; the first device
 * of the allowed types.
 */
public final class AttentionSettings {
  /** What computes where a stage doesn't say. */
  public static final String BACKEND = "spark.attention.backend";

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

  /** How long the drivers may take to list their devices. */
  public static final String OPEN_TIMEOUT = "spark.attention.opencl.openTimeout";

  /** What of its memory an executor keeps for layers that no task uses. */
  public static final String IDLE_LAYERS = "spark.attention.idleLayers";

  /** Work items of a group on the device. */
  public static final String WORK_GROUP = "spark.attention.opencl.workGroup";

  private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);

  private static final Setting<BackendPolicy> BACKEND_SETTING =
      new Setting<>(
          BACKEND,
          "auto",
          "one of " + BackendPolicy.names(),
          "What computes for stages whose param `backend` is not set, and what an executor with the"
              + " plugin opens when it starts.",
          BackendPolicy::parse);
  private static final Setting<String> DEVICE_SETTING =
      new Setting<>(
          DEVICE,
          null,
          "an index or a part of a device's name",
          "The device to take: an index into the devices of the allowed types, from 0, or a part of"
              + " a name, in any case. Unset: the GPU that Spark has assigned, or else the first"
              + " device of the allowed types.",
          AttentionSettings::parseDevice);
  private static final Setting<Set<OpenClDevice.Type>> DEVICE_TYPES_SETTING =
      new Setting<>(
          DEVICE_TYPES,
          "gpu",
          "a comma list of " + typeNames(),
          "The types of device that may be taken. With `cpu` OpenCL runs on the processor, which is"
              + " for tests: Java threads are faster there.",
          AttentionSettings::parseTypes);
  private static final Setting<Integer> CONCURRENT_LAUNCHES_SETTING =
      new Setting<>(
          CONCURRENT_LAUNCHES,
          "1",
          "a whole number from 1 on",
          "Launches that may be on the device at once, each with its own copy of the weights there.",
          AttentionSettings::parseCount);
  private static final Setting<Duration> LAUNCH_TIMEOUT_SETTING =
      new Setting<>(
          LAUNCH_TIMEOUT,
          "2min",
          "a time such as 90s or 2min, above 0 and at most 1d",
          "How long a launch may take before it is given up as hung. A number without a unit means"
              + " seconds.",
          AttentionSettings::parseTimeout);
  private static final Setting<Integer> FAILURES_IN_A_ROW_SETTING =
      new Setting<>(
          FAILURES_IN_A_ROW,
          "3",
          "a whole number from 1 on",
          "After how many failed launches in a row an executor gives its device up.",
          AttentionSettings::parseCount);
  private static final Setting<Duration> OPEN_TIMEOUT_SETTING =
      new Setting<>(
          OPEN_TIMEOUT,
          "1min",
          "a time such as 90s or 2min, above 0 and at most 1d",
          "How long the OpenCL drivers may take to list their devices, from when an executor first"
              + " asks. After that it is as if there were no device; Java threads never wait for"
              + " it. A number without a unit means seconds.",
          AttentionSettings::parseTimeout);
  private static final Setting<Double> IDLE_LAYERS_SETTING =
      new Setting<>(
          IDLE_LAYERS,
          "0.1",
          "a number from 0 to 1",
          "Share of an executor's heap, and of its device's memory, that prepared layers may take"
              + " while no task uses them, so that the next stage or micro-batch finds them. Beyond"
              + " it, those used longest ago go.",
          AttentionSettings::parseShare);
  private static final Setting<Integer> WORK_GROUP_SETTING =
      new Setting<>(
          WORK_GROUP,
          "64",
          "16, 64 or 256",
          "Work items of a group, which the sizes of tiles go with; it changes how fast a device"
              + " computes, and no bit. A device that allows fewer gets fewer.",
          AttentionSettings::parseWorkGroup);

  /** All settings, in the order in which people read them. */
  static final List<Setting<?>> ALL =
      List.of(
          BACKEND_SETTING,
          IDLE_LAYERS_SETTING,
          DEVICE_SETTING,
          DEVICE_TYPES_SETTING,
          CONCURRENT_LAUNCHES_SETTING,
          LAUNCH_TIMEOUT_SETTING,
          FAILURES_IN_A_ROW_SETTING,
          OPEN_TIMEOUT_SETTING,
          WORK_GROUP_SETTING);

  private AttentionSettings() {}

  /**
   * Reads what computes where a stage doesn't say.
   *
   * @param conf the application's configuration
   * @return the policy
   * @throws IllegalArgumentException if the value is no policy
   */
  public static BackendPolicy backend(SparkConf conf) {
    return BACKEND_SETTING.read(conf);
  }

  /**
   * Reads how OpenCL is to be used. No device is looked for, so this works on any machine.
   *
   * @param conf the application's configuration
   * @return the settings, without any assigned GPU
   * @throws IllegalArgumentException if a value is none that its setting takes; the message says
   *     which, what was expected and what was found
   */
  public static OpenClSettings openCl(SparkConf conf) {
    return new OpenClSettings(
            DEVICE_TYPES_SETTING.read(conf),
            DEVICE_SETTING.read(conf),
            CONCURRENT_LAUNCHES_SETTING.read(conf),
            LAUNCH_TIMEOUT_SETTING.read(conf),
            FAILURES_IN_A_ROW_SETTING.read(conf))
        .withWorkGroup(WORK_GROUP_SETTING.read(conf))
        .withOpenTimeout(OPEN_TIMEOUT_SETTING.read(conf));
  }

  /** What of its memory an executor keeps for layers that no task uses, from 0 to 1. */
  static double idleLayers(SparkConf conf) {
    return IDLE_LAYERS_SETTING.read(conf);
  }

  private static double parseShare(String text) {
    double share = Double.parseDouble(text);
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("no share");
    }
    return share;
  }

  private static int parseWorkGroup(String text) {
    int items = parseCount(text);
    return OpenClSettings.DEFAULTS.withWorkGroup(items).workGroup();
  }

  /**
   * Decides what computes a stage. All names are checked, too, and the values that are needed, so
   * that a mistake fails on the driver, once, and not in every task.
   *
   * @param asked what the stage asks for, or null if it leaves it to {@value #BACKEND}
   * @param conf the application's configuration
   * @param session what the session has set, the application's configuration included
   * @return the stage's own policy, or else the session's, or else the application's
   * @throws IllegalArgumentException if a name is unknown, a value is none that its setting takes,
   *     or the session has set what only an application can set
   */
  public static BackendPolicy backend(
      BackendPolicy asked, SparkConf conf, Map<String, String> session) {
    session.forEach(
        (name, value) -> {
          if (name.startsWith(Setting.PREFIX)) {
            checkName(name);
            checkSession(name, value, conf);
          }
        });
    String text = session.get(BACKEND);
    BackendPolicy policy = asked;
    if (policy == null) {
      policy = text == null ? backend(conf) : BACKEND_SETTING.value(text);
    }
    check(policy, conf);
    return policy;
  }

  /** Checks all names, and the values that a policy needs. */
  public static void check(BackendPolicy policy, SparkConf conf) {
    for (var entry : conf.getAllWithPrefix(Setting.PREFIX)) {
      checkName(Setting.PREFIX + entry._1());
    }
    idleLayers(conf);
    if (policy != BackendPolicy.THREADS) {
      openCl(conf);
    }
  }

  private static void checkName(String name) {
    List<String> names = ALL.stream().map(Setting::name).toList();
    if (!names.contains(name)) {
      throw new IllegalArgumentException(
          String.format(
              "%s is not a setting; those of spark-attention are %s",
              name, String.join(", ", names)));
    }
  }

  private static void checkSession(String name, String value, SparkConf conf) {
    String application = conf.get(name, null);
    if (!name.equals(BACKEND) && !value.equals(application)) {
      throw new IllegalArgumentException(
          String.format(
              "%s holds for a whole application, where it is %s, but the session sets it to '%s';"
                  + " set it before the application starts",
              name, application == null ? "not set" : "'" + application + "'", value));
    }
  }

  private static String parseDevice(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("empty");
    }
    return text;
  }

  private static Set<OpenClDevice.Type> parseTypes(String text) {
    Set<OpenClDevice.Type> types = EnumSet.noneOf(OpenClDevice.Type.class);
    for (String word : text.split(",", -1)) {
      types.add(OpenClDevice.Type.valueOf(word.strip().toUpperCase(Locale.ROOT)));
    }
    return types;
  }

  private static String typeNames() {
    return Arrays.stream(OpenClDevice.Type.values())
        .map(type -> type.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  private static int parseCount(String text) {
    if (!text.matches("0*[1-9][0-9]{0,8}")) {
      throw new IllegalArgumentException("not a count");
    }
    return Integer.parseInt(text);
  }

  private static Duration parseTimeout(String text) {
    long millis = JavaUtils.timeStringAsMs(text.matches("[0-9]+") ? text + "s" : text);
    if (millis < 1 || millis > LONGEST_TIMEOUT.toMillis()) {
      throw new IllegalArgumentException("out of range");
    }
    return Duration.ofMillis(millis);
  }
}
