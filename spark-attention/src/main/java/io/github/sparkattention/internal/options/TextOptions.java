package io.github.sparkattention.internal.options;

import io.github.sparkattention.TokenizerStage;
import io.github.sparkattention.internal.files.FilePaths;
import java.util.Arrays;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import picocli.CommandLine.Option;

/** A model in a folder, and how texts become its ids. */
public final class TextOptions {
  /** What happens to texts that are too long; a run doesn't split them, for it keeps its rows. */
  public enum LongTexts {
    ERROR,
    TRUNCATE;

    /** The name that the stage and the user know it by. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description =
          "Folder with a model and its tokenizer, as the transformers or the sentence-transformers"
              + " library saves it, on any file system that Hadoop knows.")
  private String path;

  @Option(
      names = "--input-col",
      paramLabel = "NAME",
      description = "Column with one text a row (default: ${DEFAULT-VALUE}).")
  private String column = "text";

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description =
          "Most ids of a text, special tokens included (default: what the model's own files say).")
  private Integer maxLength;

  @Option(
      names = "--long-rows",
      paramLabel = "HOW",
      description =
          "What to do with longer texts: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, which"
              + " --handle-invalid explains).")
  private LongTexts longTexts = LongTexts.ERROR;

  public String path() {
    return path;
  }

  public String column() {
    return column;
  }

  /**
   * Checks what needs no files.
   *
   * @throws IllegalArgumentException if the path is none, or the length is out of range
   */
  public void check() {
    FilePaths.parse("--model", path);
    if (maxLength != null && maxLength < 1) {
      throw new IllegalArgumentException("--max-length must be at least 1, but is " + maxLength);
    }
  }

  /** Whether the column holds ids, and not texts. */
  public boolean holdsIds(Dataset<Row> rows) {
    return Arrays.stream(rows.schema().fields())
        .filter(field -> field.name().equals(column))
        .anyMatch(field -> field.dataType() instanceof ArrayType);
  }

  /** Gives a tokenizer the options, and names for its columns that the rows don't have. */
  public void applyTo(TokenizerStage<?> tokenizer, Dataset<Row> rows) {
    tokenizer.setInputCol(column);
    tokenizer.setOutputCol(free("ids", rows));
    tokenizer.setLongRows(longTexts.toString());
    if (maxLength != null) {
      tokenizer.setMaxLength(maxLength);
    }
  }

  private static String free(String name, Dataset<Row> rows) {
    String free = name;
    while (Arrays.stream(rows.columns()).anyMatch(free::equalsIgnoreCase)) {
      free = "_" + free;
    }
    return free;
  }
}
