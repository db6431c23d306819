package io.github.sparkattention.internal.svg;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes elements, with all text and attributes escaped. What it writes is well-formed XML and, the
 * same, HTML; it begins no line with text, since Zeppelin takes a '%' there for a command.
 */
public final class Markup {
  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /** Begins an SVG image of a width and height in pixels, with further declarations of style. */
  public static Markup image(
      String label, String description, double width, double height, String style) {
    String pixels = Numbers.coordinate(width);
    return new Markup()
        .open(
            "svg",
            "xmlns",
            "http://www.w3.org/2000/svg",
            "role",
            "img",
            "aria-label",
            label,
            "viewBox",
            "0 0 " + pixels + " " + Numbers.coordinate(height),
            "width",
            width,
            "height",
            height,
            // Any rule of the page around would win over the attribute.
            "style",
            "width:" + pixels + "px;" + style)
        .leaf("desc", description);
  }

  /** Begins an element; attributes are names and values, in turn. */
  public Markup open(String tag, Object... attributes) {
    start(tag, attributes).append('>');
    open.push(tag);
    return this;
  }

  public Markup close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** An element without content. */
  public Markup empty(String tag, Object... attributes) {
    start(tag, attributes).append("/>");
    return this;
  }

  /** An element that holds text alone. */
  public Markup leaf(String tag, String text, Object... attributes) {
    return open(tag, attributes).text(text).close();
  }

  public Markup text(String text) {
    escape(text);
    return this;
  }

  private StringBuilder start(String tag, Object... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]).append("=\"");
      Object value = attributes[i + 1];
      escape(value instanceof Double number ? Numbers.coordinate(number) : value.toString());
      out.append('"');
    }
    return out;
  }

  private void escape(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        default -> out.append(c);
      }
    }
  }

  /** All that was written; everything that was opened must be closed. */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not closed: " + open);
    }
    return out.toString();
  }
}
