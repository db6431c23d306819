package io.github.sparkattention.internal.files;

import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.checkpoints.ModelWriter;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A whole model on a file system that Hadoop knows: its settings and headers, read and checked, and
 * what its files were like then. Weights are read when they are asked for.
 */
public final class ModelFile {
  /** The file of the weights in a folder that {@link #write} makes. */
  private static final String WEIGHTS = "model.safetensors";

  private final String path;
  private final FileSystem files;
  private final List<FileVersion> versions;
  private final Checkpoint checkpoint;

  private ModelFile(
      String path, FileSystem files, List<FileVersion> versions, Checkpoint checkpoint) {
    this.path = path;
    this.files = files;
    this.versions = versions;
    this.checkpoint = checkpoint;
  }

  /**
   * Opens a model, unless it was opened before and all files are still as they were then.
   *
   * @param conf the settings of Hadoop
   * @param path path of the model's folder or file
   * @param before what was opened before, or null if nothing was
   * @return what was opened before, or else what the files hold now
   * @throws IllegalArgumentException if there is no such model, or it can't be computed exactly; in
   *     one sentence
   */
  public static ModelFile open(Configuration conf, String path, ModelFile before) {
    Path file = FilePaths.parse("checkpoint", path);
    try {
      if (before != null && before.path.equals(path) && before.changed() == null) {
        return before;
      }
      FileSystem files = file.getFileSystem(conf);
      HadoopModelPath model = HadoopModelPath.of(files, file);
      Checkpoint checkpoint = Checkpoint.open(model);
      return new ModelFile(path, files, model.versions(), checkpoint);
    } catch (SafeTensorsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static UncheckedIOException unreadable(String path, IOException e) {
    return new UncheckedIOException(
        String.format("the model at '%s' can't be read: %s", path, e), e);
  }

  /** The path, as it was given. */
  public String path() {
    return path;
  }

  /** What the files were like when they were opened. */
  public List<FileVersion> versions() {
    return versions;
  }

  /** What the files say, weights aside. */
  public Checkpoint checkpoint() {
    return checkpoint;
  }

  /** Whether other machines see these files, too: all do but those of a machine's own disk. */
  public boolean isShared() {
    return !files.getUri().getScheme().equals("file");
  }

  /**
   * Checks that the files are those that another machine saw.
   *
   * @param seen what they were like there
   * @throws IllegalArgumentException if they aren't; the message names the first that differs
   */
  public void requireSame(List<FileVersion> seen) {
    for (int i = 0; i < Math.max(seen.size(), versions.size()); i++) {
      FileVersion there = i < seen.size() ? seen.get(i) : null;
      FileVersion here = i < versions.size() ? versions.get(i) : null;
      if (!(there != null && there.equals(here))) {
        throw new IllegalArgumentException(
            String.format(
                "the model at '%s' must be the one that the driver saw, but the driver saw %s, and"
                    + " this executor sees %s",
                path, describe(there), describe(here)));
      }
    }
  }

  private static String describe(FileVersion version) {
    return version == null
        ? "no such file"
        : String.format(
            "'%s' of %d bytes and %s",
            version.path(), version.length(), Instant.ofEpochMilli(version.modified()));
  }

  /**
   * Reads the weights that a program asks for.
   *
   * @param program a program of the model
   * @return its weights
   * @throws IllegalArgumentException if a weight is not finite, or a file has changed since it was
   *     opened; in one sentence
   */
  public Tensors read(Program program) {
    return readChecked(() -> checkpoint.read(program)).tensors();
  }

  /**
   * Reads all weights.
   *
   * @return the model
   * @throws IllegalArgumentException if a weight is not finite, or a file has changed since it was
   *     opened; in one sentence
   */
  public Model read() {
    return readChecked(checkpoint::read);
  }

  private Model readChecked(Reading reading) {
    try {
      String fault = changed();
      Model model = fault == null ? reading.read() : null;
      fault = fault == null ? changed() : fault;
      if (fault != null) {
        throw new IllegalArgumentException(
            String.format(
                "the model at '%s' must stay as it is while it is in use, but '%s' has changed",
                path, fault));
      }
      return model;
    } catch (SafeTensorsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  @FunctionalInterface
  private interface Reading {
    Model read() throws IOException;
  }

  /** The first file that is another one now, or gone; null if all are as they were. */
  private String changed() throws IOException {
    for (FileVersion version : versions) {
      if (!version.isCurrent(files)) {
        return version.path();
      }
    }
    return null;
  }

  /**
   * Writes a model into a folder of its own, from which Python's libraries read it, too.
   *
   * @param conf the settings of Hadoop
   * @param folder the folder
   * @param model the model, with all of its weights
   */
  public static void write(Configuration conf, Path folder, Model model) {
    try {
      FileSystem files = folder.getFileSystem(conf);
      for (Map.Entry<String, String> text : ModelWriter.settings(model).entrySet()) {
        try (OutputStream out = files.create(new Path(folder, text.getKey()), false)) {
          out.write(text.getValue().getBytes(StandardCharsets.UTF_8));
        }
      }
      try (OutputStream out =
          new BufferedOutputStream(files.create(new Path(folder, WEIGHTS), false))) {
        ModelWriter.writeTensors(model, out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format("the model can't be written to '%s': %s", folder, e.getMessage()), e);
    }
  }
}
