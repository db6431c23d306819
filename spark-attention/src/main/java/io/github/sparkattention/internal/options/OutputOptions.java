package io.github.sparkattention.internal.options;

import io.github.sparkattention.internal.files.FilePaths;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Option;

/** Where the rows go. */
public final class OutputOptions {
  /** What happens to an output that is there already. */
  public enum Mode {
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
      names = "--mode",
      paramLabel = "MODE",
      description =
          "What to do if the output exists: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})."
              + " But for 'append', an output is written under a hidden name beside its own and"
              + " renamed once the job has succeeded: instant on a file system, a copy on an object"
              + " store.")
  private Mode mode = Mode.ERROR;

  public String path() {
    return path;
  }

  public Path parsedPath() {
    return FilePaths.parse("--output", path);
  }

  /**
   * Checks the path.
   *
   * @throws IllegalArgumentException if it is none
   */
  public void check() {
    parsedPath();
  }

  public Format format() {
    return format;
  }

  public Mode mode() {
    return mode;
  }

  /**
   * One line for what a run prints first.
   *
   * @param columns the columns that the run adds
   */
  public String describe(List<String> columns) {
    String named =
        columns.stream().map(column -> "'" + column + "'").collect(Collectors.joining(", "));
    return String.format(
        "%s (%s), %s %s, mode %s",
        path, format, columns.size() == 1 ? "column" : "columns", named, mode);
  }
}
