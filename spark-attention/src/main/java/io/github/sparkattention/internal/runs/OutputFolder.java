package io.github.sparkattention.internal.runs;

import io.github.sparkattention.internal.files.FilePaths;
import io.github.sparkattention.internal.options.OutputOptions;
import io.github.sparkattention.internal.options.OutputOptions.Mode;
import io.github.sparkattention.internal.spark.SparkInternals;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * The folder that a run writes. It is written under a hidden name beside its own, and gets its own
 * name only once it is complete: whatever ends a run, be it a killed driver, the output is whole or
 * absent, and an old output stays until its replacement is complete. Only what is appended to an
 * output goes there at once, file by file when the job is committed. Of a symbolic link all this
 * holds for the folder that it leads to.
 *
 * <p>To be closed after the session: until then, tasks that a failed job has left behind may still
 * be writing.
 */
final class OutputFolder implements AutoCloseable {
  private static final String UNCOMMITTED = "_temporary";
  private static final String ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
  private static final int TRIES = 30;

  /** Looks in a row that must find nothing: a task that ends late may write once more. */
  private static final int QUIET_LOOKS = 4;

  private static final long WAIT_MILLIS = 200;

  private final OutputOptions options;
  private FileSystem files;
  private Path path;
  private Path fresh;
  private Path old;
  private boolean existed;

  /** Whether there may be a fresh folder that must go. */
  private boolean incomplete;

  OutputFolder(OutputOptions options) {
    this.options = options;
  }

  /**
   * Looks at the folder, and whether one can be made beside it.
   *
   * @throws IllegalArgumentException if it exists and may not, can't be appended to, or can't be
   *     made
   */
  void open(SparkSession session) throws IOException {
    Path given = options.parsedPath();
    files = given.getFileSystem(SparkInternals.hadoopConf(session));
    path = target(files.makeQualified(given));
    existed = files.exists(path);
    if (existed && options.mode() == Mode.ERROR) {
      throw new IllegalArgumentException(
          String.format(
              "the output '%s' exists already; name another, or set --mode to overwrite or append",
              options.path()));
    }
    if (path.getParent() == null) {
      throw new IllegalArgumentException("the root of a file system can't be an output");
    }
    String hidden = "." + path.getName() + "." + UUID.randomUUID();
    // Names that start with a dot are no data to those who read the parent folder.
    fresh = FilePaths.child(path.getParent(), hidden + ".new");
    old = FilePaths.child(path.getParent(), hidden + ".old");
    if (appends()) {
      checkThatNobodyAppends();
    } else {
      checkThatItCanBeMade();
    }
  }

  /** What a symbolic link leads to: that is replaced, and the link stays. */
  private Path target(Path link) {
    if (!(files instanceof LocalFileSystem local)) {
      return link;
    }
    java.nio.file.Path file = local.pathToFile(link).toPath();
    if (!Files.isSymbolicLink(file)) {
      return link;
    }
    try {
      return files.makeQualified(new Path(null, null, file.toRealPath().toString()));
    } catch (IOException e) {
      throw new IllegalArgumentException(
          String.format(
              "the output '%s' must be a folder, or a symbolic link to one, but is a link that"
                  + " leads nowhere; make the folder, or name another output",
              options.path()),
          e);
    }
  }

  private boolean appends() {
    return existed && options.mode() == Mode.APPEND;
  }

  private void checkThatNobodyAppends() throws IOException {
    Path uncommitted = new Path(path, UNCOMMITTED);
    if (files.exists(uncommitted)) {
      // Spark's committer would take finished tasks of the other run for tasks of this one.
      throw new IllegalArgumentException(
          String.format(
              "'%s' is there, so a run that appended to the output was killed or still writes;"
                  + " see that none does and delete it, or name another output",
              uncommitted));
    }
  }

  /** Before anything is computed. */
  private void checkThatItCanBeMade() {
    String why = "";
    try {
      if (files.mkdirs(fresh) && files.delete(fresh, true)) {
        return;
      }
    } catch (IOException e) {
      why = ": " + e.getMessage();
    }
    throw new IllegalArgumentException(
        String.format(
            "the output '%s' can't be written, since no folder can be made in '%s'%s",
            options.path(), path.getParent(), why));
  }

  /** What killed runs with this output have left beside it. */
  List<String> leftovers() throws IOException {
    if (!files.exists(path.getParent())) {
      return List.of();
    }
    Pattern hidden = Pattern.compile("\\." + Pattern.quote(path.getName() + ".") + ID + "\\.\\w+");
    return Arrays.stream(
            files.listStatus(
                path.getParent(), sibling -> hidden.matcher(sibling.getName()).matches()))
        .map(status -> status.getPath().toString())
        .sorted()
        .toList();
  }

  void write(Dataset<Row> rows) throws IOException {
    if (appends()) {
      save(rows, path, SaveMode.Append);
      return;
    }
    incomplete = true;
    save(rows, fresh, SaveMode.ErrorIfExists);
    if (existed) {
      replace();
    } else {
      publish();
    }
    incomplete = false;
  }

  private void replace() throws IOException {
    move(path, old);
    try {
      publish();
    } catch (IOException | RuntimeException e) {
      move(old, path);
      throw e;
    }
    files.delete(old, true);
  }

  private void publish() throws IOException {
    // A folder that is renamed to one that exists would go into it.
    if (files.exists(path)) {
      throw new IOException(
          String.format("the output '%s' was made by another run meanwhile", options.path()));
    }
    move(fresh, path);
  }

  private void move(Path from, Path to) throws IOException {
    if (!files.rename(from, to)) {
      throw new IOException(String.format("'%s' can't be renamed to '%s'", from, to));
    }
  }

  private void save(Dataset<Row> rows, Path to, SaveMode mode) {
    rows.write().format(options.format().toString()).mode(mode).save(to.toString());
  }

  /** Removes what is incomplete, as far as it can be. */
  @Override
  public void close() throws IOException {
    try {
      int quiet = 0;
      for (int i = 0; incomplete && i < TRIES && quiet < QUIET_LOOKS; i++) {
        files.delete(fresh, true);
        quiet = files.exists(fresh) ? 0 : quiet + 1;
        Thread.sleep(WAIT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
