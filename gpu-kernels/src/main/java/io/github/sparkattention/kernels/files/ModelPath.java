package io.github.sparkattention.kernels.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/**
 * A path where a model may lie, on whatever file system. Its {@code toString} names it in messages.
 */
public interface ModelPath {

  /**
   * A path that Java itself can open.
   *
   * @param path the path
   * @return the same, as a path of a model
   */
  static ModelPath of(Path path) {
    return new LocalModelPath(path);
  }

  /** What there is at a path. */
  enum Kind {
    /** A file. */
    FILE,
    /** A folder. */
    FOLDER,
    /** Nothing. */
    MISSING
  }

  /**
   * What there is at a path, as it was at one moment.
   *
   * @param kind file, folder or nothing
   * @param length bytes in the file; 0 unless it is one
   */
  record Status(Kind kind, long length) {}

  /**
   * Looks at the path.
   *
   * @return what there is
   * @throws IOException if that can't be found out
   */
  Status status() throws IOException;

  /**
   * Opens the file.
   *
   * @return the file from its start, for the caller to close
   * @throws IOException if it can't be opened
   */
  InputStream open() throws IOException;

  /**
   * A path in this folder.
   *
   * @param name the name there, taken literally
   * @return its path
   */
  ModelPath child(String name);

  /**
   * A path beside this file.
   *
   * @param name the name there, taken literally
   * @return its path
   */
  ModelPath sibling(String name);
}
