package io.github.sparkattention.kernels.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A path that Java itself can open.
 *
 * @param path the path
 */
public record LocalModelPath(Path path) implements ModelPath {

  @Override
  public Status status() throws IOException {
    if (Files.isDirectory(path)) {
      return new Status(Kind.FOLDER, 0);
    }
    return Files.exists(path)
        ? new Status(Kind.FILE, Files.size(path))
        : new Status(Kind.MISSING, 0);
  }

  @Override
  public InputStream open() throws IOException {
    return Files.newInputStream(path);
  }

  @Override
  public ModelPath child(String name) {
    return new LocalModelPath(path.resolve(name));
  }

  @Override
  public ModelPath sibling(String name) {
    return new LocalModelPath(path.resolveSibling(name));
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
