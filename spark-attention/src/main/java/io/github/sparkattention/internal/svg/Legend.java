package io.github.sparkattention.internal.svg;

/** Says which weight a colour stands for. */
final class Legend {
  private static final int STEP = 3;
  private static final int HEIGHT = 8;
  private static final double[] TICKS = {0, 0.1, 0.25, 0.5, 1};

  private final ColorScale scale;

  Legend(ColorScale scale) {
    this.scale = scale;
  }

  void draw(Markup svg, double left, double top) {
    double bar = left + 46;
    svg.leaf("text", "weight", "class", "axis", "x", left, "y", top + HEIGHT / 2.0);
    for (int level = 0; level < ColorScale.LEVELS; level++) {
      svg.empty(
          "path",
          "class",
          ColorScale.levelName(level),
          "d",
          "M" + Numbers.coordinate(bar + level * STEP) + " " + Numbers.coordinate(top) + "h3v8h-3");
    }
    for (double tick : TICKS) {
      double weight = tick * scale.largest();
      double x = bar + scale.position(weight) * ColorScale.LEVELS * STEP;
      svg.leaf(
          "text", Numbers.compact(weight), "class", "axis middle", "x", x, "y", top + HEIGHT + 9);
    }
  }
}
