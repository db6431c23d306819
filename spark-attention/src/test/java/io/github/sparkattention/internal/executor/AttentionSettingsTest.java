package io.github.sparkattention.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.Settings;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionSettingsTest {
  private static final BackendProvider OPENCL = BackendPolicy.parse("opencl").providers().get(0);

  @Test
  void aBackendsSettingsAreReadBelowItsName() {
    SparkConf conf = new SparkConf(false).set(AttentionSettings.LAUNCH_TIMEOUT, " 2H ");
    assertThat(AttentionSettings.of(OPENCL, conf))
        .isEqualTo(new Settings(OPENCL.settings(), "", Map.of("launchTimeout", "120min")::get));
    assertThat(AttentionSettings.of(OPENCL, new SparkConf(false)))
        .isEqualTo(new Settings(OPENCL.settings(), "", unset -> null));
  }

  @Test
  void theBackendIsAutoUnlessAnotherIsSet() {
    SparkConf conf = new SparkConf(false);
    assertThat(AttentionSettings.backend(conf)).isEqualTo(BackendPolicy.AUTO);
    conf.set("spark.attention.backend", " Threads ");
    assertThat(AttentionSettings.backend(conf)).isEqualTo(BackendPolicy.THREADS);
    conf.set("spark.attention.backend", "gpu");
    assertThatThrownBy(() -> AttentionSettings.backend(conf))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("spark.attention.backend must be one of auto, opencl, threads, but is 'gpu'");
  }

  @Test
  void aStageComesBeforeItsSessionAndThatBeforeTheApplication() {
    SparkConf conf = new SparkConf(false).set(AttentionSettings.BACKEND, "threads");
    Map<String, String> session = Map.of(AttentionSettings.BACKEND, "opencl");
    assertThat(AttentionSettings.backend(BackendPolicy.AUTO, conf, session))
        .isEqualTo(BackendPolicy.AUTO);
    assertThat(AttentionSettings.backend(null, conf, session))
        .isEqualTo(BackendPolicy.parse("opencl"));
    assertThat(AttentionSettings.backend(null, conf, Map.of())).isEqualTo(BackendPolicy.THREADS);
    assertThat(AttentionSettings.backend(null, new SparkConf(false), Map.of()))
        .isEqualTo(BackendPolicy.AUTO);
  }

  @Test
  void aNameThatIsNoSettingIsRefusedWithThoseThatAre() {
    SparkConf conf = new SparkConf(false).set("spark.attention.opencl.devcie", "0");
    assertThatThrownBy(() -> AttentionSettings.backend(BackendPolicy.THREADS, conf, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "spark.attention.opencl.devcie is not a setting; those of spark-attention are"
                + " spark.attention.backend, spark.attention.idlePrograms,"
                + " spark.attention.stages.NAME,"
                + " spark.attention.opencl.device,"
                + " spark.attention.opencl.deviceTypes,"
                + " spark.attention.opencl.concurrentLaunches,"
                + " spark.attention.opencl.launchTimeout,"
                + " spark.attention.opencl.failuresInARow, spark.attention.opencl.openTimeout,"
                + " spark.attention.opencl.workGroup, spark.attention.opencl.accept");
    SparkConf empty = new SparkConf(false);
    assertThatThrownBy(
            () ->
                AttentionSettings.backend(
                    BackendPolicy.THREADS, empty, Map.of("spark.attention.Backend", "threads")))
        .hasMessageStartingWith("spark.attention.Backend is not a setting; ");
  }

  @Test
  void aSessionMaySetTheBackendAndNothingElse() {
    SparkConf conf = new SparkConf(false).set(AttentionSettings.DEVICE, "0");
    Map<String, String> session = new HashMap<>();
    session.put("spark.sql.shuffle.partitions", "3");
    session.put(AttentionSettings.BACKEND, "threads");
    session.put(AttentionSettings.DEVICE, "0");
    AttentionSettings.backend(BackendPolicy.AUTO, conf, session);

    session.put(AttentionSettings.DEVICE, "1");
    assertThatThrownBy(() -> AttentionSettings.backend(BackendPolicy.AUTO, conf, session))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "spark.attention.opencl.device holds for a whole application, where it is '0', but the"
                + " session sets it to '1'; set it before the application starts");
    assertThatThrownBy(
            () -> AttentionSettings.backend(BackendPolicy.AUTO, new SparkConf(false), session))
        .hasMessageContaining(" where it is not set, but the session sets it to '1'; ");
  }

  @Test
  void aSessionMayNameStagesAsAnApplicationMay() {
    Map<String, String> session = Map.of("spark.attention.stages.a.b", "/a", "spark.x", "y");
    assertThat(AttentionSettings.stages(session)).isEqualTo(Map.of("a.b", "/a"));
    SparkConf conf = new SparkConf(false).set("spark.attention.stages.c", "/c");
    AttentionSettings.backend(BackendPolicy.THREADS, conf, session);
    for (String name : List.of("spark.attention.stages.", "spark.attention.stages.models/a")) {
      assertThatThrownBy(
              () -> AttentionSettings.backend(BackendPolicy.THREADS, conf, Map.of(name, "/a")))
          .hasMessageStartingWith(name + " is not a setting; ");
    }
  }

  @Test
  void valuesOfOpenClAreReadWhereItMayBeUsed() {
    SparkConf conf = new SparkConf(false).set(AttentionSettings.DEVICE_TYPES, "gpus");
    AttentionSettings.backend(BackendPolicy.THREADS, conf, Map.of());
    assertThatThrownBy(() -> AttentionSettings.backend(BackendPolicy.AUTO, conf, Map.of()))
        .hasMessageStartingWith("spark.attention.opencl.deviceTypes must be a comma list of ");
  }

  @Test
  void unusedLayersMayTakeATenthUnlessAnotherShareIsSet() {
    SparkConf conf = new SparkConf(false);
    assertThat(AttentionSettings.idlePrograms(conf)).isEqualTo(0.1);
    conf.set("spark.attention.idlePrograms", "0.25");
    assertThat(AttentionSettings.idlePrograms(conf)).isEqualTo(0.25);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-0.1", "1.1", "NaN", "10%", ""})
  void aShareOfUnusedLayersThatIsNoneFailsOnTheDriverWhateverComputes(String share) {
    SparkConf conf = new SparkConf(false).set(AttentionSettings.IDLE_PROGRAMS, share);
    assertThatThrownBy(() -> AttentionSettings.backend(BackendPolicy.THREADS, conf, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "spark.attention.idlePrograms must be a number from 0 to 1, but is '%s'", share);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "device | an index or a part of a device's name | ''",
        "deviceTypes | a comma list of gpu, cpu, accelerator | gpu,tpu",
        "deviceTypes | a comma list of gpu, cpu, accelerator | gpu,",
        "deviceTypes | a comma list of gpu, cpu, accelerator | ''",
        "concurrentLaunches | auto or a whole number from 1 on | 0",
        "concurrentLaunches | auto or a whole number from 1 on | 1.5",
        "failuresInARow | a whole number from 1 on | -1",
        "failuresInARow | a whole number from 1 on | 99999999999",
        "workGroup | auto, 16, 64 or 256 | 32",
        "accept | none or a comma list of signed-zeros, subnormals | all",
        "accept | none or a comma list of signed-zeros, subnormals | none,subnormals",
        "openTimeout | a time such as 90s or 2min, above 0 and at most 1d | 0",
        "launchTimeout | a time such as 90s or 2min, above 0 and at most 1d | soon",
        "launchTimeout | a time such as 90s or 2min, above 0 and at most 1d | 0s",
        "launchTimeout | a time such as 90s or 2min, above 0 and at most 1d | -5s",
        "launchTimeout | a time such as 90s or 2min, above 0 and at most 1d | 2d",
        "launchTimeout | a time such as 90s or 2min, above 0 and at most 1d | 1.5min"
      })
  void aBadValueIsRefusedWithItsNameAndWhatWasExpected(String name, String expected, String found) {
    String full = "spark.attention.opencl." + name;
    assertThatThrownBy(() -> AttentionSettings.of(OPENCL, new SparkConf(false).set(full, found)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("%s must be %s, but is '%s'", full, expected, found);
  }
}
