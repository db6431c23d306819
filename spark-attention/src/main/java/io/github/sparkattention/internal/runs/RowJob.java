package io.github.sparkattention.internal.runs;

import io.github.sparkattention.internal.options.InputOptions;
import io.github.sparkattention.internal.options.OptionNames;
import io.github.sparkattention.internal.options.OutputOptions;
import io.github.sparkattention.internal.options.RunOptions;
import io.github.sparkattention.internal.options.SparkOptions;
import java.io.IOException;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** A command's run over rows: reads them, adds columns, writes them, and tells of all that. */
public final class RowJob {
  private final CommandSpec spec;
  private final InputOptions input;
  private final OutputOptions output;
  private final RunOptions run;
  private final SparkOptions spark;

  /** What a command adds to rows. */
  @FunctionalInterface
  public interface Work {
    /**
     * Checks that it fits the rows, and says what it will do. Nothing is computed yet.
     *
     * @param rows the rows
     * @param report receives lines about the input and what is computed of it
     * @return what adds the columns
     * @throws IllegalArgumentException if it doesn't fit them
     */
    Addition prepare(Dataset<Row> rows, Report report);
  }

  /**
   * Columns that are added.
   *
   * @param transform adds them
   * @param columns their names; the first is null where a row couldn't be computed
   * @param tokensCol a column with as many elements as a row has tokens
   * @param droppedCols columns that are added, but not written
   */
  public record Addition(
      UnaryOperator<Dataset<Row>> transform,
      List<String> columns,
      String tokensCol,
      List<String> droppedCols) {}

  public RowJob(
      CommandSpec spec,
      InputOptions input,
      OutputOptions output,
      RunOptions run,
      SparkOptions spark) {
    this.spec = spec;
    this.input = input;
    this.output = output;
    this.run = run;
    this.spark = spark;
  }

  /**
   * Checks all that needs no Spark.
   *
   * @throws ParameterException if an argument is wrong
   */
  public void check() {
    asArguments(input::check);
    asArguments(output::check);
    asSettings(run::check);
  }

  /** Makes what a check refuses a wrong argument. */
  public void asArguments(Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  /** Makes what a check of a stage's settings refuses a wrong argument, in the options' words. */
  public void asSettings(Runnable check) {
    try {
      check.run();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), OptionNames.in(e.getMessage()), e);
    }
  }

  /**
   * Runs.
   *
   * @param work what is added to the rows
   * @throws Exception if it fails; the output is as it was before
   */
  public void run(Work work) throws Exception {
    Report report = new Report(spec.commandLine().getOut());
    RunCounts counts = new RunCounts();
    BackendsUsed backends = new BackendsUsed();
    Executors executors;
    long nanos;
    try (OutputFolder folder = new OutputFolder(output);
        SparkSession session = spark.start(spec.qualifiedName(), run.backend())) {
      session.sparkContext().addSparkListener(backends);
      folder.open(session);
      Dataset<Row> rows = run.spread(input.read(session));
      Addition addition = work.prepare(rows, report);
      announce(report, session, addition, folder);

      Dataset<Row> added = addition.transform.apply(counts.countInput(rows));
      Dataset<Row> counted = counts.countOutput(added, addition.columns.get(0), addition.tokensCol);
      long start = System.nanoTime();
      folder.write(counted.drop(addition.droppedCols.toArray(String[]::new)));
      nanos = System.nanoTime() - start;
      executors = Executors.now();
    }
    // Only now have all the tasks' reports of their backends come in.
    summarize(report, counts, backends, executors, nanos);
  }

  private void announce(Report report, SparkSession session, Addition addition, OutputFolder folder)
      throws IOException {
    report.line(
        "backend", SparkOptions.backend(session) + ", on Spark " + SparkOptions.master(session));
    report.line("output", output.describe(addition.columns));
    for (String leftover : folder.leftovers()) {
      report.line("left over", leftover + ", of a run that was killed or still writes");
    }
    report.gap();
  }

  private void summarize(
      Report report, RunCounts counts, BackendsUsed backends, Executors executors, long nanos) {
    report.gap();
    report.line("rows", Report.number(counts.rows()));
    if (counts.refused() > 0) {
      String what =
          switch (run.invalidRows()) {
            case SKIP -> "dropped";
            case KEEP, ERROR -> "kept, with null";
          };
      report.line("rows refused", Report.number(counts.refused()) + ", " + what);
    }
    report.throughput(counts.tokens(), nanos);
    report.line("computed on", backends.toString());
    backends.tellFallbacks(report);
    executors.tell(report);
    report.line("output", output.path());
  }
}
