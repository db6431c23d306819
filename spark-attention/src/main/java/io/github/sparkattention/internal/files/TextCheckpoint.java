package io.github.sparkattention.internal.files;

import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import io.github.sparkattention.text.TokenizerFiles;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.hadoop.conf.Configuration;

/**
 * A checkpoint that has all that a text needs: a model and its tokenizer.
 *
 * @param model the model's files
 * @param tokenizer its tokenizer's files
 * @param tokenizerVersions what those were like when they were read
 */
public record TextCheckpoint(
    ModelFile model, TokenizerFiles tokenizer, List<FileVersion> tokenizerVersions) {

  /**
   * Opens a checkpoint, and checks that its two parts fit, unless it was opened before and all
   * files are still as they were then.
   *
   * @param conf the settings of Hadoop
   * @param path a folder on any file system that Hadoop knows
   * @param before what was opened before at this path, or null if nothing was
   * @return what was opened before, or else what the files hold now, with no weights read
   * @throws IllegalArgumentException if one of them is missing or can't be computed exactly, or if
   *     the tokenizer gives ids that the model doesn't have; in one sentence
   */
  public static TextCheckpoint open(Configuration conf, String path, TextCheckpoint before) {
    ModelFile model = ModelFile.open(conf, path, before == null ? null : before.model);
    if (before != null
        && model.equals(before.model)
        && TokenizerStore.areCurrent(conf, path, before.tokenizerVersions)) {
      return before;
    }
    TokenizerStore.Opened opened = TokenizerStore.open(conf, path);
    int ids = opened.files().tokenizer().vocabularySize();
    int known = model.checkpoint().config().vocabulary();
    if (ids > known) {
      throw new IllegalArgumentException(
          String.format(
              "the tokenizer of '%s' must give ids below %d, which is the model's vocabulary, but"
                  + " gives ids below %d",
              path, known, ids));
    }
    return new TextCheckpoint(model, opened.files(), opened.versions());
  }

  /**
   * The longest sequence that the files allow.
   *
   * @return ids, special tokens included; 0 means any number
   */
  public int maxLength() {
    int ofModel = model.checkpoint().config().contextLength();
    int ofTokenizer = tokenizer.maxLength().orElse(0);
    if (ofModel == 0 || ofTokenizer == 0) {
      return Math.max(ofModel, ofTokenizer);
    }
    return Math.min(ofModel, ofTokenizer);
  }

  /**
   * Says what the checkpoint's files say.
   *
   * @param lines receives the name and the value of each line
   */
  public void describe(BiConsumer<String, String> lines) {
    Checkpoint checkpoint = model.checkpoint();
    ModelConfig config = checkpoint.config();
    lines.accept(
        "model",
        String.format(
            "%s, %s, %d layers of width %d, %d heads of %d",
            checkpoint.architecture(),
            config.heads().causal() ? "causal" : "not causal",
            config.layers(),
            config.width(),
            config.heads().numHeads(),
            config.heads().headDim()));
    lines.accept("files", checkpoint.description());
    lines.accept(
        "tokenizer",
        String.format(
            "%s, %,d ids, %d special tokens around a text",
            tokenizer.tokenizer().kind(),
            tokenizer.tokenizer().vocabularySize(),
            tokenizer.tokenizer().specialTokens().count()));
    lines.accept(
        "length", maxLength() == 0 ? "any number of ids" : "at most " + maxLength() + " ids");
    tokenizer.notes().forEach(note -> lines.accept("note", note));
  }
}
