package io.github.sparkattention.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java example of the README. */
class JavaExampleTest {
  @Test
  void theExampleRuns(@TempDir java.nio.file.Path folder) {
    SparkSession spark = LocalSpark.session();
    String input = folder.resolve("tokens.parquet").toUri().toString();
    String output = folder.resolve("context.parquet").toUri().toString();
    LocalSpark.rows(768, 2, 3).write().parquet(input);

    Dataset<Row> tokens = spark.read().parquet(input);
    CausalAttention attention =
        new CausalAttention()
            .setInputCol("tokens")
            .setOutputCol("context")
            .setDIn(768)
            .setDOut(768)
            .setNumHeads(12)
            .setSeed(123);
    attention.transform(tokens).write().parquet(output);

    assertThat(spark.read().parquet(output).columns()).contains("context");
  }
}
