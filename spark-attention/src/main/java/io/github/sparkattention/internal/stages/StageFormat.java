package io.github.sparkattention.internal.stages;

import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.spark.SparkInternals.StageMetadata;
import java.util.Map;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.SparkSession;

/** The format of saved stages: what is written besides Spark's own metadata, and its checks. */
public final class StageFormat {
  /** The version of this project, as the build knows it. */
  public static final String PROJECT_VERSION = "0.1.0";

  /** Rises when an older version of this project could no longer read what this one writes. */
  static final int VERSION = 1;

  private static final String FORMAT_VERSION = "formatVersion";
  private static final String WRITTEN_BY = "writtenBy";

  private StageFormat() {}

  /** Writes a stage's metadata, which makes a folder a saved stage; all else comes before. */
  public static void save(Params stage, String path, SparkSession session) {
    SparkInternals.saveMetadata(
        stage,
        path,
        session,
        Map.of(FORMAT_VERSION, VERSION, WRITTEN_BY, "spark-attention " + PROJECT_VERSION));
  }

  /**
   * Reads a stage's metadata.
   *
   * @throws IllegalArgumentException if it is damaged, of a newer format, or of another class
   */
  public static StageMetadata load(String path, SparkSession session, Class<?> stage) {
    StageMetadata metadata = SparkInternals.loadMetadata(path, session);
    check(path, metadata, stage);
    return metadata;
  }

  /**
   * Checks metadata that are read already.
   *
   * @throws IllegalArgumentException if they are of a newer format, or of another class
   */
  public static void check(String path, StageMetadata metadata, Class<?> stage) {
    if (!(metadata.extra(FORMAT_VERSION) instanceof Integer version)) {
      throw new IllegalArgumentException(
          String.format(
              "'%s' holds a %s without a %s; it is no stage that this project saved",
              path, metadata.className(), FORMAT_VERSION));
    }
    if (version > VERSION) {
      throw new IllegalArgumentException(
          String.format(
              "'%s' was written by %s (format %d); this version, %s, reads up to format %d",
              path, metadata.extra(WRITTEN_BY), version, PROJECT_VERSION, VERSION));
    }
    if (!metadata.className().equals(stage.getName())) {
      throw new IllegalArgumentException(
          String.format(
              "'%s' holds a %s, but a %s was to be loaded",
              path, metadata.className(), stage.getName()));
    }
    if (metadata.uid().matches(".*[/\\\\].*")) {
      // A pipeline names a folder after it when it is saved.
      throw new IllegalArgumentException(
          String.format(
              "'%s' holds a stage with the uid '%s', which must not lead to another folder",
              path, metadata.uid()));
    }
  }
}
