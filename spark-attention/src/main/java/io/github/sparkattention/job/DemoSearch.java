package io.github.sparkattention.job;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.not;
import static org.apache.spark.sql.functions.size;

import io.github.sparkattention.LanguageModel;
import io.github.sparkattention.NearestRows;
import io.github.sparkattention.SentenceEmbedder;
import io.github.sparkattention.TokenizerStage;
import io.github.sparkattention.plot.AttentionPlots;
import io.github.sparkattention.plot.Picture;
import io.github.sparkattention.text.Tokenizer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.collection.Seq;

/** What the demo does with trained weights: it looks for sentences, and into a head. */
final class DemoSearch {
  /** What is looked for. */
  static final List<String> QUERIES =
      List.of(
          "Being a good friend",
          "A machine that travels through time",
          "Fear of death",
          "What philosophers know",
          "Something good to eat");

  /** The layer whose heads are shown, in the middle of the model's six. */
  private static final int LAYER = 2;

  private static final int NEAREST = 3;

  /** Characters of a sentence that fit into 100 columns. */
  private static final int PRINTED = 85;

  private static final int READABLE_TOKENS = 14;

  /** A sentence of words alone, which is preferred. */
  private static final String PLAIN = "^[A-Za-z' ]+[.?!]$";

  private DemoSearch() {}

  /** The sentences nearest to each query, as rows of the query and its nearest. */
  static List<Row> find(PipelineModel pipeline, SparkSession session, String vectors) {
    Dataset<Row> sentences = session.read().parquet(vectors);
    Dataset<Row> queries =
        pipeline
            .transform(session.createDataset(QUERIES, Encoders.STRING()).toDF("sentence"))
            .select("sentence", SentenceEmbedder.EMBEDDING);
    Dataset<Row> nearest =
        NearestRows.of(sentences, "sentence", SentenceEmbedder.EMBEDDING)
            .search(queries, SentenceEmbedder.EMBEDDING, NEAREST, "nearest");
    return nearest.select("sentence", "nearest").collectAsList();
  }

  /** Prints what {@link #find} has found. */
  static void print(List<Row> found, PrintWriter out) {
    for (Row query : found) {
      out.printf("Nearest to \"%s\":%n", query.getString(0));
      for (Row row : query.<Row>getList(1)) {
        out.printf(Locale.ROOT, "  %.3f  %s%n", row.getDouble(1), shortened(row.getString(0)));
      }
    }
  }

  private static String shortened(String sentence) {
    return sentence.length() <= PRINTED
        ? sentence
        : sentence.substring(0, sentence.lastIndexOf(' ', PRINTED)) + " ...";
  }

  /** Tokens and attention weights of the sentence that is nearest to a readable length. */
  static Row explain(PipelineModel pipeline, Dataset<Row> sentences) {
    Dataset<Row> rows =
        pipeline
            .stages()[0]
            .transform(sentences)
            .orderBy(
                not(col("sentence").rlike(PLAIN)),
                abs(size(col("ids")).minus(READABLE_TOKENS)),
                col("id"))
            .limit(1);
    LanguageModel model = (LanguageModel) pipeline.stages()[1];
    return model
        .copy(new ParamMap())
        .setPooledCol("")
        .setAttentionLayer(LAYER)
        .setAttentionWeightsCol("weights")
        .transform(rows)
        .select("sentence", "ids", "weights")
        .first();
  }

  /** The weights of the row that {@link #explain} gave, as pictures of one head and of all. */
  static List<Picture> draw(Row row, PipelineModel pipeline) {
    Tokenizer tokenizer = ((TokenizerStage<?>) pipeline.stages()[0]).tokenizer();
    List<String> tokens = row.<Integer>getList(1).stream().map(tokenizer::token).toList();
    float[][][] weights = weights(row.getList(2));
    int head = mostStructured(weights);
    AttentionPlots plots = AttentionPlots.of(tokens, weights);
    String title = "MiniLM, trained, layer " + LAYER;
    return List.of(plots.titled(title).heatMap(head), plots.titled(title).heads());
  }

  private static float[][][] weights(List<Seq<Seq<Float>>> heads) {
    float[][][] weights = new float[heads.size()][][];
    for (int head = 0; head < weights.length; head++) {
      int length = heads.get(head).length();
      weights[head] = new float[length][length];
      for (int query = 0; query < length; query++) {
        for (int key = 0; key < length; key++) {
          weights[head][query][key] = heads.get(head).apply(query).apply(key);
        }
      }
    }
    return weights;
  }

  /**
   * The head that is sure of what it looks at, and looks at different tokens from different ones:
   * the largest sum over the keys of the largest weight that a query has for them.
   */
  private static int mostStructured(float[][][] weights) {
    List<Double> sums = new ArrayList<>();
    for (float[][] head : weights) {
      double sum = 0;
      for (int key = 0; key < head.length; key++) {
        float most = 0;
        for (float[] query : head) {
          most = Math.max(most, query[key]);
        }
        sum += most;
      }
      sums.add(sum);
    }
    int best = 0;
    for (int head = 1; head < sums.size(); head++) {
      best = sums.get(head) > sums.get(best) ? head : best;
    }
    return best;
  }
}
