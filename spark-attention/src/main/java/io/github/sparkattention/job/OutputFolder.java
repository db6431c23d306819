package io.github.sparkattention.job;

import io.github.sparkattention.job.OutputOptions.Mode;
import io.github.sparkattention.sql.SparkInternals;
import java.io.IOException;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * The folder that a run writes. Spark's committer adds {@code _SUCCESS} to a complete output only;
 * this class sees to it that a failed run leaves no folder that was not there before, and that an
 * old output stays until its replacement is complete.
 *
 * <p>To be closed after the session: until then, tasks that a failed job has left behind may still
 * be writing.
 */
final class OutputFolder implements AutoCloseable {
  private static final String UNCOMMITTED = "_temporary";
  private static final int TRIES = 30;

  /** Looks in a row that must find nothing: a task that ends late may write once more. */
  private static final int QUIET_LOOKS = 4;

  private static final long WAIT_MILLIS = 200;

  private final OutputOptions options;
  private FileSystem files;
  private Path path;
  private boolean existed;

  /** What is being written and must go if it doesn't get complete, or null. */
  private Path incomplete;

  OutputFolder(OutputOptions options) {
    this.options = options;
  }

  /**
   * Looks at the folder.
   *
   * @throws IllegalArgumentException if it exists and may not
   */
  void open(SparkSession session) throws IOException {
    files = new Path(options.path()).getFileSystem(SparkInternals.hadoopConf(session));
    path = files.makeQualified(new Path(options.path()));
    existed = files.exists(path);
    if (existed && options.mode() == Mode.ERROR) {
      throw new IllegalArgumentException(
          String.format(
              "the output '%s' exists already; name another, or set --mode to overwrite or append",
              options.path()));
    }
  }

  void write(Dataset<Row> rows) throws IOException {
    if (existed && options.mode() == Mode.APPEND) {
      save(rows, path, SaveMode.Append);
    } else if (existed) {
      replace(rows);
    } else {
      incomplete = path;
      save(rows, path, SaveMode.ErrorIfExists);
      incomplete = null;
    }
  }

  /** Spark would delete the old output before it has the new one. */
  private void replace(Dataset<Row> rows) throws IOException {
    if (path.getParent() == null) {
      throw new IllegalArgumentException("the root of a file system can't be overwritten");
    }
    String id = UUID.randomUUID().toString();
    // Names that start with a dot are no data to those who read the parent folder.
    Path fresh = new Path(path.getParent(), "." + path.getName() + "." + id + ".new");
    Path old = new Path(path.getParent(), "." + path.getName() + "." + id + ".old");
    incomplete = fresh;
    save(rows, fresh, SaveMode.ErrorIfExists);
    move(path, old);
    try {
      move(fresh, path);
    } catch (IOException | RuntimeException e) {
      move(old, path);
      throw e;
    }
    incomplete = null;
    files.delete(old, true);
  }

  private void move(Path from, Path to) throws IOException {
    if (!files.rename(from, to)) {
      throw new IOException(String.format("'%s' can't be renamed to '%s'", from, to));
    }
  }

  private void save(Dataset<Row> rows, Path to, SaveMode mode) {
    rows.write().format(options.format().toString()).mode(mode).save(to.toString());
  }

  /** Removes what is incomplete, as far as it can be; it has no {@code _SUCCESS} in any case. */
  @Override
  public void close() throws IOException {
    try {
      int quiet = 0;
      for (int i = 0; incomplete != null && i < TRIES && quiet < QUIET_LOOKS; i++) {
        quiet = discard() ? quiet + 1 : 0;
        Thread.sleep(WAIT_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean discard() throws IOException {
    if (!incomplete.equals(path)) {
      // Nobody else knows this name.
      files.delete(incomplete, true);
      return !files.exists(incomplete);
    }
    if (!files.exists(path)) {
      return true;
    }
    files.delete(new Path(path, UNCOMMITTED), true);
    // Never recursively: should the folder hold anything else, then it isn't ours.
    return files.listStatus(path).length == 0 && files.delete(path, false);
  }
}
