package io.github.sparkattention.plot;

import io.github.sparkattention.internal.svg.ColorScale;
import io.github.sparkattention.internal.svg.Markup;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * A picture as HTML with SVG: a fragment for a notebook, or a page in a file. It loads nothing from
 * anywhere, and needs no script; where scripts run, what a mark stands for shows at once under the
 * mouse, elsewhere as the browser shows titles.
 */
public final class Picture {
  /** Zeppelin cuts an output off after 102,400 bytes unless it is told otherwise. */
  private static final int NOTEBOOK_BYTES = 100_000;

  /** Marks for which there is mostly room in a notebook. */
  private static final int NOTEBOOK_MARKS = 1000;

  /** Marks that browsers still show at once. */
  private static final int PAGE_MARKS = 12_000;

  private static final String STYLE = resource("picture.css");
  private static final String SCRIPT = resource("picture.js");

  /**
   * The class that all rules of the style sheet are bound to. It changes with them, since pictures
   * of two releases may meet in one notebook.
   */
  private static final String SCOPE =
      "attention-" + Integer.toHexString(Objects.hash(STYLE, SCRIPT));

  /** Draws with up to so many marks. */
  interface Drawing {
    /** What is drawn, and what the reader has to know about it. */
    record Drawn(String caption, String svg) {}

    Drawn draw(int mostMarks);
  }

  private final String title;
  private final Drawing drawing;

  Picture(String title, Drawing drawing) {
    this.title = title;
    this.drawing = drawing;
  }

  /**
   * The picture's title.
   *
   * @return the text
   */
  public String title() {
    return title;
  }

  /**
   * The picture as a fragment of HTML, at most about 100 kB. In Zeppelin, {@code println("%html " +
   * picture.html())} shows it. It brings its own light paper and touches nothing else on its page.
   *
   * @return the fragment
   */
  public String html() {
    int marks = NOTEBOOK_MARKS;
    String html = figure(marks);
    while (marks > 1 && html.getBytes(StandardCharsets.UTF_8).length > NOTEBOOK_BYTES) {
      marks = marks * 3 / 4;
      html = figure(marks);
    }
    return html;
  }

  /**
   * Writes the picture as a page of its own, in more detail than {@link #html()} where there is
   * more. A file that is there already is replaced, at once and as a whole.
   *
   * @param file the file, such as {@code attention.html}
   * @throws IOException if it can't be written
   */
  public void writeTo(Path file) throws IOException {
    writePage(file, title, List.of(this));
  }

  /**
   * Writes several pictures as one page, one below the other.
   *
   * @param file the file, such as {@code attention.html}; one that is there already is replaced, at
   *     once and as a whole
   * @param title the page's title
   * @param pictures the pictures
   * @throws IOException if it can't be written
   */
  public static void writePage(Path file, String title, List<Picture> pictures) throws IOException {
    StringBuilder page = new StringBuilder();
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        // Whatever a token says, nothing is loaded.
        .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';")
        .append(" style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append(new Markup().leaf("title", title))
        .append("\n<style>\n")
        .append(scoped(resource("page.css")))
        .append("@media screen and (prefers-color-scheme: dark) {\n")
        .append(ColorScale.styles("body ." + SCOPE, true))
        .append("}\n</style>\n</head>\n<body>\n");
    for (Picture picture : pictures) {
      page.append(picture.figure(PAGE_MARKS));
    }
    page.append("</body>\n</html>\n");

    Path whole = file.resolveSibling("." + UUID.randomUUID() + ".html");
    try {
      Files.writeString(whole, page);
      Files.move(whole, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(whole);
    }
  }

  private String figure(int mostMarks) {
    Drawing.Drawn drawn = drawing.draw(mostMarks);
    Markup caption = new Markup().open("figcaption").leaf("strong", title);
    caption.text(drawn.caption()).close();
    return "<figure class=\""
        + SCOPE
        + "\">\n<style>\n"
        + scoped(STYLE)
        + ColorScale.styles("." + SCOPE, false)
        + "</style>\n"
        + caption
        + "\n"
        + drawn.svg()
        + "\n</figure>\n<script>\n"
        + scoped(SCRIPT)
        + "</script>\n";
  }

  private static String scoped(String text) {
    return text.replace("SCOPE", SCOPE);
  }

  private static String resource(String name) {
    try (InputStream in = Picture.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The title; not the HTML, which no log and no prompt should show. */
  @Override
  public String toString() {
    return "Picture[" + title + "]";
  }
}
