package io.github.sparkattention.connect;

import static org.apache.spark.sql.functions.call_function;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import io.github.sparkattention.connect.Stages.Stage;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.spark.connect.proto.MlCommandResult.MlOperatorInfo;
import org.apache.spark.connect.proto.ObjectRef;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.connect.SparkSession;

/**
 * Runs the functions and the stages of a server, and prints what each gave, in a line of a name, a
 * tab and a value.
 */
public final class ConnectClient {
  private static final String PACKAGE = "io.github.sparkattention.";

  /** All of a result in a text; a float's shortest decimal tells it apart from all others. */
  private static final String DIGEST =
      "sha2(concat_ws(';', sort_array(collect_list(concat(id, ' ', cast(context as string))))), 256)";

  private final SparkSession session;
  private final Stages stages;
  private final String folder;

  private ConnectClient(SparkSession session, String folder) {
    this.session = session;
    this.stages = new Stages(session);
    this.folder = folder;
  }

  /**
   * Runs all of it.
   *
   * @param args the server's address; a folder with {@code rows}, {@code ids} and {@code words} in
   *     Parquet, with a saved {@code stage} and with a checkpoint {@code gpt}; the params of that
   *     stage, each a type, a name and a value with a colon between
   */
  public static void main(String[] args) {
    SparkSession session = SparkSession.builder().remote(args[0]).getOrCreate();
    try {
      ConnectClient client = new ConnectClient(session, args[1]);
      client.callFunctions();
      client.runStages(params(args));
      client.meetRefusals();
    } finally {
      session.close();
    }
  }

  private static Map<String, Object> params(String[] args) {
    Map<String, Object> params = new TreeMap<>();
    for (int i = 2; i < args.length; i++) {
      String[] parts = args[i].split(":", 3);
      params.put(
          parts[1],
          switch (parts[0]) {
            case "int" -> Integer.valueOf(parts[2]);
            case "long" -> Long.valueOf(parts[2]);
            case "double" -> Double.valueOf(parts[2]);
            case "boolean" -> Boolean.valueOf(parts[2]);
            default -> parts[2];
          });
    }
    return params;
  }

  private static void print(String name, Callable<?> step) {
    String value;
    try {
      value = String.valueOf(step.call());
    } catch (Exception e) {
      value = "failed: " + e.getClass().getSimpleName() + ": " + e.getMessage();
    }
    System.out.println(name + "\t" + value.replaceAll("\\s+", " "));
  }

  private Dataset<Row> rows() {
    return session.read().parquet(folder + "/rows");
  }

  private static String digest(Dataset<Row> attended) {
    return attended.selectExpr(DIGEST).first().getString(0);
  }

  private void callFunctions() {
    rows().createOrReplaceTempView("rows");
    String saved = "causal_attention(tokens, '" + folder + "/stage')";
    print("sql", () -> digest(session.sql("select id, " + saved + " as context from rows")));
    print(
        "expr",
        () -> digest(rows().withColumn("context", expr("causal_attention(tokens, 'registered')"))));
    print(
        "call_function",
        () ->
            digest(
                rows()
                    .withColumn(
                        "context",
                        call_function("causal_attention", col("tokens"), lit("configured")))));
    print(
        "set",
        () -> {
          session.conf().set("spark.attention.stages.mine", folder + "/stage");
          return digest(
              session.sql("select id, causal_attention(tokens, 'mine') as context from rows"));
        });
    print(
        "weights",
        () ->
            rows()
                .selectExpr("attention_weights(tokens, 'registered') as w")
                .schema()
                .simpleString());
    print(
        "slice",
        () ->
            digest(
                session.sql(
                    "select id, causal_attention(slice(tokens, 1, 2), 'registered') as context"
                        + " from rows where size(tokens) <= 2")));
    print(
        "similarity",
        () ->
            session
                .sql("select cosine_similarity(array(1d, 0d), array(1d, 1d))")
                .first()
                .getDouble(0));
    print(
        "explain",
        () -> session.sql("explain select " + saved + " as c from rows").first().getString(0));
    print(
        "write",
        () -> {
          Dataset<Row> attended = rows().withColumn("context", expr(saved));
          attended.write().parquet(folder + "/written");
          return digest(session.read().parquet(folder + "/written"));
        });
  }

  private void runStages(Map<String, Object> params) {
    Stage attention = new Stage(PACKAGE + "CausalAttention", "sent", params);
    print("transform", () -> digest(stages.transform(attention, rows())));
    print(
        "explain transform",
        () -> {
          // Connect's explain prints.
          stages.transform(attention, rows()).explain();
          return "printed";
        });
    print(
        "save",
        () -> {
          stages.write(attention, folder + "/sent");
          return digest(
              session.sql(
                  "select id, causal_attention(tokens, '"
                      + folder
                      + "/sent') as context from rows"));
        });
    print(
        "read",
        () -> {
          MlOperatorInfo read = stages.read(PACKAGE + "CausalAttention", folder + "/stage");
          return String.format(
              "%s %s dIn %d seed %d backend %s",
              read.getName(),
              read.getUid(),
              read.getParams().getParamsMap().get("dIn").getInteger(),
              read.getParams().getParamsMap().get("seed").getLong(),
              read.getParams().getParamsMap().get("backend").getString());
        });
    print(
        "fit",
        () -> {
          Dataset<Row> words = session.read().parquet(folder + "/words");
          Stage estimator = new Stage(PACKAGE + "TokenEmbeddingEstimator", "fits", Map.of());
          ObjectRef model = stages.fit(estimator, words);
          stages.write(model, folder + "/fitted");
          Dataset<Row> embedded = stages.transform(model, words);
          Map<String, Object> wide = new TreeMap<>(params);
          wide.put("dIn", 100);
          Stage next = new Stage(PACKAGE + "CausalAttention", "next", wide);
          return stages
              .transform(next, embedded)
              .selectExpr("sum(size(tokens))", "sum(size(context))")
              .first();
        });
    print(
        "language model",
        () -> {
          Stage model =
              new Stage(
                  PACKAGE + "LanguageModel",
                  "gpt",
                  Map.of(
                      "checkpoint", folder + "/gpt",
                      "outputCol", "",
                      "logProbabilityCol", "context",
                      "backend", "threads"));
          return digest(stages.transform(model, session.read().parquet(folder + "/ids")));
        });
  }

  private void meetRefusals() {
    print(
        "unknown stage",
        () -> session.sql("select causal_attention(tokens, 'nobody') from rows").collectAsList());
    print(
        "bad row",
        () ->
            session
                .sql(
                    "select causal_attention(array(array(1f)), '"
                        + folder
                        + "/stage')"
                        + " from rows")
                .collectAsList());
    print(
        "bad param",
        () ->
            stages
                .transform(
                    new Stage(PACKAGE + "CausalAttention", "sent", Map.of("dIn", -1)), rows())
                .collectAsList());
    print(
        "foreign class",
        () ->
            stages
                .transform(new Stage(PACKAGE + "TokenCounter", "none", Map.of()), rows())
                .collectAsList());
  }
}
