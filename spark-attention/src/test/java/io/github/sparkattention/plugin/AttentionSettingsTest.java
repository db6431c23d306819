package io.github.sparkattention.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.opencl.OpenClDevice;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import java.time.Duration;
import java.util.EnumSet;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionSettingsTest {
  private static OpenClSettings with(String name, String value) {
    return AttentionSettings.openCl(new SparkConf(false).set(name, value));
  }

  @Test
  void withoutAnySettingTheDefaultsHold() {
    assertThat(AttentionSettings.openCl(new SparkConf(false))).isEqualTo(OpenClSettings.DEFAULTS);
  }

  @Test
  void eachSettingIsRead() {
    SparkConf conf =
        new SparkConf(false)
            .set("spark.attention.opencl.device", " Radeon ")
            .set("spark.attention.opencl.deviceTypes", "GPU, cpu,accelerator")
            .set("spark.attention.opencl.concurrentLaunches", "2")
            .set("spark.attention.opencl.launchTimeout", "90s")
            .set("spark.attention.opencl.failuresInARow", "5");
    assertThat(AttentionSettings.openCl(conf))
        .isEqualTo(
            new OpenClSettings(
                EnumSet.allOf(OpenClDevice.Type.class), "Radeon", 2, Duration.ofSeconds(90), 5));
  }

  @ParameterizedTest
  @CsvSource({"1500ms, 1500", "3, 3000", "2min, 120000", "1h, 3600000", "1d, 86400000"})
  void timesAreReadAsSparkReadsThemAndBareNumbersAreSeconds(String text, long millis) {
    assertThat(with(AttentionSettings.LAUNCH_TIMEOUT, text).launchTimeout())
        .isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "device | an index or a part of a device's name | ''",
        "deviceTypes | a comma list of gpu, cpu, accelerator | gpu,tpu",
        "deviceTypes | a comma list of gpu, cpu, accelerator | gpu,",
        "deviceTypes | a comma list of gpu, cpu, accelerator | ''",
        "concurrentLaunches | a whole number from 1 on | 0",
        "concurrentLaunches | a whole number from 1 on | 1.5",
        "failuresInARow | a whole number from 1 on | -1",
        "failuresInARow | a whole number from 1 on | 99999999999",
        "launchTimeout | a time such as 90s or 2min, above 0 and at most 1d | soon",
        "launchTimeout | a time such as 90s or 2min, above 0 and at most 1d | 0s",
        "launchTimeout | a time such as 90s or 2min, above 0 and at most 1d | -5s",
        "launchTimeout | a time such as 90s or 2min, above 0 and at most 1d | 2d",
        "launchTimeout | a time such as 90s or 2min, above 0 and at most 1d | 1.5min"
      })
  void aBadValueIsRefusedWithItsNameAndWhatWasExpected(String name, String expected, String found) {
    String full = "spark.attention.opencl." + name;
    assertThatThrownBy(() -> with(full, found))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("%s must be %s, but is '%s'", full, expected, found);
  }
}
