package io.github.sparkattention;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class StageDropoutTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(9, 4, 30, 5, 30, 17, 0, 2);

  private final CausalAttention stage =
      new CausalAttention()
          .setDIn(4)
          .setDOut(4)
          .setSeed(5)
          .setDropout(0.5)
          .setTraining(true)
          .setDropoutSeed(1)
          .setBackend("threads");

  private Map<Long, String> contexts(Dataset<Row> rows) {
    return Sequences.byId(stage.transform(rows), "context");
  }

  @Test
  void onlyTrainingDrops() {
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    Map<Long, String> dropped = contexts(rows);
    stage.setTraining(false);
    Map<Long, String> kept = Sequences.contextOf(stage.config(), stage.weights(), SEQUENCES);
    assertThat(contexts(rows)).isEqualTo(kept).isNotEqualTo(dropped);
    stage.setTraining(true).setDropout(0);
    assertThat(contexts(rows)).isEqualTo(kept);
  }

  @Test
  void anyPartitioningDrawsTheSame() {
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    Map<Long, String> dropped = contexts(rows);
    assertThat(contexts(rows.repartition(5))).isEqualTo(dropped);
    assertThat(contexts(rows.coalesce(1).orderBy(col("id").desc()))).isEqualTo(dropped);
    stage.setBatchTokens(1);
    assertThat(contexts(rows)).isEqualTo(dropped);
  }

  @Test
  void anotherSeedDrawsAnew() {
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    Map<Long, String> dropped = contexts(rows);
    stage.setDropoutSeed(2);
    assertThat(contexts(rows)).isNotEqualTo(dropped);
    stage.setDropoutSeed(1);
    assertThat(contexts(rows)).isEqualTo(dropped);
  }

  @Test
  void equalRowsDrawTheSameUnlessTheirKeysDiffer() {
    List<float[][]> twins = new ArrayList<>();
    twins.add(SEQUENCES.get(0));
    twins.add(SEQUENCES.get(0));
    Dataset<Row> rows = Sequences.floats(twins).withColumn("one", col("id").multiply(0));
    Map<Long, String> byTokens = contexts(rows);
    assertThat(byTokens.get(0L)).isEqualTo(byTokens.get(1L));

    stage.setDropoutKeyCol("id");
    Map<Long, String> byId = contexts(rows);
    assertThat(byId.get(0L)).isNotEqualTo(byId.get(1L));
    assertThat(contexts(rows.repartition(2))).isEqualTo(byId);

    stage.setDropoutKeyCol("one");
    Map<Long, String> byOne = contexts(rows);
    assertThat(byOne.get(0L)).isEqualTo(byOne.get(1L)).isEqualTo(byId.get(0L));
  }
}
