package io.github.sparkattention;

import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.files.AttentionWeightsFile;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import io.github.sparkattention.sql.FileVersion;
import io.github.sparkattention.sql.SparkInternals;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * A safetensors file on a file system that Hadoop knows, and the weights that were read from it.
 *
 * @param path its path
 * @param prefix what the tensors' names start with
 * @param version what the file was like
 * @param weights the weights
 */
record WeightsFile(String path, String prefix, FileVersion version, AttentionWeights weights) {

  static WeightsFile read(SparkSession session, String path, String prefix) {
    return read(session, path, prefix, null);
  }

  /**
   * Reads a file, unless it was read before and is still as it was then.
   *
   * @param session the session that reads
   * @param path the file's path
   * @param prefix what the tensors' names start with
   * @param before what was read before, or null if nothing was
   * @return what was read before, or else what the file holds now
   * @throws IllegalArgumentException if the file is missing, or holds no such weights
   */
  static WeightsFile read(SparkSession session, String path, String prefix, WeightsFile before) {
    Path file = new Path(path);
    try {
      FileSystem files = file.getFileSystem(SparkInternals.hadoopConf(session));
      FileVersion version = FileVersion.of(files, file);
      if (before != null && before.isOf(path, prefix, version)) {
        return before;
      }
      try (InputStream in = files.open(file)) {
        AttentionWeights weights = AttentionWeightsFile.read(in, version.length(), path, prefix);
        if (!FileVersion.of(files, file).equals(version)) {
          throw new IllegalArgumentException(
              String.format("the weight file '%s' has changed while it was read", path));
        }
        return new WeightsFile(path, prefix, version, weights);
      }
    } catch (SafeTensorsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (FileNotFoundException e) {
      throw new IllegalArgumentException(String.format("the weight file '%s' is missing", path), e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format("the weight file '%s' can't be read: %s", path, e.getMessage()), e);
    }
  }

  static void write(SparkSession session, String path, AttentionWeights weights) {
    Path file = new Path(path);
    try {
      FileSystem files = file.getFileSystem(SparkInternals.hadoopConf(session));
      try (OutputStream out = files.create(file, false)) {
        AttentionWeightsFile.write(weights, Map.of(), out);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format("the weight file '%s' can't be written: %s", path, e.getMessage()), e);
    }
  }

  private boolean isOf(String otherPath, String otherPrefix, FileVersion otherVersion) {
    return path.equals(otherPath) && prefix.equals(otherPrefix) && version.equals(otherVersion);
  }
}
