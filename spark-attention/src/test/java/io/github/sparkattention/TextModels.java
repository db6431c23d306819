package io.github.sparkattention;

import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.checkpoints.ModelWriter;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Folders with one of the {@link TinyModels} and a tokenizer of letters. */
public final class TextModels {
  /** Most ids of a text that the folders' own files allow. */
  public static final int LONGEST = 10;

  private TextModels() {}

  /** An encoder whose files say that vectors are pooled by their mean and normalized. */
  public static String encoder(Path folder, long seed) throws IOException {
    TinyModels.encoder(folder, seed, Pooling.MEAN, true);
    return withTokenizer(folder);
  }

  /** A model that scores ids. */
  public static String scorer(Path folder, long seed) throws IOException {
    ModelWriter.write(
        new Model(TinyModels.BOOK, SeededWeights.gpt(TinyModels.BOOK, seed), null, false), folder);
    return withTokenizer(folder);
  }

  private static String withTokenizer(Path folder) throws IOException {
    List<String> vocabulary =
        new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
    for (char letter = 'a'; letter <= 'z'; letter++) {
      vocabulary.add(String.valueOf(letter));
    }
    vocabulary.addAll(List.of("##a", "##b", "##c", "ab", "cab"));
    Files.write(folder.resolve("vocab.txt"), vocabulary);
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"tokenizer_class\": \"BertTokenizer\", \"model_max_length\": " + LONGEST + "}");
    return folder.toUri().toString();
  }
}
