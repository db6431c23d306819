package io.github.sparkattention.it;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.sql.AttentionFunctions;
import java.io.IOException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java and SQL examples of the README. */
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

  @Test
  void theExampleOfTheFunctionsRuns(@TempDir java.nio.file.Path folder) throws IOException {
    SparkSession spark = LocalSpark.session();
    Dataset<Row> tokens = LocalSpark.rows(8, 2, 3);
    tokens.createOrReplaceTempView("sequences");
    String path = folder.resolve("attention").toUri().toString();
    CausalAttention attention = new CausalAttention().setDIn(8).setDOut(8).setSeed(123);

    Dataset<Row> context =
        tokens.withColumn("context", AttentionFunctions.causalAttention(col("tokens"), attention));
    attention.save(path);
    Dataset<Row> same =
        spark.sql("SELECT *, causal_attention(tokens, '" + path + "') AS context FROM sequences");

    assertThat(same.collectAsList()).hasSize(2).isEqualTo(context.collectAsList());
  }
}
