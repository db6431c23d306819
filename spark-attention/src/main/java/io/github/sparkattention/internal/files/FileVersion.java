package io.github.sparkattention.internal.files;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * What a file was like when it was read. A file of another length or modification time is another
 * one, and is read again; what has changed without changing either goes unnoticed.
 *
 * @param path the file
 * @param length its length in bytes
 * @param modified its modification time in milliseconds since 1970
 */
public record FileVersion(String path, long length, long modified) implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * What a file is like now.
   *
   * @param files the file system that holds it
   * @param file the file
   * @return its version
   * @throws FileNotFoundException if there is no such file
   * @throws IOException if it can't be asked for
   */
  public static FileVersion of(FileSystem files, Path file) throws IOException {
    return of(files.getFileStatus(file));
  }

  /**
   * What a file is like by what its file system says of it.
   *
   * @param file the file's status
   * @return its version
   */
  public static FileVersion of(FileStatus file) {
    return new FileVersion(file.getPath().toString(), file.getLen(), file.getModificationTime());
  }

  /**
   * Whether the file is still as it was.
   *
   * @param files the file system that holds it
   * @return false if it is another one now, or gone
   * @throws IOException if it can't be asked for
   */
  public boolean isCurrent(FileSystem files) throws IOException {
    try {
      return equals(of(files, new Path(path)));
    } catch (FileNotFoundException e) {
      return false;
    }
  }
}
