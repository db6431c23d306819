package io.github.sparkattention.plot;

import io.github.sparkattention.internal.svg.Markup;
import io.github.sparkattention.internal.svg.Numbers;
import io.github.sparkattention.plot.Chart.Point;
import io.github.sparkattention.plot.Chart.Series;

/** Series as lines. */
final class Lines implements Plot {
  /** From this ratio of the largest to the smallest x on, equal steps are equal factors. */
  private static final double LOG_FROM = 16;

  private static final int INSET = 18;

  private final Frame frame;
  private final double first;
  private final double last;
  private final boolean isLog;

  Lines(Frame frame) {
    this.frame = frame;
    first = frame.xs().get(0);
    last = frame.xs().get(frame.xs().size() - 1);
    isLog = first > 0 && last / first >= LOG_FROM;
  }

  private double x(double value) {
    if (first == last) {
      return Frame.LEFT + Frame.WIDTH / 2.0;
    }
    double place =
        isLog ? Math.log(value / first) / Math.log(last / first) : (value - first) / (last - first);
    return Frame.LEFT + INSET + place * (Frame.WIDTH - 2 * INSET);
  }

  @Override
  public String svg(String title) {
    Markup svg = frame.open(title);
    frame.drawTicks(svg, frame.xs().stream().map(this::x).toList());
    for (int i = 0; i < frame.series().size(); i++) {
      Series series = frame.series().get(i);
      svg.open("g", "class", "s" + i);
      StringBuilder path = new StringBuilder();
      for (Point point : series.points()) {
        path.append(path.isEmpty() ? 'M' : 'L')
            .append(Numbers.coordinate(x(point.x())))
            .append(' ')
            .append(Numbers.coordinate(frame.y(point.y())));
      }
      svg.empty("path", "class", "line", "d", path);
      for (Point point : series.points()) {
        svg.open("g", "class", "point");
        svg.empty("path", "class", "marker", "d", Marker.path(i, x(point.x()), frame.y(point.y())));
        svg.leaf("title", frame.title(series, point)).close();
      }
      svg.close();
    }
    return frame.close(svg, isLog ? " (logarithmic)" : "");
  }
}
