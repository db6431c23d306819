package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.Settings;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("any-loops")
class OpenClProviderTest {
  private static final OpenClProvider PROVIDER = new OpenClProvider();

  private static Settings settings(Map<String, String> texts) {
    return new Settings(PROVIDER.settings(), "", texts::get);
  }

  @Test
  void withoutAnySettingTheDefaultsHold() {
    assertThat(OpenClProvider.of(settings(Map.of()))).isEqualTo(OpenClSettings.DEFAULTS);
  }

  @Test
  void eachSettingIsRead() {
    Map<String, String> texts =
        Map.of(
            "device", " Radeon ",
            "deviceTypes", "GPU, cpu,accelerator",
            "concurrentLaunches", "2",
            "launchTimeout", "90s",
            "failuresInARow", "5",
            "openTimeout", "7s",
            "workGroup", "256",
            "accept", "Signed-Zeros, subnormals");
    assertThat(OpenClProvider.of(settings(texts)))
        .isEqualTo(
            new OpenClSettings(
                    EnumSet.allOf(OpenClDevice.Type.class), "Radeon", 2, Duration.ofSeconds(90), 5)
                .withWorkGroup(256)
                .withOpenTimeout(Duration.ofSeconds(7))
                .withAccepted(EnumSet.allOf(Deviation.class)));
  }

  @ParameterizedTest
  @CsvSource({
    "1500ms, 1500",
    "2000us, 2",
    "3, 3000",
    "5m, 300000",
    "2MIN, 120000",
    "1h, 3600000",
    "1d, 86400000"
  })
  void timesAreReadAsSparkReadsThemAndBareNumbersAreSeconds(String text, long millis) {
    assertThat(OpenClProvider.of(settings(Map.of("launchTimeout", text))).launchTimeout())
        .isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource({
    "auto, GPU, 12, 2", "AUTO, GPU, 80, 2", "auto, GPU, 11, 1", "auto, CPU, 80, 1",
    "auto, ACCELERATOR, 80, 1", "1, GPU, 80, 1", "3, GPU, 80, 3", "3, CPU, 1, 3"
  })
  void twoLaunchesShareALargeGpuUnlessTheSettingSaysHowMany(
      String text, OpenClDevice.Type type, long gibibytes, int launches) {
    OpenClSettings settings = OpenClProvider.of(settings(Map.of("concurrentLaunches", text)));
    OpenClDevice device =
        new OpenClDevice("name", type, "platform", "vendor", gibibytes << 30, 1L << 30, 256, 1);
    assertThat(settings.launchesOn(device)).isEqualTo(launches);
  }

  @Test
  void assignedGpusCountUnlessTheSettingsDecide() {
    assertThat(PROVIDER.takesAssignedGpus(settings(Map.of()))).isTrue();
    assertThat(PROVIDER.takesAssignedGpus(settings(Map.of("deviceTypes", "cpu,gpu")))).isTrue();
    assertThat(PROVIDER.takesAssignedGpus(settings(Map.of("deviceTypes", "cpu")))).isFalse();
    assertThat(PROVIDER.takesAssignedGpus(settings(Map.of("device", "1")))).isFalse();
  }

  @Test
  void settingsAreEqualIfTheirValuesAre() {
    assertThat(settings(Map.of("launchTimeout", "120s")))
        .isEqualTo(settings(Map.of()))
        .hasSameHashCodeAs(settings(Map.of()))
        .isNotEqualTo(settings(Map.of("launchTimeout", "121s")));
  }
}
