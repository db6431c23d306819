package io.github.sparkattention.internal.files;

import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import io.github.sparkattention.text.TokenizerFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** Tokenizers on file systems that Hadoop knows. */
public final class TokenizerStore {
  private TokenizerStore() {}

  /**
   * Reads a tokenizer.
   *
   * @param conf the settings of Hadoop
   * @param path its folder, or its tokenizer.json
   * @return what was read
   * @throws IllegalArgumentException if there is none, or if it can't be used; the message says why
   */
  public static TokenizerFiles read(Configuration conf, String path) {
    Path folder = FilePaths.parse("checkpoint", path);
    try {
      FileSystem files = folder.getFileSystem(conf);
      return TokenizerFiles.read(HadoopModelPath.of(files, folder));
    } catch (SafeTensorsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format("the tokenizer at '%s' can't be read: %s", path, e), e);
    }
  }

  /**
   * Writes a tokenizer's files to a folder of their own.
   *
   * @param session the session that writes
   * @param path the folder, which is made
   * @param contents the bytes of each file by its name
   */
  public static void write(SparkSession session, String path, Map<String, byte[]> contents) {
    Path folder = new Path(path);
    try {
      FileSystem files = folder.getFileSystem(SparkInternals.hadoopConf(session));
      for (Map.Entry<String, byte[]> content : contents.entrySet()) {
        try (OutputStream out = files.create(new Path(folder, content.getKey()), false)) {
          out.write(content.getValue());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format("the tokenizer's files can't be written to '%s': %s", path, e), e);
    }
  }
}
