package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.files.FileVersion;
import io.github.sparkattention.internal.plan.AttentionModel;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.spark.SparkInternals.StageMetadata;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.SparkSession;

/** The stage in one folder: read when it is first called, and again when its files have changed. */
final class SavedStage {
  private static final String METADATA = "metadata";

  /** The file that Spark writes last into a folder of its own. */
  private static final String SUCCESS = "_SUCCESS";

  private final Path folder;
  private List<FileVersion> versions = List.of();
  private FunctionStage stage;

  SavedStage(Path folder) {
    this.folder = folder;
  }

  /**
   * Refuses a folder that lacks the one file that makes it a saved stage, whatever else it holds.
   *
   * @param session the session that reads
   * @param files the file system that holds the folder
   * @param folder the folder
   * @param text the folder, as users write it
   * @throws FileNotFoundException if there is no such folder
   * @throws IllegalArgumentException if it lacks the file
   */
  static void requireWeights(SparkSession session, FileSystem files, Path folder, String text)
      throws IOException {
    if (files.exists(new Path(folder, ModelReader.WEIGHTS))) {
      return;
    }
    if (files.exists(new Path(new Path(folder, METADATA), SUCCESS))) {
      throw another(text, SparkInternals.loadMetadata(folder.toString(), session).className());
    }
    // After the above, for an object store may know of no folder but by what is in it.
    if (!files.exists(folder)) {
      throw new FileNotFoundException(folder.toString());
    }
    throw new IllegalArgumentException(
        String.format(
            "'%s' holds no saved stage, since it has no file '%s'", text, ModelReader.WEIGHTS));
  }

  private static IllegalArgumentException another(String text, String className) {
    return new IllegalArgumentException(
        String.format(
            "'%s' holds a %s, but must hold a CausalAttention or a SelfAttention",
            text, className));
  }

  /**
   * The stage as its files have it now.
   *
   * @param session the session that reads
   * @param files the file system that holds the folder
   * @param text the folder, as users write it
   * @return the stage, the same one as long as its files are the same
   * @throws IllegalArgumentException if the folder holds anything but a stage of this project
   */
  synchronized FunctionStage stage(SparkSession session, FileSystem files, String text)
      throws IOException {
    List<FileVersion> now = versions(files, text);
    if (!now.equals(versions)) {
      FunctionStage read = read(session, text);
      if (!versions(files, text).equals(now)) {
        throw new IllegalArgumentException(
            String.format("'%s' has changed while it was read; save it first, then call it", text));
      }
      stage = read;
      versions = now;
    }
    return stage;
  }

  /** The files of a stage, which lie where {@link ModelReader} says, and nowhere deeper. */
  private List<FileVersion> versions(FileSystem files, String text) throws IOException {
    List<FileVersion> found = new ArrayList<>();
    found.add(FileVersion.of(files, new Path(folder, ModelReader.WEIGHTS)));
    try {
      for (FileStatus file : files.listStatus(new Path(folder, METADATA))) {
        found.add(FileVersion.of(file));
      }
    } catch (FileNotFoundException e) {
      throw new IllegalArgumentException(
          String.format("'%s' holds no saved stage, since it has no folder '%s'", text, METADATA),
          e);
    }
    return found;
  }

  private FunctionStage read(SparkSession session, String text) {
    StageMetadata metadata = SparkInternals.loadMetadata(folder.toString(), session);
    if (!SparkInternals.isA(metadata.className(), AttentionModel.class)) {
      throw another(text, metadata.className());
    }
    MLReader<?> reader = SparkInternals.reader(metadata.className()).session(session);
    return FunctionStage.of(text, ((ModelReader) reader).load(folder.toString(), metadata));
  }
}
