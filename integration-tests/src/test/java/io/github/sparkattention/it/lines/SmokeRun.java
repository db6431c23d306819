package io.github.sparkattention.it.lines;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.plugin.AttentionPlugin;
import io.github.sparkattention.sql.AttentionFunctions;
import java.nio.file.Path;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.Trigger;

/**
 * What a user does, in a program that {@code spark-submit} runs: prints a line for each way to
 * compute attention, with one number in which each bit of each row counts.
 */
public final class SmokeRun {
  /** What comes before a line that a test reads. */
  static final String LINE = "smoke: ";

  /** Sequences of 0 to 23 tokens, made of whole numbers only, so that any JVM makes the same. */
  private static final String TOKENS =
      "transform(filter(sequence(0, 23), t -> t < id * 37 % 24), t -> transform(sequence(0, 15),"
          + " d -> cast(((id * 7919 + t * 104729 + d * 1299709) % 2003 - 1001) / 1000D as float)))";

  private SmokeRun() {}

  /**
   * Runs it.
   *
   * @param args a folder to write to, and a stage that another run has saved
   */
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    String rowsFile = folder.resolve("rows").toUri().toString();
    String saved = folder.resolve("stage").toUri().toString();
    try (SparkSession spark = SparkSession.builder().appName("smoke").getOrCreate()) {
      spark.range(0, 200, 1, 4).selectExpr("id", TOKENS + " as tokens").write().parquet(rowsFile);
      Dataset<Row> rows = spark.read().parquet(rowsFile);
      rows.createOrReplaceTempView("rows");
      CausalAttention stage =
          new CausalAttention("smoke").setDIn(16).setDOut(16).setNumHeads(2).setSeed(123);
      say("transform", digest(stage.transform(rows)));
      CausalAttention withWeights = stage.copy(new ParamMap()).setAttentionWeightsCol("weights");
      say("weights", digest(withWeights.transform(rows), "weights"));
      stage.save(saved);
      say("load", digest(CausalAttention.load(saved).transform(rows)));
      say("load another's", digest(CausalAttention.load(args[1]).transform(rows)));
      Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {stage});
      say("pipeline", digest(pipeline.fit(rows).transform(rows)));
      say(
          "column",
          digest(
              rows.withColumn(
                  "context", AttentionFunctions.causalAttention(functions.col("tokens"), stage))));
      for (String tokens :
          new String[] {
            "tokens",
            "slice(tokens, 1, 4)",
            "reverse(r.tokens)",
            "transform(tokens, v -> transform(v, x -> x / 2))"
          }) {
        String call = "causal_attention(" + tokens + ", '" + saved + "')";
        say(tokens, digest(spark.sql("select id, " + call + " as context from rows as r")));
        say(
            tokens + " in a filter",
            spark.sql("select id from rows as r where size(" + call + ") > 3").count());
      }
      say("stream", digest(streamed(spark, rows, rowsFile, stage)));
      say("refusal", refusal(spark, stage));
      say(
          "computes on",
          AttentionPlugin.executorsTable(spark).selectExpr("backend").first().getString(0));
    }
  }

  private static void say(String step, Object result) {
    System.out.println(LINE + step + " = " + result);
  }

  private static Object digest(Dataset<Row> attended) {
    return digest(attended, "context");
  }

  private static Object digest(Dataset<Row> attended, String column) {
    return attended.selectExpr("bit_xor(xxhash64(id, " + column + "))").first().get(0);
  }

  private static Dataset<Row> streamed(
      SparkSession spark, Dataset<Row> rows, String file, CausalAttention stage) throws Exception {
    stage
        .transform(spark.readStream().schema(rows.schema()).parquet(file))
        .writeStream()
        .format("memory")
        .queryName("streamed")
        .trigger(Trigger.AvailableNow())
        .start()
        .awaitTermination();
    return spark.table("streamed");
  }

  /** The sentence that a row gets which is too long. */
  private static String refusal(SparkSession spark, CausalAttention stage) {
    AttentionFunctions.register(spark, "short", stage.setContextLength(4));
    try {
      return spark
          .sql("select causal_attention(slice(tokens, 1, 5), 'short') from rows where id = 7")
          .first()
          .toString();
    } catch (Exception e) {
      Throwable root = e;
      while (root.getCause() != null) {
        root = root.getCause();
      }
      return root.getMessage().replaceAll("partition \\d+, row \\d+", "somewhere");
    }
  }
}
