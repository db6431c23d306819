package io.github.sparkattention.job;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.size;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.TokenEmbeddingEstimator;
import io.github.sparkattention.plot.AttentionPlots;
import io.github.sparkattention.plot.Picture;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.feature.Word2Vec;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.collection.Seq;

/** The pipeline of the demo: text, words, vectors, attention with four heads. */
final class DemoPipeline {
  static final int HEADS = 4;
  private static final int WIDTH = 64;
  private static final long SEED = 123;

  private DemoPipeline() {}

  static PipelineModel fit(Dataset<Row> sentences) {
    RegexTokenizer tokenizer =
        new RegexTokenizer()
            .setInputCol("sentence")
            .setOutputCol("words")
            .setPattern("[\\p{L}\\p{N}]+(?:['’][\\p{L}]+)*")
            .setGaps(false);
    TokenEmbeddingEstimator embedding =
        new TokenEmbeddingEstimator()
            .setPositions("sinusoidal")
            .setWord2Vec(
                new Word2Vec().setVectorSize(WIDTH).setMinCount(2).setMaxIter(3).setSeed(SEED));
    CausalAttention attention =
        new CausalAttention()
            .setDIn(WIDTH)
            .setDOut(WIDTH)
            .setNumHeads(HEADS)
            .setOutProjection(true)
            .setSeed(SEED);
    return new Pipeline()
        .setStages(new PipelineStage[] {tokenizer, embedding, attention})
        .fit(sentences);
  }

  /** Words and attention weights of the sentence that is nearest to a readable length. */
  static Row explain(PipelineModel model, Dataset<Row> sentences) {
    Dataset<Row> rows =
        model
            .stages()[0]
            .transform(sentences)
            .orderBy(abs(size(col("words")).minus(Triangle.MOST_TOKENS - 1)), col("id"))
            .limit(1);
    CausalAttention attention = (CausalAttention) model.stages()[2];
    return attention
        .copy(new ParamMap())
        .setAttentionWeightsCol("weights")
        .transform(model.stages()[1].transform(rows))
        .select("sentence", "words", "weights")
        .first();
  }

  /** The weights of the row that {@link #explain} gave, to be printed. */
  static Triangle triangle(Row row) {
    return new Triangle(row.getList(1), mean(row.getList(2)));
  }

  /** The same weights as pictures. */
  static List<Picture> draw(Row row) {
    AttentionPlots plots =
        AttentionPlots.of(row, "words", "weights").titled("The chapter's layer, drawn from a seed");
    List<Picture> pictures = new ArrayList<>(List.of(plots.heatMap(), plots.heads()));
    if (row.getList(1).size() <= AttentionPlots.MOST_ARC_TOKENS) {
      pictures.add(plots.arcs());
    }
    return pictures;
  }

  /** The mean of the heads' weights, [query][key]. */
  private static double[][] mean(List<Seq<Seq<Float>>> heads) {
    int length = heads.get(0).length();
    double[][] mean = new double[length][length];
    for (Seq<Seq<Float>> head : heads) {
      for (int query = 0; query < length; query++) {
        for (int key = 0; key < length; key++) {
          mean[query][key] += head.apply(query).apply(key) / (double) heads.size();
        }
      }
    }
    return mean;
  }

  /** Whether two models give the same bits for every row. */
  static boolean agree(PipelineModel a, PipelineModel b, Dataset<Row> sentences) {
    Iterator<Row> rowsA = a.transform(sentences).select("context").toLocalIterator();
    Iterator<Row> rowsB = b.transform(sentences).select("context").toLocalIterator();
    while (rowsA.hasNext() && rowsB.hasNext()) {
      if (!sameBits(rowsA.next().getList(0), rowsB.next().getList(0))) {
        return false;
      }
    }
    return rowsA.hasNext() == rowsB.hasNext();
  }

  private static boolean sameBits(List<Seq<Float>> a, List<Seq<Float>> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int token = 0; token < a.size(); token++) {
      // Float.equals compares bits: NaN equals itself, and 0.0 does not equal -0.0.
      if (!a.get(token).equals(b.get(token))) {
        return false;
      }
    }
    return true;
  }
}
