package io.github.sparkattention.internal.svg;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A sentence with an arc from each token to each token that it attends to, the wider the more:
 * above the sentence to earlier tokens, below it to later ones, and a dot for the token itself.
 */
public final class Arcs {
  private static final double LEAST_WEIGHT = 0.02;
  private static final int WIDTH = 960;
  private static final double LEAST_WIDTH = 600;
  private static final int HEIGHT = 230;
  private static final double FONT = 13;
  private static final double MARGIN = 16;

  /** One arc, or a token's dot. */
  private record Arc(int query, int key, double weight) {}

  private final SequenceWeights sequence;
  private final float[][] weights;
  private final List<Arc> drawn = new ArrayList<>();
  private final double[] places;
  private final boolean isTurned;
  private final double width;
  private final double labelHeight;
  private int left;
  private double strongestLeft;

  public Arcs(SequenceWeights sequence, float[][] weights, int mostArcs) {
    this.sequence = sequence;
    this.weights = weights;
    choose(mostArcs);

    places = new double[sequence.length()];
    double x = MARGIN;
    double widest = 0;
    for (int token = 0; token < places.length; token++) {
      double label = Math.max(26, sequence.token(token).width() * FONT + 14);
      places[token] = x + label / 2;
      x += label;
      widest = Math.max(widest, label);
    }
    isTurned = x + MARGIN > WIDTH;
    if (isTurned) {
      double first = MARGIN + widest * Math.sqrt(0.5);
      for (int token = 0; token < places.length; token++) {
        places[token] = first + token * Math.max(14, (WIDTH - first - MARGIN) / places.length);
      }
      x = places[places.length - 1] + MARGIN;
    } else if (x < LEAST_WIDTH) {
      // A few words would stand close together in the middle of nowhere.
      double more = (LEAST_WIDTH - x) / places.length;
      for (int token = 0; token < places.length; token++) {
        places[token] += (token + 0.5) * more;
      }
      x = LEAST_WIDTH;
    }
    width = x + MARGIN;
    labelHeight = isTurned ? widest * Math.sqrt(0.5) + 16 : 30;
  }

  private void choose(int mostArcs) {
    List<Arc> arcs = new ArrayList<>();
    for (int query = 0; query < sequence.length(); query++) {
      for (int key = 0; key < sequence.length(); key++) {
        if (weights[query][key] > 0) {
          arcs.add(new Arc(query, key, weights[query][key]));
        }
      }
    }
    arcs.sort(Comparator.comparingDouble(Arc::weight).reversed());
    for (Arc arc : arcs) {
      if (arc.weight >= LEAST_WEIGHT && drawn.size() < mostArcs) {
        drawn.add(arc);
      } else {
        left++;
        strongestLeft = Math.max(strongestLeft, arc.weight);
      }
    }
  }

  public String caption() {
    String caption =
        "Each token's arcs end at the tokens that it attends to, the wider the more; its dot is its"
            + " attention to itself.";
    if (!sequence.isCausal()) {
      caption += " Above: to earlier tokens, below: to later ones.";
    }
    return left == 0
        ? caption
        : caption
            + String.format(
                " Not drawn: %d weights of at most %s.", left, Numbers.weight(strongestLeft));
  }

  public String svg(String label, String description) {
    double above = reach(true);
    double below = reach(false);
    double baseline = above + 14;
    double height = baseline + labelHeight + below + (below > 0 ? 14 : 4);
    Markup svg = Markup.image(label, description, width, height, "");
    for (int query = 0; query < sequence.length(); query++) {
      svg.open("g", "class", "query");
      for (Arc arc : drawn) {
        if (arc.query == query) {
          draw(svg, arc, baseline);
        }
      }
      drawToken(svg, query, baseline);
      svg.close();
    }
    return svg.close().toString();
  }

  /** How high the highest arc is, above or below. */
  private double reach(boolean isAbove) {
    return drawn.stream()
        .filter(arc -> arc.key != arc.query && arc.key < arc.query == isAbove)
        .mapToDouble(this::height)
        .max()
        .orElse(0);
  }

  private double height(Arc arc) {
    return Math.min(HEIGHT, Math.abs(places[arc.query] - places[arc.key]) / 2);
  }

  private void draw(Markup svg, Arc arc, double baseline) {
    double strength = Math.min(1, arc.weight);
    svg.open("g", "class", "arc");
    if (arc.query == arc.key) {
      svg.empty(
          "circle",
          "cx",
          places[arc.query],
          "cy",
          baseline,
          "r",
          2 + 5 * Math.sqrt(strength),
          "opacity",
          opacity(strength));
    } else {
      double y = arc.key < arc.query ? baseline : baseline + labelHeight;
      double radius = Math.abs(places[arc.query] - places[arc.key]) / 2;
      String path =
          String.join(
              " ",
              "M" + Numbers.coordinate(places[arc.query]),
              Numbers.coordinate(y),
              "A" + Numbers.coordinate(radius),
              Numbers.coordinate(height(arc)),
              "0 0 0",
              Numbers.coordinate(places[arc.key]),
              Numbers.coordinate(y));
      svg.empty("path", "d", path, "stroke-width", 1 + 9 * strength, "opacity", opacity(strength));
    }
    svg.leaf(
        "title",
        sequence.token(arc.query).isolated()
            + " → "
            + sequence.token(arc.key).isolated()
            + ": "
            + Numbers.weight(arc.weight));
    svg.close();
  }

  private static String opacity(double strength) {
    return String.valueOf(Math.round(20 + 75 * strength) / 100.0);
  }

  private void drawToken(Markup svg, int token, double baseline) {
    double y = baseline + (isTurned ? 14 : 22);
    svg.open("g", "class", "label", "font-size", FONT);
    if (isTurned) {
      svg.leaf(
          "text",
          sequence.token(token).label(),
          "transform",
          "translate("
              + Numbers.coordinate(places[token])
              + " "
              + Numbers.coordinate(y)
              + ") rotate(-45)");
    } else {
      svg.leaf(
          "text", sequence.token(token).label(), "class", "middle", "x", places[token], "y", y);
    }
    svg.leaf("title", "token " + token + ": " + sequence.token(token).full());
    svg.close();
  }
}
