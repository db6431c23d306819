package io.github.sparkattention.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a machine without a device does, each time in a JVM of its own: this one may have loaded
 * OpenCL for other tests, and what it logs can't be read.
 */
class DriverWithoutDeviceTest {
  @TempDir private Path folder;

  @Test
  void planningSavingAndLoadingNeverTouchOpenCl() throws IOException {
    Path classes = folder.resolve("classes.log");
    ChildJvm.run(folder, Plans.class, List.of("-Xlog:class+load:file=" + classes));
    assertThat(Files.readString(classes))
        .contains(AttentionSettings.class.getName(), CausalAttention.class.getName())
        .doesNotContain("com.aparapi", "opencl.OpenClDevices", "opencl.OpenClBackend");
  }

  @Test
  void autoWarnsOnceAndTakesJavaThreads() {
    String log = ChildJvm.run(folder, ComputesTwice.class, List.of());
    assertThat(log.lines().filter(line -> line.contains("Backends: ")))
        .singleElement()
        .asString()
        .contains("WARN ", "Attention runs on Java threads (2 threads, ", ", since ")
        .contains("OpenCL device");
  }

  private static CausalAttention stage(String backend) {
    return new CausalAttention().setDIn(4).setDOut(4).setSeed(1).setBackend(backend);
  }

  private static Dataset<Row> rows() {
    return Sequences.floats(Sequences.random(1, 4, 3, 5, 1, 8, 2, 9, 4, 4)).repartition(8);
  }

  /** Does with a stage what drivers do. */
  static final class Plans {
    private Plans() {}

    public static void main(String[] arguments) throws IOException {
      Dataset<Row> rows = rows();
      String path = arguments[0] + "/stage";
      stage("opencl").write().save(path);
      CausalAttention.load(path).transform(rows).queryExecution().executedPlan().execute();
      LocalSpark.session().stop();
    }
  }

  /** Runs two jobs where there is no such device. */
  static final class ComputesTwice {
    private ComputesTwice() {}

    public static void main(String[] arguments) {
      Dataset<Row> rows = rows();
      SettingsInForce.set(AttentionSettings.DEVICE, "no device has this name");
      for (String column : List.of("context", "tokens")) {
        stage("auto").transform(rows).select("context", column).collectAsList();
      }
      LocalSpark.session().stop();
    }
  }
}
