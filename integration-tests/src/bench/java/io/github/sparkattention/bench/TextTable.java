package io.github.sparkattention.bench;

import io.github.sparkattention.text.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/**
 * Texts as a Parquet table.
 *
 * @param rows {@code id} and {@code text}
 * @param source where they come from
 * @param lengths ids of each text, special ones included
 */
record TextTable(Dataset<Row> rows, String source, List<Integer> lengths) {
  /** The column of a user's own texts. */
  static final String TEXT = "text";

  private static final int FILES = 8;
  private static final StructType SCHEMA =
      new StructType().add("id", DataTypes.LongType).add(TEXT, DataTypes.StringType);

  /**
   * Reads a user's texts: a text for each line of a {@code .txt} file, or else Parquet with a
   * column {@code text}.
   *
   * @throws IllegalArgumentException if there is no such column
   */
  static List<String> read(SparkSession session, Path file, int most) {
    Dataset<Row> rows =
        file.toString().endsWith(".txt")
            ? session.read().text(file.toString()).withColumnRenamed("value", TEXT)
            : session.read().parquet(file.toString());
    StructType type = rows.schema();
    if (type.getFieldIndex(TEXT).isEmpty()
        || !(type.apply(TEXT).dataType() instanceof StringType)) {
      throw new IllegalArgumentException(
          String.format(
              "--texts must name a .txt file, or Parquet with a column 'text' of strings, but %s has"
                  + " %s",
              file, type.toDDL()));
    }
    return rows.select(TEXT).where(TEXT + " is not null").limit(most).collectAsList().stream()
        .map(row -> row.getString(0))
        .toList();
  }

  /**
   * Writes a table of texts, each cut after the last word that fits, and opens it. Texts of which
   * no word fits are left out.
   */
  static TextTable write(
      SparkSession session,
      String path,
      String source,
      List<String> texts,
      Tokenizer tokenizer,
      int longest) {
    List<Row> rows = new ArrayList<>();
    List<Integer> lengths = new ArrayList<>();
    for (String text : texts) {
      String cut = cut(text, tokenizer, longest);
      if (!cut.isEmpty()) {
        rows.add(RowFactory.create((long) rows.size(), cut));
        lengths.add(tokenizer.encode(cut, true).length);
      }
    }
    session
        .createDataFrame(
            JavaSparkContext.fromSparkContext(session.sparkContext()).parallelize(rows, FILES),
            SCHEMA)
        .write()
        .mode(SaveMode.Overwrite)
        .parquet(path);
    return new TextTable(session.read().parquet(path), source, lengths);
  }

  private static String cut(String text, Tokenizer tokenizer, int longest) {
    List<String> words = new ArrayList<>();
    int ids = tokenizer.specialTokens().count();
    for (String word : text.strip().split("\\s+", -1)) {
      ids += tokenizer.encode(word).length;
      if (ids > longest) {
        break;
      }
      words.add(word);
    }
    return String.join(" ", words);
  }

  /** Ids of all texts. */
  long tokens() {
    return lengths.stream().mapToLong(n -> n).sum();
  }

  /** How many texts there are, and how long they are. */
  String describe() {
    List<Integer> sorted = lengths.stream().sorted().toList();
    return String.format(
        Locale.ROOT,
        "%d of %s with %d tokens, median %d, longest %d",
        sorted.size(),
        source,
        tokens(),
        sorted.get(sorted.size() / 2),
        sorted.get(sorted.size() - 1));
  }
}
