package io.github.sparkattention.plugin;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LanguageModel;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.TinyModels;
import io.github.sparkattention.internal.executor.AttentionSettings;
import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.internal.executor.PreparedPrograms;
import io.github.sparkattention.internal.executor.SettingsInForce;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Stages whose executor has an OpenCL device, or is refused one. */
@Timeout(300)
class OpenClStageTest {
  private static final List<float[][]> SEQUENCES =
      Sequences.random(21, 12, 3, 0, 50, 1, 9, 2, 33, 4, 17, 64, 5, 8, 31, 32, 7, 40, 1, 1, 12, 65);

  private final Dataset<Row> rows = Sequences.floats(SEQUENCES).repartition(8);

  private static CausalAttention stage(String backend, long seed) {
    return new CausalAttention()
        .setDIn(12)
        .setDOut(20)
        .setNumHeads(4)
        .setNumKvHeads(2)
        .setQkvBias(true)
        .setOutProjection(true)
        .setBatchTokens(70)
        .setAttentionWeightsCol("weights")
        .setSeed(seed)
        .setBackend(backend);
  }

  private static void expectEqualResults(Dataset<Row> result, Dataset<Row> expected) {
    for (String column : List.of("context", "weights")) {
      assertThat(Sequences.byId(result, column))
          .hasSize(SEQUENCES.size())
          .isEqualTo(Sequences.byId(expected, column));
    }
  }

  @AfterEach
  void clearSettings() {
    SettingsInForce.clear();
  }

  @Test
  void theDeviceGivesTheBitsOfJavaThreadsToTasksThatShareIt() {
    RequiredDevice.allow();
    int before = ExecutorBackend.programs(BackendPolicy.parse("opencl")).prepared();
    expectEqualResults(
        stage("opencl", 2001).transform(rows), stage("threads", 2001).transform(rows));
    assertThat(ExecutorBackend.programs(BackendPolicy.parse("opencl")).prepared())
        .isEqualTo(before + 1);
  }

  @Test
  void theDeviceGivesTheBitsOfJavaThreadsForWholeModels() {
    RequiredDevice.allow();
    Dataset<Row> ids =
        TinyModels.rows(TinyModels.sequences(5, 50, 3, 0, 16, 1, 9, 2, 12, 7)).repartition(3);
    LanguageModel threads =
        TinyModels.drawn(2004)
            .setBatchTokens(20)
            .setOutputCol("vectors")
            .setPooledCol("pooled")
            .setPooling("mean")
            .setHiddenStatesCol("hidden")
            .setHiddenLayer(1)
            .setAttentionWeightsCol("weights")
            .setAttentionLayer(0)
            .setLogProbabilitiesCol("log_probabilities")
            .setNextTokensCol("next");
    LanguageModel device = threads.copy(threads.extractParamMap()).setBackend("opencl");
    Dataset<Row> expected = threads.transform(ids).cache();
    Dataset<Row> found = device.transform(ids).cache();
    for (String column :
        List.of("vectors", "pooled", "hidden", "weights", "log_probabilities", "next")) {
      assertThat(Sequences.byId(found, column))
          .as(column)
          .isEqualTo(Sequences.byId(expected, column));
    }
    // Without the scores, whose kernel then has fewer passes.
    assertThat(Sequences.byId(device.transform(ids).select("id", "pooled"), "pooled"))
        .isEqualTo(Sequences.byId(expected, "pooled"));
    expected.unpersist();
    found.unpersist();
  }

  @Test
  void autoWithoutTheDeviceTakesJavaThreads() {
    SettingsInForce.set(AttentionSettings.DEVICE, "no device has this name");
    expectEqualResults(stage("auto", 2002).transform(rows), stage("threads", 2002).transform(rows));
  }

  @Test
  void openClWithoutTheDeviceFailsTheJobWithOneSentence() {
    SettingsInForce.set(AttentionSettings.DEVICE, "no device has this name, either");
    assertThatThrownBy(() -> stage("opencl", 2003).transform(rows).collectAsList())
        .hasMessageContaining("BackendUnavailableException: backend 'opencl' was asked for, but ");
  }

  @Test
  void aBadSettingFailsOnTheDriver() {
    SettingsInForce.set(AttentionSettings.DEVICE_TYPES, "gpus");
    assertThatThrownBy(() -> stage("auto", 2004).transform(rows).collectAsList())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "spark.attention.opencl.deviceTypes must be a comma list of gpu, cpu, accelerator,"
                + " but is 'gpus'");
    assertThat(stage("threads", 2004).transform(rows).collectAsList()).hasSize(SEQUENCES.size());
  }

  @Test
  void aTaskThatBeganOnTheDeviceGivesTheSameBitsOnJavaThreads() {
    RequiredDevice.allow();
    PreparedPrograms onDevice = ExecutorBackend.programs(BackendPolicy.AUTO);
    int before = onDevice.prepared();
    Dataset<Row> one = rows.coalesce(1);
    UDF1<Long, Integer> attempt = OpenClStageTest::attemptOfWhichTheFirstLosesTheDevice;
    // Kept, so that every column below is of the second attempt.
    Dataset<Row> result =
        stage("auto", 2005)
            .transform(one)
            .withColumn("attempt", udf(attempt, DataTypes.IntegerType).apply(col("id")))
            .cache();
    try {
      expectEqualResults(result, stage("threads", 2005).transform(one));
      assertThat(result.select("attempt").distinct().collectAsList())
          .singleElement()
          .extracting(row -> row.getInt(0))
          .isEqualTo(1);
    } finally {
      result.unpersist();
    }
    assertThat(onDevice.prepared()).isEqualTo(before + 1);
    assertThat(ExecutorBackend.programs(BackendPolicy.AUTO)).isNotSameAs(onDevice);
  }

  private static int attemptOfWhichTheFirstLosesTheDevice(long id) {
    int attempt = TaskContext.get().attemptNumber();
    if (attempt == 0) {
      SettingsInForce.set(AttentionSettings.DEVICE, "the device that went away");
      throw new IllegalStateException("the first attempt fails at id " + id);
    }
    return attempt;
  }
}
