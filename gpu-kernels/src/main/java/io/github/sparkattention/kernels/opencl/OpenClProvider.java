package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.Devices;
import io.github.sparkattention.kernels.Setting;
import io.github.sparkattention.kernels.Settings;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Opens the OpenCL backend, by what users set. {@link OpenClSettings} says what the values mean.
 */
public final class OpenClProvider implements BackendProvider {
  private static final Duration LONGEST_TIMEOUT = Duration.ofDays(1);
  private static final String NOTHING = "none";
  private static final String AUTO = "auto";
  private static final String A_COUNT = "a whole number from 1 on";
  private static final String A_TIMEOUT = "a time such as 90s or 2min, above 0 and at most 1d";

  private static final Pattern TIME = Pattern.compile("([0-9]{1,12})([a-z]*)");

  /** Milliseconds of the units that Spark knows, with its names; a bare number means seconds. */
  private static final Map<String, Double> UNITS =
      Map.of(
          "us", 1e-3, "ms", 1.0, "", 1e3, "s", 1e3, "m", 6e4, "min", 6e4, "h", 3.6e6, "d", 8.64e7);

  private static final Setting<String> DEVICE =
      new Setting<>(
          "device",
          null,
          "an index or a part of a device's name",
          "The device to take: an index into the devices of the allowed types, from 0, or a part of"
              + " a name, in any case. Unset: the GPU that Spark has assigned, or else the first"
              + " device of the allowed types.",
          OpenClProvider::parseDevice);
  private static final Setting<Set<OpenClDevice.Type>> DEVICE_TYPES =
      new Setting<>(
          "deviceTypes",
          "gpu",
          "a comma list of " + names(OpenClDevice.Type.values()),
          "The types of device that may be taken. With `cpu` OpenCL runs on the processor, which is"
              + " for tests: Java threads are faster there.",
          OpenClProvider::parseTypes);
  private static final Setting<Integer> CONCURRENT_LAUNCHES =
      new Setting<>(
          "concurrentLaunches",
          AUTO,
          "auto or " + A_COUNT,
          "Launches that may be on the device at once, each with its own copy of the weights there"
              + " and its part of the memory. `auto` is 2 on a GPU with 12 GiB or more, so that the"
              + " copies of one batch go beside the kernels of another, and else 1.",
          OpenClProvider::parseLaunches);
  private static final Setting<Duration> LAUNCH_TIMEOUT =
      new Setting<>(
          "launchTimeout",
          "2min",
          A_TIMEOUT,
          "How long a launch may take before it is given up as hung. A number without a unit means"
              + " seconds.",
          OpenClProvider::parseTimeout);
  private static final Setting<Integer> FAILURES_IN_A_ROW =
      new Setting<>(
          "failuresInARow",
          "3",
          A_COUNT,
          "After how many failed launches in a row an executor gives its device up.",
          OpenClProvider::parseCount);
  private static final Setting<Duration> OPEN_TIMEOUT =
      new Setting<>(
          "openTimeout",
          "1min",
          A_TIMEOUT,
          "How long the OpenCL drivers may take to list their devices, from when an executor first"
              + " asks. After that it is as if there were no device; Java threads never wait for"
              + " it. A number without a unit means seconds.",
          OpenClProvider::parseTimeout);
  private static final Setting<Integer> WORK_GROUP =
      new Setting<>(
          "workGroup",
          AUTO,
          "auto, 16, 64 or 256",
          "Work items of a group, which the sizes of tiles go with; they change how fast a device"
              + " computes, and no bit. `auto` measures which is fastest when the device is opened,"
              + " and logs the times; a processor gets 64. A device that allows fewer gets fewer.",
          OpenClProvider::parseWorkGroup);
  private static final Setting<Set<Deviation>> ACCEPT =
      new Setting<>(
          "accept",
          NOTHING,
          "none or a comma list of " + names(Deviation.values()),
          "How a device may deviate from the bits of Java threads and be taken all the same:"
              + " `signed-zeros`, a zero may have the other sign; `subnormals`, numbers below 2^-126"
              + " may become zero. A device that deviates otherwise counts as absent.",
          OpenClProvider::parseDeviations);

  /** Made by {@link java.util.ServiceLoader}. */
  public OpenClProvider() {}

  @Override
  public String name() {
    return "opencl";
  }

  @Override
  public String title() {
    return "OpenCL";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(
        DEVICE,
        DEVICE_TYPES,
        CONCURRENT_LAUNCHES,
        LAUNCH_TIMEOUT,
        FAILURES_IN_A_ROW,
        OPEN_TIMEOUT,
        WORK_GROUP,
        ACCEPT);
  }

  @Override
  public Devices devices() {
    OpenClDevices found = OpenClDevices.list();
    return new Devices(
        found.devices().stream().map(OpenClDevice::device).toList(), found.absence());
  }

  @Override
  public boolean takesAssignedGpus(Settings settings) {
    return settings.get(DEVICE) == null
        && settings.get(DEVICE_TYPES).contains(OpenClDevice.Type.GPU);
  }

  @Override
  public Backend open(Settings settings, List<String> assignedGpus) {
    return OpenClBackend.open(of(settings).withAssignedGpus(assignedGpus));
  }

  static OpenClSettings of(Settings settings) {
    return new OpenClSettings(
            settings.get(DEVICE_TYPES),
            settings.get(DEVICE),
            settings.get(CONCURRENT_LAUNCHES),
            settings.get(LAUNCH_TIMEOUT),
            settings.get(FAILURES_IN_A_ROW))
        .withWorkGroup(settings.get(WORK_GROUP))
        .withOpenTimeout(settings.get(OPEN_TIMEOUT))
        .withAccepted(settings.get(ACCEPT));
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

  private static Set<Deviation> parseDeviations(String text) {
    Set<Deviation> deviations = EnumSet.noneOf(Deviation.class);
    if (!text.equalsIgnoreCase(NOTHING)) {
      for (String word : text.split(",", -1)) {
        String name = word.strip().toUpperCase(Locale.ROOT).replace('-', '_');
        deviations.add(Deviation.valueOf(name));
      }
    }
    return deviations;
  }

  private static String names(Object[] values) {
    return Arrays.stream(values).map(Object::toString).collect(Collectors.joining(", "));
  }

  private static int parseCount(String text) {
    if (!text.matches("0*[1-9][0-9]{0,8}")) {
      throw new IllegalArgumentException("not a count");
    }
    return Integer.parseInt(text);
  }

  private static int parseLaunches(String text) {
    return text.equalsIgnoreCase(AUTO) ? OpenClSettings.BY_MEMORY : parseCount(text);
  }

  private static int parseWorkGroup(String text) {
    if (text.equalsIgnoreCase(AUTO)) {
      return OpenClSettings.FASTEST;
    }
    int items = parseCount(text);
    return OpenClSettings.DEFAULTS.withWorkGroup(items).workGroup();
  }

  private static Duration parseTimeout(String text) {
    Matcher time = TIME.matcher(text.toLowerCase(Locale.ROOT));
    if (!time.matches() || !UNITS.containsKey(time.group(2))) {
      throw new IllegalArgumentException("not a time");
    }
    long millis = (long) (Long.parseLong(time.group(1)) * UNITS.get(time.group(2)));
    if (millis < 1 || millis > LONGEST_TIMEOUT.toMillis()) {
      throw new IllegalArgumentException("out of range");
    }
    return Duration.ofMillis(millis);
  }
}
