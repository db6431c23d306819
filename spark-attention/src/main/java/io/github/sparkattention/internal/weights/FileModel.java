package io.github.sparkattention.internal.weights;

import io.github.sparkattention.internal.files.ModelFile;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors.Shape;
import java.util.Objects;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The weights of a model in files. Where executors see the files and the weights are many, each
 * executor reads them by itself; otherwise the driver reads them and sends them.
 */
public final class FileModel implements PlanWeights {
  private static final Logger LOG = LoggerFactory.getLogger(FileModel.class);

  /** What is sent rather than read: a broadcast of that size takes executors no longer. */
  private static final long MOST_SENT = 64L << 20;

  private final ModelFile file;
  private final Program program;
  private final boolean reads;
  private SparkContext sentIn;
  private TaskWeights sent;

  private FileModel(ModelFile file, Program program, boolean reads) {
    this.file = file;
    this.program = program;
    this.reads = reads;
  }

  /**
   * The weights for a program, and the way that they will take.
   *
   * @param file the model
   * @param program a program of it
   * @return the weights for plans, with none of them read
   */
  public static FileModel of(ModelFile file, Program program) {
    boolean seen = file.isShared() || SparkSession.active().sparkContext().isLocal();
    return new FileModel(file, program, seen && bytes(program) > MOST_SENT);
  }

  private static long bytes(Program program) {
    return program.tensors().values().stream().mapToLong(Shape::size).sum() * Float.BYTES;
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public synchronized TaskWeights send(SparkContext context) {
    // A broadcast ends with its application, and a JVM may see several of them.
    if (sentIn != context) {
      LOG.info(
          "The weights of {} ({} MiB) are {}",
          file.path(),
          bytes(program) >> 20,
          reads ? "read by each executor" : "read by the driver and broadcast");
      sent =
          reads
              ? ReadModel.of(context, file, program)
              : SentModel.of(context, program, file.read(program));
      sentIn = context;
    }
    return sent;
  }

  /** Whether both are the same files, as they were when they were opened, for the same program. */
  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof FileModel that
            && file.path().equals(that.file.path())
            && file.versions().equals(that.file.versions())
            && program.equals(that.program)
            && reads == that.reads);
  }

  @Override
  public int hashCode() {
    return Objects.hash(file.path(), file.versions(), program);
  }

  @Override
  public String toString() {
    return String.format(
        reads ? "weights that each executor reads from %s" : "weights broadcast from %s",
        file.path());
  }
}
