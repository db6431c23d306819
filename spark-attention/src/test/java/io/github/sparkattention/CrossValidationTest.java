package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.evaluation.BinaryClassificationEvaluator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class CrossValidationTest {
  @Test
  void aParamOfTheStageIsTuned() {
    List<float[][]> sequences =
        Sequences.random(4, 4, 3, 1, 5, 1, 9, 2, 4, 6, 2, 7, 3, 8, 1, 5, 2, 4);
    Dataset<Row> rows =
        Sequences.floats(sequences).selectExpr("*", "int(tokens[0][0] > 0) as label").cache();
    CausalAttention attention =
        new CausalAttention()
            .setDIn(4)
            .setDOut(4)
            .setSeed(5)
            .setBackend("threads")
            .setPooling("last")
            .setPooledCol("features");
    Pipeline pipeline =
        new Pipeline()
            .setStages(new PipelineStage[] {attention, new LogisticRegression().setMaxIter(3)});
    ParamMap[] grid = new ParamGridBuilder().addGrid(attention.seed(), new long[] {5, 6}).build();
    CrossValidatorModel model =
        new CrossValidator()
            .setEstimator(pipeline)
            .setEvaluator(new BinaryClassificationEvaluator())
            .setEstimatorParamMaps(grid)
            .setNumFolds(2)
            .setSeed(1)
            .fit(rows);

    double[] metrics = model.avgMetrics();
    assertThat(metrics).hasSize(2);
    assertThat(metrics[0]).isNotEqualTo(metrics[1]);
    long better = metrics[0] > metrics[1] ? 5 : 6;
    CausalAttention best = (CausalAttention) ((PipelineModel) model.bestModel()).stages()[0];
    assertThat(best.getSeed()).isEqualTo(better);
    assertThat(Sequences.byId(model.transform(rows), "context"))
        .isEqualTo(Sequences.contextOf(best.config(), best.weights(), sequences));
    rows.unpersist();
  }
}
