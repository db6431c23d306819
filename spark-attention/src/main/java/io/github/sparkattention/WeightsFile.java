package io.github.sparkattention;

import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.AttentionWeightsFile;
import io.github.sparkattention.kernels.SafeTensorsException;
import io.github.sparkattention.sql.FilePaths;
import io.github.sparkattention.sql.SparkInternals;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
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
 * @param weights the weights
 */
record WeightsFile(String path, String prefix, AttentionWeights weights) {

  static WeightsFile read(SparkSession session, String path, String prefix) {
    Path file = FilePaths.parse("weightsPath", path);
    try {
      FileSystem files = file.getFileSystem(SparkInternals.hadoopConf(session));
      HadoopModelPath model = new HadoopModelPath(files, file);
      return new WeightsFile(path, prefix, AttentionWeightsFile.read(model, prefix));
    } catch (SafeTensorsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format("the weights at '%s' can't be read: %s", path, e), e);
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

  boolean isAt(String otherPath, String otherPrefix) {
    return path.equals(otherPath) && prefix.equals(otherPrefix);
  }
}
