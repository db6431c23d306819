package io.github.sparkattention.sql;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.SparkSession;

/**
 * Stages that SQL names by the folder they were saved to. Each is read once, and again when its
 * files have changed.
 */
final class SavedStages {
  /** Kept at once; a query that calls more of them reads some anew. */
  private static final int KEPT = 16;

  private static final Map<Path, Loaded> BY_PATH =
      new LinkedHashMap<>(KEPT, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, Loaded> eldest) {
          return size() > KEPT;
        }
      };

  private SavedStages() {}

  /** A stage, and what its files were like when it was read. */
  private record Loaded(String files, FunctionStage stage) {}

  /**
   * The stage in a folder.
   *
   * @param session the session that reads
   * @param text the folder, as users write it
   * @return the stage
   * @throws FileNotFoundException if there is no such folder, or if the text is no path
   * @throws IllegalArgumentException if it holds anything but a stage of this project
   */
  static FunctionStage load(SparkSession session, String text) throws IOException {
    Path path = path(text);
    FileSystem files = path.getFileSystem(SparkInternals.hadoopConf(session));
    Path folder = files.makeQualified(path);
    String state = state(files, folder);
    synchronized (BY_PATH) {
      Loaded loaded = BY_PATH.get(folder);
      if (loaded == null || !loaded.files().equals(state)) {
        if (!files.exists(new Path(folder, "metadata"))) {
          throw new IllegalArgumentException(
              String.format("'%s' holds no saved stage, for it has no folder 'metadata'", text));
        }
        loaded = new Loaded(state, read(session, text, folder));
        BY_PATH.put(folder, loaded);
      }
      return loaded.stage();
    }
  }

  private static Path path(String text) throws FileNotFoundException {
    try {
      return new Path(text);
    } catch (IllegalArgumentException e) {
      throw (FileNotFoundException) new FileNotFoundException(e.getMessage()).initCause(e);
    }
  }

  /** What changes when a stage is saved there anew. */
  private static String state(FileSystem files, Path folder) throws IOException {
    StringBuilder state = new StringBuilder();
    RemoteIterator<LocatedFileStatus> found = files.listFiles(folder, true);
    while (found.hasNext()) {
      LocatedFileStatus file = found.next();
      state.append(file.getPath()).append(' ').append(file.getLen());
      state.append(' ').append(file.getModificationTime()).append('\n');
    }
    return state.toString();
  }

  private static FunctionStage read(SparkSession session, String text, Path folder) {
    String className = SparkInternals.loadMetadata(folder.toString(), session).className();
    if (!SparkInternals.isA(className, AttentionModel.class)) {
      throw new IllegalArgumentException(
          String.format(
              "'%s' holds a %s, but must hold a CausalAttention or a SelfAttention",
              text, className));
    }
    Object stage = SparkInternals.loadInstance(folder.toString(), session);
    return FunctionStage.of(text, (AttentionModel) stage);
  }
}
