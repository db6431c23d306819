package io.github.sparkattention.job;

import io.github.sparkattention.internal.files.FilePaths;
import java.util.Locale;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Option;

/** Where the rows go. */
final class OutputOptions {
  /** What happens to an output that is there already. */
  enum Mode {
    ERROR,
    OVERWRITE,
    APPEND;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--output",
      required = true,
      paramLabel = "PATH",
      description = "Folder to write, or a symbolic link to it. All columns of the input are kept.")
  private String path;

  @Option(
      names = "--output-format",
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Format format = Format.PARQUET;

  @Option(
      names = "--output-col",
      paramLabel = "NAME",
      description = "Column of context vectors that is added (default: ${DEFAULT-VALUE}).")
  private String column = "context";

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description =
          "What to do if the output exists: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})."
              + " But for 'append', an output is written under a hidden name beside its own and"
              + " renamed once the job has succeeded: instant on a file system, a copy on an object"
              + " store.")
  private Mode mode = Mode.ERROR;

  String path() {
    return path;
  }

  Path parsedPath() {
    return FilePaths.parse("--output", path);
  }

  /**
   * Checks the path.
   *
   * @throws IllegalArgumentException if it is none
   */
  void check() {
    parsedPath();
  }

  Format format() {
    return format;
  }

  String column() {
    return column;
  }

  Mode mode() {
    return mode;
  }

  /** One line for what a run prints first. */
  String describe() {
    return String.format("%s (%s), column '%s', mode %s", path, format, column, mode);
  }
}
