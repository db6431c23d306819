package io.github.sparkattention.internal.stages;

import java.util.Arrays;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.api.java.UDF1;
import scala.collection.Iterator;
import scala.collection.Seq;

/** Turns one row's words into its sequence of vectors. */
public final class EmbedWords implements UDF1<Seq<String>, float[][]> {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final String inputCol;
  private final Broadcast<FittedVectors.Words> vectors;
  private final String unknownWords;
  private final SinusoidalPositions positions;

  /** Positions may be null: none are added. */
  public EmbedWords(
      String uid,
      String inputCol,
      Broadcast<FittedVectors.Words> vectors,
      String unknownWords,
      SinusoidalPositions positions) {
    this.uid = uid;
    this.inputCol = inputCol;
    this.vectors = vectors;
    this.unknownWords = unknownWords;
    this.positions = positions;
  }

  @Override
  public float[][] call(Seq<String> words) {
    if (words == null) {
      return null;
    }
    FittedVectors.Words known = vectors.value();
    float[][] sequence = new float[words.length()][];
    int length = 0;
    for (Iterator<String> iterator = words.iterator(); iterator.hasNext(); ) {
      String word = iterator.next();
      float[] vector = known.get(word);
      if (vector == null) {
        vector = unknown(word, known);
      }
      if (vector != null) {
        // Positions are added in place, and the model's own vectors must not change.
        sequence[length++] = positions == null ? vector : vector.clone();
      }
    }
    float[][] tokens = Arrays.copyOf(sequence, length);
    if (positions != null) {
      positions.addTo(tokens);
    }
    return tokens;
  }

  /** What stands for an unknown word: a vector, or null for nothing. */
  private float[] unknown(String word, FittedVectors.Words known) {
    return switch (unknownWords) {
      case "zero" -> known.zero();
      case "skip" -> null;
      default ->
          throw new IllegalArgumentException(
              String.format(
                  "%s: the word %s in column '%s' has no vector; unknownWords may be 'zero' or"
                      + " 'skip' instead of 'error'.",
                  uid, word == null ? "null" : "'" + word + "'", inputCol));
    };
  }
}
