package io.github.sparkattention.job;

import java.io.PrintWriter;
import java.util.Locale;

/** Prints what a run will do, and what it did, as lines of a name and a value. */
final class Report {
  private final PrintWriter out;

  Report(PrintWriter out) {
    this.out = out;
  }

  void line(String name, String value) {
    out.printf("%-12s %s%n", name, value);
  }

  void gap() {
    out.println();
  }

  void throughput(long tokens, long nanos) {
    double seconds = nanos / 1e9;
    line("tokens", number(tokens));
    line("seconds", String.format(Locale.ROOT, "%.1f", seconds));
    line("tokens/s", number(Math.round(tokens / seconds)));
  }

  /** With commas, for people. */
  static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}
