package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StageStreamTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(8, 4, 3, 0, 5, 1, 9, 2, 4);

  private final SparkSession spark = LocalSpark.session();

  @Test
  void aStreamGivesWhatTheBatchGives(@TempDir Path folder) throws Exception {
    CausalAttention stage =
        new CausalAttention().setDIn(4).setDOut(4).setSeed(5).setBackend("threads");
    String path = folder.resolve("rows").toString();
    Sequences.floats(SEQUENCES).repartition(3).write().parquet(path);

    Dataset<Row> rows =
        spark
            .readStream()
            .schema(Sequences.schema(DataTypes.FloatType))
            .option("maxFilesPerTrigger", 1)
            .parquet(path);
    StreamingQuery query =
        stage
            .transform(rows)
            .writeStream()
            .format("memory")
            .queryName("attended_stream")
            .option("checkpointLocation", folder.resolve("checkpoint").toString())
            .trigger(Trigger.AvailableNow())
            .start();
    assertThat(query.awaitTermination(120_000)).isTrue();
    assertThat(query.recentProgress()).hasSizeGreaterThan(1);
    assertThat(Sequences.byId(spark.table("attended_stream"), "context"))
        .hasSize(SEQUENCES.size())
        .isEqualTo(Sequences.byId(stage.transform(Sequences.floats(SEQUENCES)), "context"));
  }
}
