package io.github.sparkattention.job;

import static org.apache.spark.ml.functions.vector_to_array;

import io.github.sparkattention.LanguageModel;
import io.github.sparkattention.SentenceEmbedder;
import io.github.sparkattention.TokenizerStage;
import io.github.sparkattention.internal.options.InputOptions;
import io.github.sparkattention.internal.options.OutputOptions;
import io.github.sparkattention.internal.options.RunOptions;
import io.github.sparkattention.internal.options.SparkOptions;
import io.github.sparkattention.internal.options.TextOptions;
import io.github.sparkattention.internal.runs.Report;
import io.github.sparkattention.internal.runs.RowJob;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Reads texts, adds a vector for each, and writes them. */
@Command(
    name = "embed",
    sortOptions = false,
    sortSynopsis = false,
    description = "Read rows of text, add a vector for each, and write them.",
    footer = {
      "",
      "The output is whole or absent, as with attend.",
      "Example:",
      "  spark-attention embed --model all-MiniLM-L6-v2 --input texts.parquet \\",
      "      --output vectors.parquet"
    })
final class EmbedCommand implements Callable<Integer> {
  /** The forms that a vector may be written in. */
  enum VectorFormat {
    VECTORS,
    ARRAY,
    FLAT;

    /** The name that the user knows it by. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The ways to make one vector of many. */
  enum PoolingChoice {
    MEAN,
    CLS,
    LAST,
    MAX;

    /** The name that the stage and the user know it by. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec private CommandSpec spec;
  @Mixin private TextOptions text;
  @Mixin private InputOptions input;
  @Mixin private OutputOptions output;

  @Option(
      names = "--output-col",
      paramLabel = "NAME",
      description = "Column of vectors that is added (default: ${DEFAULT-VALUE}).")
  private String outputCol = SentenceEmbedder.EMBEDDING;

  @Option(
      names = "--format",
      paramLabel = "FORM",
      description =
          "Form of the vectors: vectors (Spark ML's own), array or flat (both array<float>, since a"
              + " row has one vector) (default: ${DEFAULT-VALUE}).")
  private VectorFormat format = VectorFormat.VECTORS;

  @Option(
      names = "--pooling",
      paramLabel = "HOW",
      description =
          "How the vectors of a text's tokens become one: ${COMPLETION-CANDIDATES} (default: what"
              + " the model's own files say).")
  private PoolingChoice pooling;

  @Option(
      names = "--normalize",
      negatable = true,
      description =
          "Divide each vector by its length, or not (default: what the model's own files say).")
  private Boolean normalize;

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
    PipelineModel pipeline = SentenceEmbedder.load(text.path(), report::line);
    TokenizerStage<?> tokenizer = (TokenizerStage<?>) pipeline.stages()[0];
    LanguageModel model = (LanguageModel) pipeline.stages()[1];
    text.applyTo(tokenizer, rows);
    run.applyTo(tokenizer);
    run.applyTo(model);
    model.setInputCol(tokenizer.getOutputCol());
    model.setPooledCol(outputCol);
    if (pooling != null) {
      model.setPooling(pooling.toString());
    }
    if (normalize != null) {
      model.setNormalize(normalize);
    }
    pipeline.transformSchema(rows.schema());
    report.line("input", input.describe(rows, text.column()));
    return new RowJob.Addition(
        inForm(pipeline),
        List.of(outputCol),
        tokenizer.getOutputCol(),
        List.of(tokenizer.getOutputCol()));
  }

  private UnaryOperator<Dataset<Row>> inForm(PipelineModel pipeline) {
    return rows -> {
      Dataset<Row> embedded = pipeline.transform(rows);
      return format == VectorFormat.VECTORS
          ? embedded
          : embedded.withColumn(
              outputCol,
              vector_to_array(embedded.col("`" + outputCol.replace("`", "``") + "`"), "float32"));
    };
  }
}
