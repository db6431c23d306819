package io.github.sparkattention.internal.svg;

import java.util.ArrayList;
import java.util.List;

/**
 * Weights as coloured cells, a row for each query and a column for each key: one large panel, or
 * small ones for many heads, in the same colours.
 */
public final class HeatMap {
  private static final int MOST_COLUMNS = 4;
  private static final int GAP = 28;
  private static final int HEADER = 44;
  private static final int PANEL_NAME = 20;
  private static final int FOOTER = 14;

  private final SequenceWeights sequence;
  private final float[][][] panels;
  private final ColorScale scale;
  private final Grid grid;
  private final int columns;
  private final int cell;
  private final double font;
  private final double labels;

  public HeatMap(SequenceWeights sequence, float[][][] panels, int mostCells) {
    this.sequence = sequence;
    this.panels = panels;
    grid = Grid.fit(sequence, panels.length, mostCells);
    columns = Math.min(MOST_COLUMNS, (int) Math.ceil(Math.sqrt(panels.length)));
    // A panel is as wide as it needs to be, up to some width.
    cell = Math.max(2, Math.min(44, (isSingle() ? 560 : 200) / grid.side()));
    font = isSingle() ? 12 : 10;
    double widest = 0;
    double largest = 0;
    for (int i = 0; i < grid.side(); i++) {
      widest = Math.max(widest, grid.labelWidth(i));
      for (float[][] weights : panels) {
        for (int j = 0; j < grid.side(); j++) {
          largest = Math.max(largest, grid.largest(weights, i, j));
        }
      }
    }
    labels = Math.max(28, widest * font + 10);
    scale = new ColorScale(largest);
  }

  private boolean isSingle() {
    return panels.length == 1;
  }

  /** What the reader has to know about the cells. */
  public String caption() {
    String cells =
        grid.block() == 1
            ? "Rows are queries, columns the keys that they attend to."
            : String.format(
                "Rows are queries, columns the keys that they attend to; each cell shows the"
                    + " largest weight between two blocks of %d of the %d tokens.",
                grid.block(), sequence.length());
    return sequence.hasMask() ? cells + (hasDots() ? " Dots: masked." : " Blank: masked.") : cells;
  }

  public String svg(String label, String description) {
    int rows = (panels.length + columns - 1) / columns;
    double turned = labels * Math.sqrt(0.5) + 10;
    double panelHeight = (isSingle() ? 0 : PANEL_NAME) + side();
    double width = labels + columns * (side() + GAP) - GAP + (isSingle() ? 44 : 8);
    double height = HEADER + rows * (panelHeight + GAP) - GAP + turned + FOOTER;
    width = Math.max(width, 300);
    String style = "--cell:" + (cell - gap()) + "px;--round:" + (cell >= 16 ? 2 : 0) + "px";
    Markup svg = Markup.image(label, description, width, height, style);
    new Legend(scale).draw(svg, labels, 6);
    for (int panel = 0; panel < panels.length; panel++) {
      int line = panel / columns;
      double left = labels + panel % columns * (side() + GAP);
      double top = HEADER + line * (panelHeight + GAP);
      if (!isSingle()) {
        svg.leaf("text", "head " + panel, "class", "name", "x", left, "y", top + 10);
        top += PANEL_NAME;
      }
      drawMask(svg, left, top);
      drawCells(svg, panels[panel], left, top);
      if (panel % columns == 0) {
        drawRowLabels(svg, left, top);
      }
      if (panel + columns >= panels.length) {
        drawColumnLabels(svg, left, top + side());
      }
    }
    if (isSingle()) {
      svg.leaf("text", "query", "class", "axis end", "x", labels - 8, "y", (double) HEADER - 14);
      svg.leaf(
          "text", "key", "class", "axis", "x", labels + side() + 10, "y", HEADER + side() + 12.0);
    }
    return svg.close().toString();
  }

  private int side() {
    return cell * grid.side();
  }

  private boolean hasDots() {
    return cell >= 8;
  }

  private int gap() {
    return cell >= 10 ? 1 : 0;
  }

  private void drawCells(Markup svg, float[][] weights, double left, double top) {
    for (int row = 0; row < grid.side(); row++) {
      svg.open(
          "g",
          "class",
          "row",
          "transform",
          "translate("
              + Numbers.coordinate(left)
              + " "
              + Numbers.coordinate(top + row * cell)
              + ")");
      for (int column = 0; column < grid.side(); column++) {
        if (!grid.isMasked(row, column)) {
          drawCell(svg, grid.largest(weights, row, column), row, column);
        }
      }
      svg.close();
    }
  }

  private void drawCell(Markup svg, float weight, int row, int column) {
    svg.open("g", "class", scale.styleName(weight));
    svg.empty("rect", "x", column * cell);
    if (isSingle() && cell >= 36) {
      svg.leaf(
          "text",
          Numbers.shortWeight(weight),
          "x",
          column * cell + (cell - gap()) / 2.0,
          "y",
          cell / 2.0);
    }
    String most = grid.block() == 1 ? ": " : ": at most ";
    svg.leaf("title", grid.name(row) + " → " + grid.name(column) + most + Numbers.weight(weight));
    svg.close();
  }

  /** Dots in the masked cells, and a strip in each row for the mouse. */
  private void drawMask(Markup svg, double left, double top) {
    List<String> dots = new ArrayList<>();
    List<String> strips = new ArrayList<>();
    for (int row = 0; row < grid.side(); row++) {
      int end = 0;
      for (int start = 0; start < grid.side(); start = end + 1) {
        end = start;
        while (end < grid.side() && grid.isMasked(row, end)) {
          end++;
        }
        if (end > start) {
          double y = top + row * cell;
          double x = left + start * cell;
          dots.add(line(x + cell / 2.0, y + cell / 2.0, left + end * cell - cell / 2.0 + 0.2));
          strips.add(line(x, y + cell / 2.0, left + end * cell));
        }
      }
    }
    if (strips.isEmpty()) {
      return;
    }
    svg.open("g", "class", "mask");
    svg.empty("path", "class", "strip", "stroke-width", cell, "d", String.join("", strips));
    if (hasDots()) {
      svg.empty(
          "path", "class", "dots", "stroke-dasharray", "0 " + cell, "d", String.join("", dots));
    }
    svg.leaf("title", "masked: " + sequence.maskReason());
    svg.close();
  }

  private static String line(double fromX, double y, double toX) {
    return "M"
        + Numbers.coordinate(fromX)
        + " "
        + Numbers.coordinate(y)
        + "H"
        + Numbers.coordinate(toX);
  }

  private void drawRowLabels(Markup svg, double left, double top) {
    for (int row = 0; row < grid.side(); row += step(1)) {
      drawLabel(svg, row, "x", left - 8, "y", top + (row + 0.5) * cell);
    }
  }

  private void drawColumnLabels(Markup svg, double left, double bottom) {
    for (int column = 0; column < grid.side(); column += step(Math.sqrt(2))) {
      String place =
          "translate("
              + Numbers.coordinate(left + (column + 0.5) * cell)
              + " "
              + Numbers.coordinate(bottom + 10)
              + ") rotate(-45)";
      drawLabel(svg, column, "transform", place);
    }
  }

  private void drawLabel(Markup svg, int index, Object... place) {
    svg.open("g", "class", "label", "font-size", font);
    svg.leaf("text", grid.label(index), place);
    svg.leaf("title", grid.fullName(index));
    svg.close();
  }

  /** Rows or columns from one label to the next, of which each takes so many times its height. */
  private int step(double heights) {
    return (int) Math.ceil(font * 1.15 * heights / cell);
  }
}
