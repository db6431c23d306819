package io.github.sparkattention.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.CommandLineProcess.Result;
import io.github.sparkattention.it.cluster.Gate;
import io.github.sparkattention.it.cluster.GatePlugin;
import io.github.sparkattention.it.cluster.SparkProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs of the command line that end while they write. */
@Timeout(1800)
class InterruptedRunTest {
  private static final int ROWS = 60;

  @TempDir private static Path folder;

  private final Gate gate = new Gate();

  InterruptedRunTest() throws IOException {}

  @BeforeAll
  static void writeTheInput() {
    int[] lengths = new int[ROWS];
    Arrays.fill(lengths, 3);
    LocalSpark.rows(4, lengths)
        .repartition(4)
        .write()
        .parquet(folder.resolve("rows").toUri().toString());
  }

  private static String[] attend(String output, String... more) {
    List<String> args = new ArrayList<>();
    args.addAll(List.of("attend", "--input", folder.resolve("rows").toString()));
    args.addAll(List.of("--output", folder.resolve(output).toString()));
    args.addAll(List.of("--seed", "123", "--d-in", "4", "--d-out", "4", "--backend", "threads"));
    args.addAll(List.of("--master", "local[1]"));
    args.addAll(List.of("--conf", "spark.sql.files.maxPartitionBytes=1000"));
    args.addAll(List.of(more));
    return args.toArray(new String[0]);
  }

  /** A run that has committed a task, and whose next task waits before it starts. */
  private SparkProcess startAndStopInMidWrite(String output, String... more) throws Exception {
    List<String> all = new ArrayList<>(List.of(more));
    all.addAll(List.of("--conf", "spark.plugins=" + GatePlugin.class.getName()));
    all.addAll(List.of("--conf", GatePlugin.PORT + "=" + gate.port()));
    SparkProcess run = CommandLineProcess.start(attend(output, all.toArray(new String[0])));
    while (committed(output).isEmpty()) {
      gate.await().pass();
    }
    return run;
  }

  /** What tasks of a run with this output have finished, though the run has not. */
  private static List<String> committed(String output) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .map(file -> folder.relativize(file).toString())
          .filter(name -> name.contains(output) && name.matches(".*/task_[^/]*/part-[^/]*"))
          .toList();
    }
  }

  private static List<String> entries(String output) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .map(path -> path.getFileName().toString())
          .filter(name -> name.contains(output))
          .sorted()
          .toList();
    }
  }

  private static long count(String output) {
    return LocalSpark.session().read().parquet(folder.resolve(output).toUri().toString()).count();
  }

  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void aSignalEndsARunWithOneLineAndNoOutput(String signal, int code) throws Exception {
    try (gate;
        SparkProcess run = startAndStopInMidWrite(signal)) {
      run.signal(signal);
      Result result = CommandLineProcess.result(run);
      assertThat(result.errors())
          .containsExactly("spark-attention attend: interrupted by a signal before it was done");
      assertThat(result.code()).isEqualTo(code);
      assertThat(entries(signal)).isEmpty();
    }
  }

  @Test
  void aKilledRunLeavesNoOutputAndTheNextOneSaysWhatItLeft() throws Exception {
    try (gate) {
      startAndStopInMidWrite("killed").close();
    }
    assertThat(entries("killed")).singleElement().asString().matches("\\.killed\\..*\\.new");
    String leftover = folder.resolve(entries("killed").get(0)).toString();

    Result next = CommandLineProcess.run(attend("killed"));
    assertThat(next.errors()).isEmpty();
    assertThat(next.code()).isZero();
    assertThat(next.value("left over"))
        .endsWith(leftover + ", of a run that was killed or still writes");
    assertThat(count("killed")).isEqualTo(ROWS);
  }

  @Test
  void whatAKilledRunHadAppendedIsNeverTakenForThatOfTheNext() throws Exception {
    assertThat(CommandLineProcess.run(attend("more")).code()).isZero();
    try (gate) {
      startAndStopInMidWrite("more", "--mode", "append").close();
    }
    assertThat(count("more")).isEqualTo(ROWS);

    Result appending = CommandLineProcess.run(attend("more", "--mode", "append"));
    assertThat(appending.errors())
        .singleElement()
        .asString()
        .contains(folder.resolve("more/_temporary") + "' is there, so a run that appended to the")
        .endsWith("see that none does and delete it, or name another output");
    assertThat(appending.code()).isEqualTo(1);

    Result overwriting = CommandLineProcess.run(attend("more", "--mode", "overwrite"));
    assertThat(overwriting.errors()).isEmpty();
    assertThat(count("more")).isEqualTo(ROWS);
    assertThat(entries("more")).containsExactly("more");
  }
}
