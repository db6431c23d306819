package io.github.sparkattention;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.ml.feature.Word2VecModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;

/** The vectors of a fitted model's words, as executors get them. */
final class WordVectors implements Serializable {
  private static final long serialVersionUID = 1L;

  @SuppressWarnings("serial") // A HashMap, which is serializable.
  private final Map<String, float[]> vectors;

  private final float[] zero;

  private WordVectors(Map<String, float[]> vectors, int width) {
    this.vectors = vectors;
    this.zero = new float[width];
  }

  static WordVectors of(Word2VecModel model) {
    Map<String, float[]> vectors = new HashMap<>();
    for (Row row : model.getVectors().collectAsList()) {
      vectors.put(row.getString(0), narrow(row.<Vector>getAs(1).toArray()));
    }
    return new WordVectors(vectors, model.getVectorSize());
  }

  /** The vector of a word, not to be changed, or null if it has none. */
  float[] get(String word) {
    return vectors.get(word);
  }

  /** A zero vector, not to be changed. */
  float[] zero() {
    return zero;
  }

  private static float[] narrow(double[] values) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (float) values[i];
    }
    return narrow;
  }
}
