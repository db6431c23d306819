package io.github.sparkattention.job;

import io.github.sparkattention.internal.batches.InvalidRows;
import io.github.sparkattention.internal.options.ChoiceConverter;
import io.github.sparkattention.internal.options.Format;
import io.github.sparkattention.internal.options.OutputOptions.Mode;
import io.github.sparkattention.internal.options.ParamSentences;
import io.github.sparkattention.internal.options.TextOptions.LongTexts;
import io.github.sparkattention.internal.runs.Failure;
import io.github.sparkattention.internal.runs.Interruption;
import io.github.sparkattention.job.EmbedCommand.PoolingChoice;
import io.github.sparkattention.job.EmbedCommand.VectorFormat;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The command line, and the class that {@code spark-submit} starts.
 *
 * <p>Exit codes: 0 for success, 2 for wrong arguments, 1 for anything that fails later, and 128 +
 * its number for a signal (130 for SIGINT, 143 for SIGTERM).
 */
@Command(
    name = "spark-attention",
    description = "Transformers and batched causal attention on Apache Spark.",
    subcommands = {
      EmbedCommand.class,
      ScoreCommand.class,
      AttendCommand.class,
      ModelCommand.class,
      DevicesCommand.class,
      DemoCommand.class
    },
    synopsisSubcommandLabel = "(embed | score | attend | model | devices | demo)",
    versionProvider = Version.class,
    footer = {"", "'spark-attention COMMAND --help' tells a command's options."})
public final class SparkAttention implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Print this help.")
  @SuppressWarnings("unused") // Picocli acts on it.
  private boolean help;

  @Option(
      names = "--version",
      versionHelp = true,
      description = "Print the versions of this program, Spark and Java.")
  @SuppressWarnings("unused") // Picocli acts on it.
  private boolean version;

  private SparkAttention() {}

  /**
   * Runs a command, and ends the JVM with its exit code.
   *
   * @param args the arguments; {@code --help} explains them
   */
  public static void main(String[] args) {
    ConsoleLog.configure();
    Interruption interruption = Interruption.listen();
    int code = run(args, interruption);
    interruption.commandEnded();
    System.exit(code);
  }

  static CommandLine commands() {
    return new CommandLine(new SparkAttention())
        .setResourceBundle(new ParamSentences())
        .registerConverter(Format.class, ChoiceConverter.of(Format.class))
        .registerConverter(Mode.class, ChoiceConverter.of(Mode.class))
        .registerConverter(VectorFormat.class, ChoiceConverter.of(VectorFormat.class))
        .registerConverter(PoolingChoice.class, ChoiceConverter.of(PoolingChoice.class))
        .registerConverter(LongTexts.class, ChoiceConverter.of(LongTexts.class))
        .registerConverter(BackendPolicy.class, new ChoiceConverter<>(BackendPolicy.all()))
        .registerConverter(InvalidRows.class, ChoiceConverter.of(InvalidRows.class));
  }

  private static int run(String[] args, Interruption interruption) {
    Charset charset = Charset.defaultCharset();
    CommandLine commands =
        commands()
            .setOut(new PrintWriter(System.out, true, charset))
            .setErr(new PrintWriter(System.err, true, charset))
            .setUsageHelpAutoWidth(true)
            .setParameterExceptionHandler(Failure::wrongArguments)
            .setExecutionExceptionHandler(
                (e, command, parsed) ->
                    Failure.failedRun(e, command, parsed, interruption.happened()));
    try {
      return commands.execute(args);
    } catch (Error e) {
      // Picocli's handlers see exceptions only. An Error, too, ends in one line and exit code 1.
      return Failure.failedRun(e, commands);
    }
  }

  /** Without a command there is nothing to do but to say which ones there are. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), Failure.NO_COMMAND);
  }
}
