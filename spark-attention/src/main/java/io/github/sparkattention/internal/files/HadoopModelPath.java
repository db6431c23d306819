package io.github.sparkattention.internal.files;

import io.github.sparkattention.kernels.files.ModelPath;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A path on a file system that Hadoop knows.
 *
 * @param files the file system
 * @param path the path
 * @param seen what the files were like that were looked at, shared by all paths of a model
 */
record HadoopModelPath(FileSystem files, Path path, Map<Path, FileVersion> seen)
    implements ModelPath {

  static HadoopModelPath of(FileSystem files, Path path) {
    return new HadoopModelPath(files, path, new LinkedHashMap<>());
  }

  /** What the files were like that were looked at first. */
  List<FileVersion> versions() {
    return List.copyOf(seen.values());
  }

  @Override
  public Status status() throws IOException {
    try {
      FileStatus status = files.getFileStatus(path);
      if (status.isDirectory()) {
        return new Status(Kind.FOLDER, 0);
      }
      seen.putIfAbsent(path, FileVersion.of(status));
      return new Status(Kind.FILE, status.getLen());
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
    return new HadoopModelPath(files, FilePaths.child(path, name), seen);
  }

  @Override
  public ModelPath sibling(String name) {
    return new HadoopModelPath(files, FilePaths.child(path.getParent(), name), seen);
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
