package io.github.sparkattention.job;

import io.github.sparkattention.CausalScorer;
import io.github.sparkattention.LanguageModel;
import io.github.sparkattention.TokenizerStage;
import io.github.sparkattention.internal.options.InputOptions;
import io.github.sparkattention.internal.options.OutputOptions;
import io.github.sparkattention.internal.options.RunOptions;
import io.github.sparkattention.internal.options.SparkOptions;
import io.github.sparkattention.internal.options.TextOptions;
import io.github.sparkattention.internal.runs.Report;
import io.github.sparkattention.internal.runs.RowJob;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Reads texts or ids, adds what a causal model thinks of them, and writes them. */
@Command(
    name = "score",
    sortOptions = false,
    sortSynopsis = false,
    description = {
      "Read rows of text or of ids, add how probable a causal model finds them, and write them.",
      "Adds log_probabilities (one for each id after the first), log_probability (their sum) and"
          + " perplexity. A column of array<int> holds ids, for which no tokenizer is needed."
    },
    footer = {
      "",
      "The output is whole or absent, as with attend.",
      "Example:",
      "  spark-attention score --model gpt2 --input texts.parquet --output scores.parquet"
    })
final class ScoreCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of(
          CausalScorer.LOG_PROBABILITIES, CausalScorer.LOG_PROBABILITY, CausalScorer.PERPLEXITY);

  @Spec private CommandSpec spec;
  @Mixin private TextOptions text;
  @Mixin private InputOptions input;
  @Mixin private OutputOptions output;
  @Mixin private RunOptions run;
  @Mixin private SparkOptions spark;

  @Override
  public Integer call() throws Exception {
    RowJob job = new RowJob(spec, input, output, run, spark);
    job.check();
    job.asArguments(text::check);
    job.run(this::prepare);
    return 0;
  }

  private RowJob.Addition prepare(Dataset<Row> rows, Report report) {
    return text.holdsIds(rows) ? ofIds(rows, report) : ofTexts(rows, report);
  }

  private RowJob.Addition ofIds(Dataset<Row> rows, Report report) {
    LanguageModel model = CausalScorer.ofIds(text.path());
    run.applyTo(model);
    model.setInputCol(text.column());
    model.transformSchema(rows.schema());
    report.line("model", text.path());
    report.line("input", input.describe(rows, text.column()));
    return new RowJob.Addition(model::transform, COLUMNS, text.column(), List.of());
  }

  private RowJob.Addition ofTexts(Dataset<Row> rows, Report report) {
    PipelineModel pipeline = CausalScorer.load(text.path(), report::line);
    TokenizerStage<?> tokenizer = (TokenizerStage<?>) pipeline.stages()[0];
    LanguageModel model = (LanguageModel) pipeline.stages()[1];
    text.applyTo(tokenizer, rows);
    run.applyTo(tokenizer);
    run.applyTo(model);
    model.setInputCol(tokenizer.getOutputCol());
    pipeline.transformSchema(rows.schema());
    report.line("input", input.describe(rows, text.column()));
    return new RowJob.Addition(
        pipeline::transform, COLUMNS, tokenizer.getOutputCol(), List.of(tokenizer.getOutputCol()));
  }
}
