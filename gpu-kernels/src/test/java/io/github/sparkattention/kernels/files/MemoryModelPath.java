package io.github.sparkattention.kernels.files;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.InputStream;
import java.util.Map;

/**
 * A path in memory, with a folder of files and of other folders.
 *
 * @param files the files by their names, with those of their folders before them; a test may change
 *     them
 * @param name the name of a file or folder, or empty for the outer folder
 */
public record MemoryModelPath(Map<String, byte[]> files, String name) implements ModelPath {
  public static MemoryModelPath folder(Map<String, byte[]> files) {
    return new MemoryModelPath(files, "");
  }

  @Override
  public Status status() {
    byte[] file = files.get(name);
    if (file != null) {
      return new Status(Kind.FILE, file.length);
    }
    boolean isFolder =
        name.isEmpty() || files.keySet().stream().anyMatch(each -> each.startsWith(name + "/"));
    return new Status(isFolder ? Kind.FOLDER : Kind.MISSING, 0);
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
    return new MemoryModelPath(files, name.isEmpty() ? child : name + "/" + child);
  }

  @Override
  public ModelPath sibling(String sibling) {
    return new MemoryModelPath(files, name.substring(0, name.lastIndexOf('/') + 1) + sibling);
  }

  @Override
  public String toString() {
    return "models/" + name;
  }
}
