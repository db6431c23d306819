package io.github.sparkattention.internal.files;

import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.checkpoints.AttentionWeightsFile;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * A safetensors file, or a model of several, on a file system that Hadoop knows, and the weights
 * that were read from it.
 *
 * @param path its path, or that of the index of the shards, or of the folder with one of them
 * @param prefix what the tensors' names start with
 * @param versions what the files were like that were read
 * @param weights the weights
 */
public record WeightsFile(
    String path, String prefix, List<FileVersion> versions, AttentionWeights weights) {

  public static WeightsFile read(SparkSession session, String path, String prefix) {
    return read(session, path, prefix, null);
  }

  /**
   * Reads weights, unless they were read before and all files are still as they were then.
   *
   * @param session the session that reads
   * @param path path of the file, of the index, or of the folder with one of them
   * @param prefix what the tensors' names start with
   * @param before what was read before, or null if nothing was
   * @return what was read before, or else what the files hold now
   * @throws IllegalArgumentException if a file is missing, or they hold no such weights
   */
  public static WeightsFile read(
      SparkSession session, String path, String prefix, WeightsFile before) {
    Path file = FilePaths.parse("weightsPath", path);
    try {
      FileSystem files = file.getFileSystem(SparkInternals.hadoopConf(session));
      if (before != null && before.isOf(path, prefix) && before.isCurrent(files)) {
        return before;
      }
      HadoopModelPath model = HadoopModelPath.of(files, file);
      AttentionWeights weights = AttentionWeightsFile.read(model, prefix);
      WeightsFile read = new WeightsFile(path, prefix, model.versions(), weights);
      if (!read.isCurrent(files)) {
        throw new IllegalArgumentException(
            String.format("the weight file '%s' has changed while it was read", path));
      }
      return read;
    } catch (SafeTensorsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format("the weights at '%s' can't be read: %s", path, e), e);
    }
  }

  public static void write(SparkSession session, String path, AttentionWeights weights) {
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

  private boolean isOf(String otherPath, String otherPrefix) {
    return path.equals(otherPath) && prefix.equals(otherPrefix);
  }

  private boolean isCurrent(FileSystem files) throws IOException {
    for (FileVersion version : versions) {
      if (!version.isCurrent(files)) {
        return false;
      }
    }
    return true;
  }
}
