package io.github.sparkattention.internal.files;

import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import io.github.sparkattention.text.TokenizerFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.List;
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
    return open(conf, path).files();
  }

  /**
   * A tokenizer that was read.
   *
   * @param files what was read
   * @param versions what the files were like then
   */
  record Opened(TokenizerFiles files, List<FileVersion> versions) {}

  /** As {@link #read}, with what the files are like. */
  static Opened open(Configuration conf, String path) {
    Path folder = FilePaths.parse("checkpoint", path);
    try {
      HadoopModelPath model = HadoopModelPath.of(folder.getFileSystem(conf), folder);
      TokenizerFiles files = TokenizerFiles.read(model);
      return new Opened(files, model.versions());
    } catch (SafeTensorsException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    } catch (IOException e) {
      throw unreadable(path, e);
    }
  }

  private static UncheckedIOException unreadable(String path, IOException e) {
    return new UncheckedIOException(
        String.format("the tokenizer at '%s' can't be read: %s", path, e), e);
  }

  /** Whether files are still as they were. */
  static boolean areCurrent(Configuration conf, String path, List<FileVersion> versions) {
    try {
      FileSystem files = FilePaths.parse("checkpoint", path).getFileSystem(conf);
      for (FileVersion version : versions) {
        if (!version.isCurrent(files)) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      throw unreadable(path, e);
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
