package io.github.sparkattention.internal.options;

import io.github.sparkattention.internal.files.FilePaths;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where the rows come from. */
public final class InputOptions {
  @Option(
      names = "--input",
      required = true,
      paramLabel = "PATH",
      description = "File or folder to read, on any file system that Hadoop knows.")
  private String path;

  @Option(
      names = "--input-format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Format format = Format.PARQUET;

  /**
   * Checks the path.
   *
   * @throws IllegalArgumentException if it is none
   */
  public void check() {
    FilePaths.parse("--input", path);
  }

  public Dataset<Row> read(SparkSession session) {
    return session.read().format(format.toString()).load(path);
  }

  /**
   * One line for what a run prints first.
   *
   * @param rows what was read
   * @param column the column that the run reads
   */
  public String describe(Dataset<Row> rows, String column) {
    String type = rows.schema().apply(column).dataType().catalogString();
    return String.format("%s (%s), column '%s': %s", path, format, column, type);
  }
}
