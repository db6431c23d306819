package io.github.sparkattention.job;

import io.github.sparkattention.AttentionStage;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Reads rows, adds their context vectors, and writes them. */
@Command(
    name = "attend",
    sortOptions = false,
    sortSynopsis = false,
    description = "Read rows of token embeddings, add their context vectors, and write them.",
    footer = {
      "",
      "The output is whole or absent, whatever ends a job, and nothing of an overwritten output is"
          + " lost; only appending adds file by file.",
      "Example:",
      "  spark-attention attend --input tokens.parquet --output context.parquet \\",
      "      --seed 123 --d-in 768 --d-out 768 --num-heads 12"
    })
final class AttendCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private InputOptions input;
  @Mixin private OutputOptions output;

  @ArgGroup(multiplicity = "1")
  private WeightsOptions weights;

  @Mixin private LayerOptions layer;
  @Mixin private RunOptions run;
  @Mixin private SparkOptions spark;

  @Override
  public Integer call() throws Exception {
    check();
    Report report = new Report(spec.commandLine().getOut());
    RunCounts counts = new RunCounts();
    BackendsUsed backends = new BackendsUsed();
    Executors executors;
    long nanos;
    try (OutputFolder folder = new OutputFolder(output);
        SparkSession session = spark.start("spark-attention attend", run.backend())) {
      session.sparkContext().addSparkListener(backends);
      folder.open(session);
      AttentionStage<?> stage = stage();
      Dataset<Row> rows = run.spread(input.read(session));
      stage.transformSchema(rows.schema());
      announce(report, session, stage, rows, folder);

      Dataset<Row> context = stage.transform(counts.countInput(rows));
      long start = System.nanoTime();
      folder.write(counts.countOutput(context, output.column()));
      nanos = System.nanoTime() - start;
      executors = Executors.now();
    }
    // Only now have all the tasks' reports of their backends come in.
    summarize(report, counts, backends, executors, nanos);
    return 0;
  }

  private void check() {
    try {
      input.check();
      output.check();
      weights.check();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    try {
      layer.check(weights);
      run.check();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), OptionNames.in(e.getMessage()), e);
    }
  }

  private AttentionStage<?> stage() {
    AttentionStage<?> stage = layer.stage(spec.qualifiedName());
    weights.applyTo(stage);
    run.applyTo(stage);
    stage.setInputCol(input.column());
    stage.setOutputCol(output.column());
    return stage;
  }

  private void announce(
      Report report,
      SparkSession session,
      AttentionStage<?> stage,
      Dataset<Row> rows,
      OutputFolder folder)
      throws IOException {
    report.line("input", input.describe(rows));
    report.line("layer", LayerOptions.describe(stage.config()));
    report.line("weights", weights.describe());
    report.line(
        "backend", SparkOptions.backend(session) + ", on Spark " + SparkOptions.master(session));
    report.line("output", output.describe());
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
