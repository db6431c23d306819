package io.github.sparkattention.kernels.files;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.util.Map;

/**
 * A path in memory, with one folder of files.
 *
 * @param files the files of the folder by their names; a test may change them
 * @param name the name of a file, or empty for the folder
 */
record MemoryModelPath(Map<String, byte[]> files, String name) implements ModelPath {
  static MemoryModelPath folder(Map<String, byte[]> files) {
    return new MemoryModelPath(files, "");
  }

  @Override
  public Status status() {
    if (name.isEmpty()) {
      return new Status(Kind.FOLDER, 0);
    }
    byte[] file = files.get(name);
    return file == null ? new Status(Kind.MISSING, 0) : new Status(Kind.FILE, file.length);
  }

  @Override
  public InputStream open() throws FileNotFoundException {
    if (!files.containsKey(name)) {
      throw new FileNotFoundException(name);
    }
    return new ByteArrayInputStream(files.get(name));
  }

  @Override
  public ModelPath child(String child) {
    return new MemoryModelPath(files, child);
  }

  @Override
  public ModelPath sibling(String sibling) {
    return new MemoryModelPath(files, sibling);
  }

  @Override
  public String toString() {
    return "models/" + name;
  }
}
