package io.github.sparkattention.internal.files;

import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.ChecksumFileSystem;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * Paths as users write them, on any file system that Hadoop knows, and names with colons in them.
 */
public final class FilePaths {
  private FilePaths() {}

  /**
   * Reads what a user has written.
   *
   * @param setting how the user knows it, for messages
   * @param text a path or a URI
   * @return the path
   * @throws IllegalArgumentException if it is neither; the message says why
   */
  public static Path parse(String setting, String text) {
    try {
      return new Path(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.format(
              "%s must be a path or a URI, but %s",
              setting, text.isEmpty() ? "is empty" : fault(text, e)),
          e);
    }
  }

  private static String fault(String text, IllegalArgumentException e) {
    int colon = text.indexOf(':');
    if (colon > 0 && colon < text.length() - 1 && text.charAt(colon + 1) != '/') {
      return String.format(
          "'%s' has '%s' for its scheme and no absolute path; a relative path with a colon begins"
              + " with './'",
          text, text.substring(0, colon));
    }
    Throwable reason = e.getCause() == null ? e : e.getCause();
    return String.format("'%s' can't be read as one: %s", text, reason.getMessage());
  }

  /**
   * A path in a folder.
   *
   * @param folder the folder
   * @param name the name there, taken literally: what comes before a colon is no scheme
   * @return its path
   */
  public static Path child(Path folder, String name) {
    return new Path(folder, new Path(null, null, name));
  }

  /**
   * Opens a file, whatever its name.
   *
   * @param files its file system
   * @param file the file
   * @return its bytes
   * @throws IOException if it can't be opened
   */
  public static InputStream open(FileSystem files, Path file) throws IOException {
    // Hadoop can't write the name of such a file's checksums, so there are none to look for.
    return files instanceof ChecksumFileSystem checked && file.getName().indexOf(':') >= 0
        ? checked.getRawFileSystem().open(file)
        : files.open(file);
  }
}
