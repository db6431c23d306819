package io.github.sparkattention.plot;

import java.util.ArrayList;
import java.util.List;

/**
 * Measurements as named series over common x values, such as tokens per second by batch size:
 *
 * <pre>{@code
 * AttentionPlots.chart("Throughput by batch size")
 *     .axes("rows in a batch", "tokens/s")
 *     .series("Java threads", batchSizes, tokensPerSecond)
 *     .lines()
 * }</pre>
 *
 * <p>Immutable: each method returns another chart.
 */
public final class Chart {
  private static final int MOST_SERIES = 6;
  private static final int MOST_BARS = 120;

  /** One series, in ascending order of x. */
  record Series(String name, List<Point> points) {}

  /** One measurement. */
  record Point(double x, double y) implements Comparable<Point> {
    @Override
    public int compareTo(Point other) {
      return Double.compare(x, other.x);
    }
  }

  private final String title;
  private final String xLabel;
  private final String yLabel;
  private final List<Series> series;

  Chart(String title) {
    this(title, "", "", List.of());
  }

  private Chart(String title, String xLabel, String yLabel, List<Series> series) {
    this.title = title;
    this.xLabel = xLabel;
    this.yLabel = yLabel;
    this.series = series;
  }

  /**
   * Says what the axes show.
   *
   * @param newXLabel what x is, such as "rows in a batch"
   * @param newYLabel what y is, such as "tokens/s"
   * @return the chart with these labels
   */
  public Chart axes(String newXLabel, String newYLabel) {
    return new Chart(title, newXLabel, newYLabel, series);
  }

  /**
   * Adds a series.
   *
   * @param name its name, which no other series has
   * @param x the x values, in any order, each once
   * @param y the measured values, one for each x, not negative
   * @return the chart with this series, too
   * @throws IllegalArgumentException if there are six series already, if the name is taken, if the
   *     arrays differ in length or are empty, if a value isn't finite or is negative, or if an x
   *     comes twice
   */
  public Chart series(String name, double[] x, double[] y) {
    check(
        series.size() < MOST_SERIES,
        "A chart shows at most %d series, but '%s' would be one more.",
        MOST_SERIES,
        name);
    check(
        series.stream().noneMatch(other -> other.name.equals(name)),
        "There is a series '%s' already.",
        name);
    check(
        x.length == y.length && x.length > 0,
        "Series '%s' must have as many x as y, and at least one, but has %d and %d.",
        name,
        x.length,
        y.length);
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      check(
          Double.isFinite(x[i]) && Double.isFinite(y[i]) && y[i] >= 0,
          "Point %d of series '%s' must be finite, with a y of at least 0, but is (%s, %s).",
          i,
          name,
          x[i],
          y[i]);
      points.add(new Point(x[i], y[i]));
    }
    points.sort(null);
    for (int i = 1; i < points.size(); i++) {
      check(
          points.get(i - 1).x < points.get(i).x,
          "Series '%s' must have each x once, but has %s twice.",
          name,
          points.get(i).x);
    }
    List<Series> more = new ArrayList<>(series);
    more.add(new Series(name, List.copyOf(points)));
    return new Chart(title, xLabel, yLabel, List.copyOf(more));
  }

  /**
   * Draws lines with a marker at each measurement. Where the largest x is 16 times the smallest or
   * more, x is drawn by its logarithm, and the axis says so.
   *
   * @return the picture
   * @throws IllegalArgumentException if there is no series
   */
  public Picture lines() {
    return picture(new Lines(frame()));
  }

  /**
   * Draws bars, a group for each x.
   *
   * @return the picture
   * @throws IllegalArgumentException if there is no series, or if there are more than 120 bars
   */
  public Picture bars() {
    Frame frame = frame();
    long bars = (long) frame.xs().size() * series.size();
    check(bars <= MOST_BARS, "A chart shows at most %d bars, but there are %d.", MOST_BARS, bars);
    return picture(new Bars(frame));
  }

  private Frame frame() {
    check(!series.isEmpty(), "There must be at least one series to chart, but there is none.");
    return new Frame(series, xLabel, yLabel);
  }

  private Picture picture(Plot plot) {
    return new Picture(title, most -> new Picture.Drawing.Drawn("", plot.svg(title)));
  }

  private static void check(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(message, values));
    }
  }
}
