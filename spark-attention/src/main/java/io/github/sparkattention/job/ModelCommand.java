package io.github.sparkattention.job;

import io.github.sparkattention.internal.batches.BatchLimits;
import io.github.sparkattention.internal.files.ModelFile;
import io.github.sparkattention.internal.files.TokenizerStore;
import io.github.sparkattention.internal.options.SparkOptions;
import io.github.sparkattention.internal.runs.Report;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelConfig.Head;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.SlotPlan;
import io.github.sparkattention.kernels.Tensors.Shape;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import io.github.sparkattention.text.TokenizerFiles;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tells what a checkpoint is. */
@Command(
    name = "model",
    sortOptions = false,
    description = {
      "Tell what a checkpoint is: its architecture, sizes, tokenizer, pooling and memory.",
      "No weights are read. What can't be computed exactly is refused, as a job would refuse it."
    })
final class ModelCommand implements Callable<Integer> {
  private static final double MIB = 1L << 20;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "DIR",
      description =
          "Folder or file with a model, as embed and score take it, on any file system that Hadoop"
              + " knows.")
  private String path;

  @Option(names = SparkOptions.VERBOSE, description = "On failure also print the stack trace.")
  @SuppressWarnings("unused") // Read from the arguments.
  private boolean verbose;

  @Override
  public Integer call() {
    Configuration conf = new Configuration();
    Checkpoint checkpoint = ModelFile.open(conf, path, null).checkpoint();
    ModelConfig config = checkpoint.config();
    Report report = new Report(spec.commandLine().getOut());
    report.line("model", path);
    report.line("architecture", architecture(checkpoint));
    long parameters = checkpoint.shapes().values().stream().mapToLong(Shape::size).sum();
    report.line("parameters", Report.number(parameters) + " floats");
    report.line("files", checkpoint.description());
    report.line("vocabulary", Report.number(config.vocabulary()) + " ids");
    report.line(
        "length",
        config.contextLength() == 0
            ? "any number of ids"
            : "at most " + Report.number(config.contextLength()) + " ids");
    report.line("scores ids", head(config.head()));
    tellTokenizer(report, conf);
    tellMemory(report, config, parameters * Float.BYTES);
    return 0;
  }

  private static String architecture(Checkpoint checkpoint) {
    ModelConfig config = checkpoint.config();
    return String.format(
        "%s, %s, %d layers of width %d, %d heads of %d (%d of keys and values), hidden width %d,"
            + " %s%s",
        checkpoint.architecture(),
        config.heads().causal() ? "causal" : "not causal",
        config.layers(),
        config.width(),
        config.heads().numHeads(),
        config.heads().headDim(),
        config.heads().numKvHeads(),
        config.hidden(),
        config.activation().name().toLowerCase(Locale.ROOT).replace('_', ' '),
        config.gated() ? ", gated" : "");
  }

  private static String head(Head head) {
    return switch (head) {
      case NONE -> "no, the model gives vectors only";
      case TIED -> "yes, by the table that embeds them";
      case OWN -> "yes, by a table of its own";
    };
  }

  private void tellTokenizer(Report report, Configuration conf) {
    TokenizerFiles files;
    try {
      files = TokenizerStore.read(conf, path);
    } catch (IllegalArgumentException e) {
      report.line("tokenizer", "none: " + e.getMessage());
      return;
    }
    report.line(
        "tokenizer",
        String.format(
            "%s, %s ids, %d special tokens around a text%s",
            files.tokenizer().kind(),
            Report.number(files.tokenizer().vocabularySize()),
            files.tokenizer().specialTokens().count(),
            files.maxLength().isPresent()
                ? ", at most " + files.maxLength().getAsInt() + " ids, say its files"
                : ""));
    files.notes().forEach(note -> report.line("", note));
  }

  private static void tellMemory(Report report, ModelConfig config, long weights) {
    Program program = config.vectors();
    SlotPlan plan = SlotPlan.of(program);
    int batchTokens = BatchLimits.DEFAULT.of(program).tokens();
    long perToken =
        ((long) plan.activationWidth() + plan.blockWidth() + plan.resultWidth()) * Float.BYTES;
    report.line(
        "memory",
        String.format(
            Locale.ROOT,
            "%.0f MiB of weights on an executor's heap or device, once for all of its tasks",
            weights / MIB));
    report.line(
        "",
        String.format(
            Locale.ROOT,
            "%.0f MiB at most for a batch of %s tokens on a device; Java threads take less",
            batchTokens * perToken / MIB,
            Report.number(batchTokens)));
  }
}
