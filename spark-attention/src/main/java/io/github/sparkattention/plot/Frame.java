package io.github.sparkattention.plot;

import io.github.sparkattention.internal.svg.Markup;
import io.github.sparkattention.internal.svg.Numbers;
import io.github.sparkattention.internal.svg.TokenText;
import io.github.sparkattention.plot.Chart.Series;
import java.util.Comparator;
import java.util.List;

/** What is around a chart's marks: axes, ticks, labels and the names of the series. */
final class Frame {
  static final int LEFT = 62;
  static final int TOP = 40;
  static final int WIDTH = 560;
  static final int HEIGHT = 270;
  private static final int RIGHT = 24;
  private static final int BOTTOM = 54;
  private static final int LEAST_SPACE = 34;

  private final List<Series> series;
  private final String xLabel;
  private final String yLabel;
  private final List<Double> xs;
  private final double step;
  private final double top;

  Frame(List<Series> series, String xLabel, String yLabel) {
    this.series = series;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
    xs =
        series.stream()
            .flatMap(one -> one.points().stream().map(Chart.Point::x))
            .distinct()
            .sorted()
            .toList();
    double largest =
        series.stream()
            .flatMap(one -> one.points().stream())
            .mapToDouble(Chart.Point::y)
            .max()
            .orElseThrow();
    step = step(largest);
    top = step * Math.max(1, Math.ceil(largest / step));
  }

  List<Series> series() {
    return series;
  }

  /** All x values, in ascending order. */
  List<Double> xs() {
    return xs;
  }

  /** The height of a value, in pixels of the picture. */
  double y(double value) {
    return TOP + HEIGHT - value / top * HEIGHT;
  }

  /** A round step, 1, 2 or 5 times a power of ten, that makes four to nine of the largest value. */
  private static double step(double largest) {
    if (largest == 0) {
      return 1;
    }
    double power = Math.pow(10, Math.floor(Math.log10(largest / 4)));
    double steps = largest / 4 / power;
    return power * (steps >= 5 ? 5 : steps >= 2 ? 2 : 1);
  }

  Markup open(String title) {
    int width = LEFT + WIDTH + RIGHT;
    int height = TOP + HEIGHT + BOTTOM;
    Markup svg = Markup.image(title, description(), width, height, "");
    for (int i = 0; i * step <= top * 1.0001; i++) {
      double y = y(i * step);
      svg.empty(
          "path",
          "class",
          i == 0 ? "base" : "grid",
          "d",
          "M" + LEFT + " " + Numbers.coordinate(y) + "h" + WIDTH);
      svg.leaf("text", Numbers.compact(i * step), "class", "axis end", "x", LEFT - 8, "y", y);
    }
    svg.leaf("text", yLabel, "class", "axis", "x", LEFT, "y", TOP - 14);
    return svg;
  }

  private String description() {
    StringBuilder text = new StringBuilder();
    text.append(String.format("%s by %s.", yLabel, xLabel));
    for (Series one : series) {
      Chart.Point best =
          one.points().stream().max(Comparator.comparingDouble(Chart.Point::y)).orElseThrow();
      text.append(
          String.format(
              " %s: at most %s, at %s.",
              one.name(), Numbers.value(best.y()), Numbers.value(best.x())));
    }
    return text.toString();
  }

  /** Names the x axis, and the series in the order in which they were given, at the right. */
  String close(Markup svg, String scale) {
    svg.leaf(
        "text",
        xLabel + scale,
        "class",
        "axis middle",
        "x",
        LEFT + WIDTH / 2.0,
        "y",
        TOP + HEIGHT + 40);
    double x = LEFT + WIDTH;
    for (int i = series.size() - 1; i >= 0; i--) {
      TokenText name = new TokenText(series.get(i).name());
      x -= name.width() * 12;
      svg.open("g", "class", "s" + i);
      svg.leaf("text", name.label(), "class", "key", "x", x, "y", TOP - 14);
      svg.empty("path", "class", "marker", "d", Marker.path(i, x - 11, TOP - 14.0));
      svg.leaf("title", name.full());
      svg.close();
      x -= 34;
    }
    return svg.close().toString();
  }

  /** Labels x values, but for those with too little space. */
  void drawTicks(Markup svg, List<Double> places) {
    double last = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < places.size(); i++) {
      if (places.get(i) - last >= LEAST_SPACE) {
        last = places.get(i);
        svg.leaf(
            "text",
            Numbers.compact(xs.get(i)),
            "class",
            "axis middle",
            "x",
            last,
            "y",
            TOP + HEIGHT + 16);
      }
    }
  }

  /** What shows under the mouse. */
  String title(Series one, Chart.Point point) {
    return String.format(
        "%s, %s %s: %s %s",
        one.name(), xLabel, Numbers.value(point.x()), Numbers.value(point.y()), yLabel);
  }
}
