package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scala.collection.Iterator;
import scala.jdk.javaapi.CollectionConverters;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;
import scala.runtime.AbstractFunction1;

/**
 * What tasks have left behind in an executor's JVM.
 *
 * @param executor the executor's id
 * @param backend what computes there
 * @param layersPrepared layers that were ever prepared
 * @param layersInUse layers that tasks have taken and not given back
 * @param threads threads of this project, by name
 * @param temporaryFiles what lies in the folder for temporary files, but for native libraries,
 *     which are unpacked there and go when their JVM ends by itself
 */
public record ExecutorState(
    String executor,
    String backend,
    int layersPrepared,
    int layersInUse,
    List<String> threads,
    List<String> temporaryFiles)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Asks all executors at once, which have one core each; waits until there are as many. */
  public static List<ExecutorState> ofAll(
      SparkSession session, int executors, BackendPolicy policy) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(session.sparkContext());
    List<Integer> numbers = IntStream.range(0, executors).boxed().toList();
    ClassTag<ExecutorState> tag = ClassTag$.MODULE$.apply(ExecutorState.class);
    // The tasks of a barrier stage run at the same time, and so on different executors.
    Object states =
        context
            .parallelize(numbers, executors)
            .rdd()
            .barrier()
            .mapPartitions(new Ask(policy), false, tag)
            .collect();
    return Arrays.asList((ExecutorState[]) states);
  }

  private static ExecutorState ofThisOne(BackendPolicy policy) {
    return new ExecutorState(
        SparkEnv.get().executorId(),
        ExecutorBackend.open(policy, AssignedGpus::ofTask).describe(),
        ExecutorBackend.programs(policy).prepared(),
        ExecutorBackend.programs(policy).users(),
        Thread.getAllStackTraces().keySet().stream()
            .map(Thread::getName)
            .filter(name -> name.startsWith("attention"))
            .sorted()
            .toList(),
        listTemporaryFiles());
  }

  private static List<String> listTemporaryFiles() {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.matches(".*(Aparapi|lz4|zstd|snappy|netty|hsperfdata).*"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Ask
      extends AbstractFunction1<Iterator<Integer>, Iterator<ExecutorState>>
      implements Serializable {
    private static final long serialVersionUID = 1L;

    private final BackendPolicy policy;

    Ask(BackendPolicy policy) {
      this.policy = policy;
    }

    @Override
    public Iterator<ExecutorState> apply(Iterator<Integer> numbers) {
      return CollectionConverters.asScala(List.of(ofThisOne(policy)).iterator());
    }
  }
}
