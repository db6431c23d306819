package io.github.sparkattention.job;

import io.github.sparkattention.AttentionStage;
import io.github.sparkattention.internal.options.InputOptions;
import io.github.sparkattention.internal.options.LayerOptions;
import io.github.sparkattention.internal.options.OutputOptions;
import io.github.sparkattention.internal.options.RunOptions;
import io.github.sparkattention.internal.options.SparkOptions;
import io.github.sparkattention.internal.options.WeightsOptions;
import io.github.sparkattention.internal.runs.Report;
import io.github.sparkattention.internal.runs.RowJob;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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

  @Option(
      names = "--input-col",
      paramLabel = "NAME",
      description =
          "Column with one sequence of token embeddings a row: nested or flat arrays, vectors, a"
              + " matrix or Spark NLP's annotations (default: ${DEFAULT-VALUE}).")
  private String inputCol = "tokens";

  @Mixin private OutputOptions output;

  @Option(
      names = "--output-col",
      paramLabel = "NAME",
      description = "Column of context vectors that is added (default: ${DEFAULT-VALUE}).")
  private String outputCol = "context";

  @ArgGroup(multiplicity = "1")
  private WeightsOptions weights;

  @Mixin private LayerOptions layer;

  @Option(
      names = "--attention-weights-col",
      paramLabel = "NAME",
      description = "${bundle:attentionWeightsCol}.")
  private String weightsCol;

  @Mixin private RunOptions run;
  @Mixin private SparkOptions spark;

  @Override
  public Integer call() throws Exception {
    RowJob job = new RowJob(spec, input, output, run, spark);
    job.check();
    job.asArguments(weights::check);
    job.asSettings(() -> layer.check(weights));
    job.run(this::prepare);
    return 0;
  }

  private RowJob.Addition prepare(Dataset<Row> rows, Report report) {
    AttentionStage<?> stage = layer.stage(spec.qualifiedName());
    weights.applyTo(stage);
    run.applyTo(stage);
    stage.setInputCol(inputCol);
    stage.setOutputCol(outputCol);
    List<String> columns = new ArrayList<>(List.of(outputCol));
    if (weightsCol != null) {
      stage.setAttentionWeightsCol(weightsCol);
      columns.add(weightsCol);
    }
    stage.transformSchema(rows.schema());
    report.line("input", input.describe(rows, inputCol));
    report.line("layer", LayerOptions.describe(stage.config()));
    report.line("weights", weights.describe());
    return new RowJob.Addition(stage::transform, columns, outputCol, List.of());
  }
}
