package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.Backends;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StagePoolingTest {
  private static final List<float[][]> SEQUENCES =
      Sequences.random(22, 4, 3, 1, 0, 50, 7, 2, 9, 4, 5, 6);

  private static CausalAttention stage() {
    return new CausalAttention()
        .setDIn(4)
        .setDOut(6)
        .setNumHeads(2)
        .setSeed(5)
        .setBackend("threads");
  }

  private static double[] pooled(float[][] context, String pooling) {
    double[] pooled = new double[6];
    for (int d = 0; d < pooled.length && context.length > 0; d++) {
      double last = context[context.length - 1][d];
      double sum = 0;
      double largest = Double.NEGATIVE_INFINITY;
      for (float[] vector : context) {
        sum += vector[d];
        largest = Math.max(largest, vector[d]);
      }
      pooled[d] =
          switch (pooling) {
            case "last" -> last;
            case "mean" -> sum / context.length;
            default -> largest;
          };
    }
    return pooled;
  }

  @ParameterizedTest
  @ValueSource(strings = {"last", "mean", "max"})
  void contextVectorsBecomeOneVectorInTheOrderOfTheirTokens(String pooling) {
    CausalAttention stage = stage().setPooling(pooling);
    Dataset<Row> input = Sequences.floats(SEQUENCES);
    Dataset<Row> result = stage.transform(input);
    assertThat(result.columns()).containsExactly("id", "tokens", "context", "pooled");
    assertThat(result.schema()).isEqualTo(stage.transformSchema(input.schema()));
    List<Row> rows = result.select("context", "pooled").collectAsList();
    assertThat(rows).hasSize(SEQUENCES.size());
    for (Row row : rows) {
      Vector vector = row.getAs("pooled");
      assertThat(vector.toArray()).isEqualTo(pooled(Sequences.floats(row, 0), pooling));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"last", "mean", "max"})
  void theTokensOutputNeedNotBeWritten(String pooling) {
    CausalAttention stage = stage().setPooling(pooling);
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    Dataset<Row> alone = stage.copy(stage.extractParamMap()).setOutputCol("").transform(rows);
    assertThat(alone.columns()).containsExactly("id", "tokens", "pooled");
    assertThat(alone.orderBy("id").select("pooled").collectAsList())
        .isEqualTo(stage.transform(rows).orderBy("id").select("pooled").collectAsList());
  }

  @Test
  void classifiersAndClusteringTakeThePooledColumn() {
    Dataset<Row> rows =
        Sequences.floats(SEQUENCES).selectExpr("*", "cast(id % 2 as double) as label");
    Pipeline pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  stage().setOutputCol("").setPooling("mean"),
                  new LogisticRegression().setFeaturesCol("pooled").setMaxIter(3),
                  new KMeans().setFeaturesCol("pooled").setPredictionCol("cluster").setSeed(1),
                  new VectorAssembler()
                      .setInputCols(new String[] {"id", "pooled"})
                      .setOutputCol("features")
                });
    PipelineModel model = pipeline.fit(rows);
    Dataset<Row> result = model.transform(rows);
    AttributeGroup group = AttributeGroup.fromStructField(result.schema().apply("pooled"));
    assertThat(group.size()).isEqualTo(6);
    assertThat(AttributeGroup.fromStructField(result.schema().apply("features")).size())
        .isEqualTo(7);
    assertThat(result.select("prediction", "cluster", "features").collectAsList())
        .hasSize(SEQUENCES.size())
        .allSatisfy(row -> assertThat(row.anyNull()).isFalse());
  }

  @Test
  void logSumExpsAreThoseOfTheLayer() {
    CausalAttention stage = stage().setOutputCol("").setLogSumExpCol("lse");
    Dataset<Row> result = stage.transform(Sequences.floats(SEQUENCES)).orderBy("id");
    assertThat(result.columns()).containsExactly("id", "tokens", "lse");
    List<float[][]> found = new ArrayList<>();
    result.collectAsList().forEach(row -> found.add(Sequences.floats(row, 2)));
    try (var backend = Backends.threads(1);
        var layer = backend.prepare(Program.attention(stage.config()), stage.weights().tensors())) {
      for (int s = 0; s < SEQUENCES.size(); s++) {
        float[][] sequence = SEQUENCES.get(s);
        float[] tokens = new float[sequence.length * 4];
        for (int i = 0; i < sequence.length; i++) {
          System.arraycopy(sequence[i], 0, tokens, 4 * i, 4);
        }
        float[] expected = new float[2 * sequence.length];
        layer.run(
            PackedSequences.pack(new float[][] {tokens}, 4),
            Outputs.of(new float[sequence.length * 6], null, expected),
            Dropout.NONE);
        assertThat(found.get(s).length).isEqualTo(2);
        for (int head = 0; head < 2; head++) {
          assertThat(found.get(s)[head])
              .isEqualTo(
                  Arrays.copyOfRange(
                      expected, head * sequence.length, (head + 1) * sequence.length));
        }
      }
    }
  }
}
