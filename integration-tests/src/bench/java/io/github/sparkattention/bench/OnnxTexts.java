package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.files.ModelPath;
import io.github.sparkattention.text.Tokenizer;
import io.github.sparkattention.text.TokenizerFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * MiniLM in ONNX Runtime: texts of a batch padded to the longest, with ids of this project's
 * tokenizer. A task computes on its own thread.
 */
final class OnnxTexts implements TextEncoder {
  private static final int WIDTH = 384;

  private final Tokenizer tokenizer;
  private final OnnxEncoder encoder;

  private OnnxTexts(Tokenizer tokenizer, OnnxEncoder encoder) {
    this.tokenizer = tokenizer;
    this.encoder = encoder;
  }

  /** Loads the model. */
  static OnnxTexts load(Path folder) {
    try {
      return new OnnxTexts(
          TokenizerFiles.read(ModelPath.of(folder)).tokenizer(),
          new OnnxEncoder(
              "ONNX Runtime",
              folder.resolve(OnnxEncoder.FILE),
              WIDTH,
              1,
              batch -> Bucket.inOrder(batch, batch.count())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    PackedSequences batch =
        PackedSequences.packIds(
            texts.stream().map(text -> tokenizer.encode(text, true)).toArray(int[][]::new));
    try (PreparedCase prepared = encoder.prepare(batch)) {
      prepared.forward();
      float[] tokens = prepared.context();
      List<float[]> vectors = new ArrayList<>();
      for (int s = 0; s < batch.count(); s++) {
        vectors.add(normalizedMean(tokens, batch.offset(s), batch.length(s)));
      }
      return vectors;
    }
  }

  private static float[] normalizedMean(float[] tokens, int first, int count) {
    float[] vector = new float[WIDTH];
    for (int t = first; t < first + count; t++) {
      for (int i = 0; i < WIDTH; i++) {
        vector[i] += tokens[t * WIDTH + i];
      }
    }
    // The mean has the direction of the sum.
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double length = Math.sqrt(squares);
    for (int i = 0; i < WIDTH; i++) {
      vector[i] = (float) (vector[i] / length);
    }
    return vector;
  }
}
