package io.github.sparkattention.internal.runs;

import io.github.sparkattention.internal.options.SparkOptions;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Tells what went wrong in one line on stderr; {@code --verbose} adds the stack trace. */
public final class Failure {
  /** The message of a call without a command, which gets the whole help instead of one line. */
  public static final String NO_COMMAND = "a command is missing";

  /** Whatever exception the end of its jobs has caused, the signal is why a run failed. */
  private static final String INTERRUPTED = "interrupted by a signal before it was done";

  private static final Set<Class<?>> SPEAKING =
      Set.of(
          IllegalArgumentException.class, IllegalStateException.class, UncheckedIOException.class);

  private Failure() {}

  public static int wrongArguments(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    if (e.getMessage().equals(NO_COMMAND)) {
      command.usage(err);
      return CommandLine.ExitCode.USAGE;
    }
    String name = command.getCommandSpec().qualifiedName();
    String message = oneLine(e.getMessage()).replaceFirst("^Error: ", "");
    err.printf("%s: %s (see '%s --help')%n", name, message, name);
    if (Arrays.asList(args).contains(SparkOptions.VERBOSE)) {
      e.printStackTrace(err);
    }
    return CommandLine.ExitCode.USAGE;
  }

  public static int failedRun(
      Exception e, CommandLine command, ParseResult parsed, boolean interrupted) {
    String message = interrupted ? INTERRUPTED : message(e);
    return report(e, message, command, parsed.expandedArgs().contains(SparkOptions.VERBOSE));
  }

  public static int failedRun(Error e, CommandLine command) {
    return report(e, message(e), command, true);
  }

  private static int report(Throwable e, String message, CommandLine command, boolean verbose) {
    PrintWriter err = command.getErr();
    String prefix = command.getCommandSpec().qualifiedName() + ": ";
    // A stage's messages start with its uid, which is the command's name.
    err.println(message.startsWith(prefix) ? message : prefix + message);
    if (verbose) {
      e.printStackTrace(err);
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** The message of the first exception of the chain that says something of its own. */
  static String message(Throwable thrown) {
    Throwable e = thrown;
    while (e.getCause() != null && isWrapper(e)) {
      e = e.getCause();
    }
    String message = e.getMessage() == null ? "" : oneLine(e.getMessage());
    if (message.isEmpty()) {
      return e.getClass().getName();
    }
    boolean speaks =
        SPEAKING.contains(e.getClass())
            || e instanceof SparkThrowable
            || e.getClass().getName().startsWith("io.github.sparkattention.");
    return speaks ? message : e.getClass().getSimpleName() + ": " + message + origin(e);
  }

  /** What others throw may only say what could not be done, and not why. */
  private static String origin(Throwable thrown) {
    Throwable e = thrown;
    while (e.getCause() != null) {
      e = e.getCause();
    }
    return e == thrown ? "" : " (" + oneLine(e.toString()) + ")";
  }

  /** Spark tells which task of which stage has failed; why it has is told by the cause. */
  private static boolean isWrapper(Throwable e) {
    return e instanceof SparkException
        || e instanceof ExecutionException
        || e.getMessage() == null
        || e.getMessage().equals(e.getCause().toString());
  }

  private static String oneLine(String message) {
    String first = message.strip().lines().findFirst().orElse("");
    return first.replaceFirst(" SQLSTATE: \\w+$", "").strip();
  }
}
