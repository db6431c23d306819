package io.github.sparkattention.job;

import io.github.sparkattention.job.OutputOptions.Mode;
import io.github.sparkattention.sql.SparkInternals;
import java.io.FileNotFoundException;
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
 */
final class OutputFolder {
  private final OutputOptions options;
  private final FileSystem files;
  private final Path path;
  private final boolean existed;

  /**
   * Looks at the folder.
   *
   * @throws IllegalArgumentException if it exists and may not
   */
  OutputFolder(SparkSession session, OutputOptions options) throws IOException {
    this.options = options;
    this.files = new Path(options.path()).getFileSystem(SparkInternals.hadoopConf(session));
    this.path = files.makeQualified(new Path(options.path()));
    this.existed = files.exists(path);
    if (existed && options.mode() == Mode.ERROR) {
      throw new IllegalArgumentException(
          String.format(
              "the output '%s' exists already; name another, or set --mode to overwrite or append",
              options.path()));
    }
  }

  void write(Dataset<Row> rows) throws IOException {
    if (existed && options.mode() == Mode.OVERWRITE) {
      replace(rows);
    } else if (existed) {
      save(rows, path, SaveMode.Append);
    } else {
      create(rows);
    }
  }

  private void create(Dataset<Row> rows) throws IOException {
    try {
      save(rows, path, SaveMode.ErrorIfExists);
    } catch (RuntimeException e) {
      // Empty after a failure. Never recursively: should it hold files, then they aren't ours.
      deleteEmpty();
      throw e;
    }
  }

  private void deleteEmpty() {
    try {
      if (files.listStatus(path).length == 0) {
        files.delete(path, false);
      }
    } catch (FileNotFoundException e) {
      // It wasn't made in the first place.
    } catch (IOException e) {
      // What is left has no _SUCCESS. The job's own failure is the one to tell.
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
    files.deleteOnExit(fresh);
    try {
      save(rows, fresh, SaveMode.ErrorIfExists);
      move(path, old);
      try {
        move(fresh, path);
      } catch (IOException | RuntimeException e) {
        move(old, path);
        throw e;
      }
    } finally {
      files.delete(fresh, true);
      files.cancelDeleteOnExit(fresh);
    }
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
}
