package io.github.sparkattention;

import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.feature.Word2VecModel;

/** A fitted model on the driver, and its vectors' broadcast, which all copies of a stage share. */
final class FittedVectors {
  private final Word2VecModel model;
  private SparkContext broadcastIn;
  private Broadcast<WordVectors> broadcast;

  FittedVectors(Word2VecModel model) {
    this.model = model;
  }

  Word2VecModel model() {
    return model;
  }

  synchronized Broadcast<WordVectors> broadcast(SparkContext context) {
    // A broadcast ends with its application, and a JVM may see several of them.
    if (broadcastIn != context) {
      broadcast = JavaSparkContext.fromSparkContext(context).broadcast(WordVectors.of(model));
      broadcastIn = context;
    }
    return broadcast;
  }
}
