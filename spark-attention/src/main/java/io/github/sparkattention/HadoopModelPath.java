package io.github.sparkattention;

import io.github.sparkattention.kernels.ModelPath;
import io.github.sparkattention.sql.FilePaths;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A path on a file system that Hadoop knows.
 *
 * @param files the file system
 * @param path the path
 */
record HadoopModelPath(FileSystem files, Path path) implements ModelPath {

  @Override
  public Status status() throws IOException {
    try {
      FileStatus status = files.getFileStatus(path);
      return status.isDirectory()
          ? new Status(Kind.FOLDER, 0)
          : new Status(Kind.FILE, status.getLen());
    } catch (FileNotFoundException e) {
      return new Status(Kind.MISSING, 0);
    }
  }

  @Override
  public InputStream open() throws IOException {
    return FilePaths.open(files, path);
  }

  @Override
  public ModelPath child(String name) {
    return new HadoopModelPath(files, FilePaths.child(path, name));
  }

  @Override
  public ModelPath sibling(String name) {
    return new HadoopModelPath(files, FilePaths.child(path.getParent(), name));
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
