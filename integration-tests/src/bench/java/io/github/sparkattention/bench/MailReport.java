package io.github.sparkattention.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What vectors are worth, as text.
 *
 * @param facts the machine, the software and the mails
 * @param results all results, in the order of the table
 */
record MailReport(Map<String, String> facts, List<MailResult> results) {

  /** The section of docs/benchmarks.md. */
  String markdown() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("- %s: %s", name, value)));
    lines.add("");
    lines.add("| vectors | values | accuracy | F1 of spam | purity of clusters |");
    lines.add("|---|--:|--:|--:|--:|");
    for (MailResult result : results) {
      lines.add(
          String.format(
              Locale.ROOT,
              "| %s | %d | %.1f %% | %.3f | %.1f %% |",
              result.vectors(),
              result.width(),
              100 * result.accuracy(),
              result.f1(),
              100 * result.purity()));
    }
    return String.join("\n", lines) + "\n";
  }

  /** The same figures for programs. */
  String csv() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("# %s: %s", name, value)));
    lines.add("vectors,values,accuracy,f1,purity");
    for (MailResult result : results) {
      lines.add(
          String.format(
              Locale.ROOT,
              "\"%s\",%d,%.4f,%.4f,%.4f",
              result.vectors(),
              result.width(),
              result.accuracy(),
              result.f1(),
              result.purity()));
    }
    return String.join("\n", lines) + "\n";
  }
}
