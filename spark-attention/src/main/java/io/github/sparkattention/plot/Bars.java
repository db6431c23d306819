package io.github.sparkattention.plot;

import io.github.sparkattention.internal.svg.Markup;
import io.github.sparkattention.plot.Chart.Point;
import io.github.sparkattention.plot.Chart.Series;

/** Series as bars, side by side for each x. */
final class Bars implements Plot {
  private static final double MOST_WIDTH = 48;

  private final Frame frame;
  private final double group;
  private final double bar;

  Bars(Frame frame) {
    this.frame = frame;
    group = (double) Frame.WIDTH / frame.xs().size();
    bar = Math.min(MOST_WIDTH, group * 0.76 / frame.series().size());
  }

  private double center(double x) {
    return Frame.LEFT + (frame.xs().indexOf(x) + 0.5) * group;
  }

  @Override
  public String svg(String title) {
    Markup svg = frame.open(title);
    frame.drawTicks(svg, frame.xs().stream().map(this::center).toList());
    for (int i = 0; i < frame.series().size(); i++) {
      Series series = frame.series().get(i);
      double shift = (i - frame.series().size() / 2.0) * bar;
      svg.open("g", "class", "s" + i);
      for (Point point : series.points()) {
        svg.open("g", "class", "point");
        svg.empty(
            "rect",
            "class",
            "bar",
            "x",
            center(point.x()) + shift + 0.5,
            "y",
            frame.y(point.y()),
            "width",
            bar - 1,
            "height",
            frame.y(0) - frame.y(point.y()));
        svg.leaf("title", frame.title(series, point)).close();
      }
      svg.close();
    }
    return frame.close(svg, "");
  }
}
