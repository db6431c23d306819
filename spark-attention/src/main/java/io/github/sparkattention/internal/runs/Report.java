package io.github.sparkattention.internal.runs;

import java.io.PrintWriter;
import java.util.Locale;

/** Prints what a run will do, and what it did, as lines of a name and a value. */
public final class Report {
  private final PrintWriter out;

  public Report(PrintWriter out) {
    this.out = out;
  }

  public void line(String name, String value) {
    out.printf("%-12s %s%n", name, value);
  }

  public void gap() {
    out.println();
  }

  public void throughput(long tokens, long nanos) {
    double seconds = nanos / 1e9;
    line("tokens", number(tokens));
    line("seconds", String.format(Locale.ROOT, "%.1f", seconds));
    line("tokens/s", number(Math.round(tokens / seconds)));
  }

  /** With commas, for people. */
  public static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
