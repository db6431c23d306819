package io.github.sparkattention.internal.weights;

import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.internal.executor.Lease;
import io.github.sparkattention.internal.files.FileVersion;
import io.github.sparkattention.internal.files.ModelFile;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import scala.reflect.ClassTag;

/**
 * The weights of a model in files, which each executor reads by itself.
 *
 * @param path the model's path
 * @param versions what its files are like that the driver has checked
 * @param program what is computed
 * @param conf the settings of Hadoop
 */
record ReadModel(
    String path,
    List<FileVersion> versions,
    Program program,
    Broadcast<SerializableConfiguration> conf)
    implements TaskWeights {
  private static final long serialVersionUID = 1L;

  static ReadModel of(SparkContext context, ModelFile file, Program program) {
    SerializableConfiguration conf =
        new SerializableConfiguration(SparkInternals.hadoopConf(SparkSession.active()));
    return new ReadModel(
        file.path(),
        file.versions(),
        program,
        context.broadcast(conf, ClassTag.apply(SerializableConfiguration.class)));
  }

  @Override
  public Lease lease(BackendPolicy policy) {
    return ExecutorBackend.lease(
        policy,
        new Fingerprint().add("read ").add(path).add(versions).add(program).text(),
        program,
        this::read);
  }

  private Tensors read() {
    ModelFile here = ModelFile.open(conf.value().value(), path, null);
    here.requireSame(versions);
    return here.read(program);
  }
}
