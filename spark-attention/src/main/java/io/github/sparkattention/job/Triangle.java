package io.github.sparkattention.job;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** Prints a sentence's attention weights: a row for each token, a column for each one it sees. */
final class Triangle {
  /** Most tokens that fit into 100 columns. */
  static final int MOST_TOKENS = 10;

  private static final int LABEL = 12;
  private static final int CELL = 8;

  private final List<String> tokens;
  private final double[][] weights;

  /** Takes the weights as [query][key]; of a long sentence only the beginning is printed. */
  Triangle(List<String> tokens, double[][] weights) {
    this.tokens = tokens.subList(0, Math.min(tokens.size(), MOST_TOKENS));
    this.weights = weights;
  }

  void print(PrintWriter out) {
    out.printf("Attention weights of one sentence, the mean of %d heads:%n", DemoPipeline.HEADS);
    out.printf("%" + LABEL + "s", "");
    tokens.forEach(token -> out.printf("%" + CELL + "s", cut(token, CELL - 1)));
    out.println();
    for (int query = 0; query < tokens.size(); query++) {
      out.printf("%-" + LABEL + "s", cut(tokens.get(query), LABEL - 1));
      for (int key = 0; key <= query; key++) {
        out.printf(Locale.ROOT, "%" + CELL + ".3f", weights[query][key]);
      }
      out.println();
    }
  }

  private static String cut(String token, int width) {
    return token.length() <= width ? token : token.substring(0, width - 1) + "~";
  }
}
