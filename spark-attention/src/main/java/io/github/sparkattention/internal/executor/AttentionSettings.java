package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.Setting;
import io.github.sparkattention.kernels.Settings;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/**
 * The application's settings: every name that this project reads from Spark's configuration, which
 * docs/configuration.md lists.
 *
 * <p>Spark takes a setting, the first that there is, from the {@code SparkConf} of the program,
 * from {@code --conf} of {@code spark-submit}, and from {@code spark-defaults.conf}.
 *
 * <p>{@value #BACKEND} holds for the stages whose param {@code backend} is not set, and decides
 * what an executor with the plugin opens when it starts. A session may set it anew for its stages,
 * and may give saved stages names below {@value #STAGES}. All other settings hold for a whole
 * application, since an executor has one device for all its tasks; a session that sets them is
 * refused. Those of a backend, such as {@code spark.attention.opencl.device}, are that backend's
 * own. They say how it is used, not whether: under {@code threads} no value of them is read.
 *
 * <p>Which OpenCL device an executor takes is decided by, in this order: {@value #DEVICE}; the
 * first GPU that Spark has assigned, where address N is the N-th of the OpenCL GPUs, from 0; the
 * first device of the allowed types.
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

  /** What of its memory an executor keeps for programs that no task uses. */
  public static final String IDLE_PROGRAMS = "spark.attention.idlePrograms";

  /** Work items of a group on the device. */
  public static final String WORK_GROUP = "spark.attention.opencl.workGroup";

  /** What the names of saved stages for SQL start with. */
  public static final String STAGES = "spark.attention.stages.";

  /** What all names start with. */
  private static final String PREFIX = "spark.attention.";

  private static final Setting<BackendPolicy> BACKEND_SETTING =
      new Setting<>(
          BACKEND,
          "auto",
          "one of " + BackendPolicy.names(),
          "What computes for stages whose param `backend` is not set, and what an executor with the"
              + " plugin opens when it starts.",
          BackendPolicy::parse);
  private static final Setting<Double> IDLE_PROGRAMS_SETTING =
      new Setting<>(
          IDLE_PROGRAMS,
          "0.1",
          "a number from 0 to 1",
          "Share of an executor's heap, and of its device's memory, that prepared programs may take"
              + " while no task uses them, so that the next stage or micro-batch finds them. Beyond"
              + " it, those used longest ago go. The one used last stays until another is prepared,"
              + " however large it is, unless the share is 0.",
          AttentionSettings::parseShare);
  private static final Setting<String> STAGES_SETTING =
      new Setting<>(
          STAGES + "NAME",
          null,
          "the path of a saved stage",
          "Gives a saved stage the name NAME, without a slash, by which functions in SQL find it. A"
              + " session may set it, too, and so may a client of Spark Connect.",
          Function.identity());

  /** All settings, in the order in which people read them. */
  static final List<Setting<?>> ALL = all();

  private AttentionSettings() {}

  private static List<Setting<?>> all() {
    List<Setting<?>> all =
        new ArrayList<>(List.of(BACKEND_SETTING, IDLE_PROGRAMS_SETTING, STAGES_SETTING));
    for (BackendProvider provider : BackendPolicy.AUTO.providers()) {
      provider.settings().forEach(setting -> all.add(setting.below(prefix(provider))));
    }
    return List.copyOf(all);
  }

  /** What the names of a backend's own settings start with. */
  private static String prefix(BackendProvider provider) {
    return PREFIX + provider.name() + ".";
  }

  /**
   * Reads what computes where a stage doesn't say.
   *
   * @param conf the application's configuration
   * @return the policy
   * @throws IllegalArgumentException if the value is no policy
   */
  public static BackendPolicy backend(SparkConf conf) {
    return BACKEND_SETTING.read(in(conf));
  }

  /**
   * Reads what computes, where a stage doesn't say, in the session of this thread or else of the
   * application.
   *
   * @return the policy; {@link BackendPolicy#AUTO} where there is no session
   * @throws IllegalArgumentException if the value is no policy
   */
  public static BackendPolicy backendHere() {
    var active = SparkSession.getActiveSession();
    var session = active.isDefined() ? active : SparkSession.getDefaultSession();
    return BACKEND_SETTING.read(
        name -> session.isDefined() ? session.get().conf().get(name, null) : null);
  }

  /**
   * Reads the settings of a backend. No device is looked for, so this works on any machine.
   *
   * @throws IllegalArgumentException if a value is none that its setting takes; the message says
   *     which, what was expected and what was found
   */
  static Settings of(BackendProvider provider, SparkConf conf) {
    return new Settings(provider.settings(), prefix(provider), in(conf));
  }

  private static Function<String, String> in(SparkConf conf) {
    return name -> conf.get(name, null);
  }

  /** What of its memory an executor keeps for programs that no task uses, from 0 to 1. */
  static double idlePrograms(SparkConf conf) {
    return IDLE_PROGRAMS_SETTING.read(in(conf));
  }

  private static double parseShare(String text) {
    double share = Double.parseDouble(text);
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("no share");
    }
    return share;
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
          if (name.startsWith(PREFIX)) {
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
    for (var entry : conf.getAllWithPrefix(PREFIX)) {
      checkName(PREFIX + entry._1());
    }
    idlePrograms(conf);
    policy.providers().forEach(provider -> of(provider, conf));
  }

  private static void checkName(String name) {
    List<String> names = ALL.stream().map(Setting::name).toList();
    if (!names.contains(name) && !namesStage(name)) {
      throw new IllegalArgumentException(
          String.format(
              "%s is not a setting; those of spark-attention are %s",
              name, String.join(", ", names)));
    }
  }

  private static boolean namesStage(String setting) {
    return setting.startsWith(STAGES)
        && setting.length() > STAGES.length()
        && setting.indexOf('/') < 0;
  }

  /**
   * Reads the names of saved stages.
   *
   * @param session what the session has set, the application's configuration included
   * @return the path of each stage, by its name
   */
  public static Map<String, String> stages(Map<String, String> session) {
    Map<String, String> paths = new TreeMap<>();
    session.forEach(
        (setting, path) -> {
          if (namesStage(setting)) {
            paths.put(setting.substring(STAGES.length()), STAGES_SETTING.value(path));
          }
        });
    return paths;
  }

  private static void checkSession(String name, String value, SparkConf conf) {
    String application = conf.get(name, null);
    if (!name.equals(BACKEND) && !namesStage(name) && !value.equals(application)) {
      throw new IllegalArgumentException(
          String.format(
              "%s holds for a whole application, where it is %s, but the session sets it to '%s';"
                  + " set it before the application starts",
              name, application == null ? "not set" : "'" + application + "'", value));
    }
  }
}
