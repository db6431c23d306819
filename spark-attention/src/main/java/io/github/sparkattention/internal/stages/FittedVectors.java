package io.github.sparkattention.internal.stages;

import java.io.Serializable;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.feature.Word2VecModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Row;

/** A fitted model on the driver, and its vectors' broadcast, which all copies of a stage share. */
public final class FittedVectors {
  private final Word2VecModel model;
  private SparkContext broadcastIn;
  private Broadcast<Words> broadcast;

  public FittedVectors(Word2VecModel model) {
    this.model = model;
  }

  public Word2VecModel model() {
    return model;
  }

  public synchronized Broadcast<Words> broadcast(SparkContext context) {
    // A broadcast ends with its application, and a JVM may see several of them.
    if (broadcastIn != context) {
      broadcast = JavaSparkContext.fromSparkContext(context).broadcast(Words.of(model));
      broadcastIn = context;
    }
    return broadcast;
  }

  /** The vectors of the model's words, as executors get them. */
  static final class Words implements Serializable {
    private static final long serialVersionUID = 1L;

    @SuppressWarnings("serial") // A HashMap, which is serializable.
    private final Map<String, float[]> vectors;

    private final float[] zero;

    private Words(Map<String, float[]> vectors, int width) {
      this.vectors = vectors;
      this.zero = new float[width];
    }

    private static Words of(Word2VecModel model) {
      Map<String, float[]> vectors = new HashMap<>();
      for (Row row : model.getVectors().collectAsList()) {
        vectors.put(row.getString(0), narrow(row.<Vector>getAs(1).toArray()));
      }
      return new Words(vectors, model.getVectorSize());
    }

    private static float[] narrow(double[] values) {
      float[] narrow = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        narrow[i] = (float) values[i];
      }
      return narrow;
    }

    /** The vector of a word, not to be changed, or null if it has none. */
    float[] get(String word) {
      return vectors.get(word);
    }

    /** A zero vector, not to be changed. */
    float[] zero() {
      return zero;
    }
  }
}
