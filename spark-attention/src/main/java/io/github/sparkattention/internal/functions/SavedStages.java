package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.spark.SparkInternals;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** Stages that SQL names by the folder they were saved to, as far as they have been read. */
public final class SavedStages {
  /** Kept at once; a query that calls more of them reads some anew. */
  private static final int KEPT = 16;

  private static final Map<Path, SavedStage> BY_FOLDER =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, SavedStage> eldest) {
          return size() > KEPT;
        }
      };

  private SavedStages() {}

  /**
   * The stage in a folder.
   *
   * @param session the session that reads
   * @param text the folder, as users write it
   * @return the stage
   * @throws FileNotFoundException if there is no such folder, or if the text is no path
   * @throws IllegalArgumentException if it holds anything but a stage of this project
   */
  public static FunctionStage load(SparkSession session, String text) throws IOException {
    Path path = path(text);
    FileSystem files = path.getFileSystem(SparkInternals.hadoopConf(session));
    Path folder = files.makeQualified(path);
    SavedStage.requireWeights(session, files, folder, text);
    SavedStage saved;
    // Held for the look-up alone: a stage is read under its own lock.
    synchronized (BY_FOLDER) {
      saved = BY_FOLDER.computeIfAbsent(folder, SavedStage::new);
    }
    return saved.stage(session, files, text);
  }

  private static Path path(String text) throws FileNotFoundException {
    try {
      return new Path(text);
    } catch (IllegalArgumentException e) {
      throw (FileNotFoundException) new FileNotFoundException(e.getMessage()).initCause(e);
    }
  }
}
