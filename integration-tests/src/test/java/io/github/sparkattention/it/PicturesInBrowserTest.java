package io.github.sparkattention.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.plot.AttentionPlots;
import io.github.sparkattention.plot.Picture;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The pictures as people see them. They are kept in target/pictures; {@code
 * -Dsparkattention.pictures=FOLDER} makes those of the documentation anew there, from the demo as
 * users start it.
 */
class PicturesInBrowserTest {
  private static final String HOSTILE =
      "<img src=x onerror=\"window.ran=1\"><script>window.ran=1</script>";
  private static final List<String> WORDS =
      List.of("the", HOSTILE, "שלום", "line\nbreak", "an-extraordinarily-long-token", "👩‍👧", "");

  /** The demo's pictures in their order: of a trained layer, and of one that a seed has drawn. */
  private static final String[] PICTURES = {
    "heat-map", "heads", "drawn-heat-map", "drawn-heads", "arcs"
  };

  /** Those that pages show. */
  private static final Set<String> DOCUMENTED = Set.of("heat-map", "heads", "arcs");

  private static final int MOST_BYTES = 100_000;

  @TempDir private static Path profile;
  private static Browser browser;
  private static AttentionPlots plots;

  @TempDir private Path folder;
  private Path page;

  @BeforeAll
  static void open() throws IOException {
    browser = Browser.open(profile);
    Row row =
        new CausalAttention()
            .setDIn(8)
            .setDOut(8)
            .setNumHeads(4)
            .setSeed(123)
            .setAttentionWeightsCol("weights")
            .transform(LocalSpark.rows(8, WORDS.size()))
            .select("weights")
            .first();
    plots = AttentionPlots.of(CollectionConverters.asScala(WORDS), row.getSeq(0));
  }

  @AfterAll
  static void close() {
    if (browser != null) {
      browser.close();
    }
  }

  @BeforeEach
  void show() throws Exception {
    browser.emulate(1200, 900, false);
    page = folder.resolve("page.html");
    Picture.writePage(page, "Pictures", List.of(plots.heatMap(0), plots.heads(), plots.arcs()));
    browser.show(page);
  }

  @AfterEach
  void nothingElseIsLoadedAndNothingFails() {
    assertThat(browser.errors()).isEmpty();
    assertThat(browser.requests()).containsExactly(page.toUri().toString());
    assertThat(browser.evaluate("window.ran === undefined").asBoolean()).isTrue();
  }

  @Test
  void labelsAreThereAsTextAndNotClipped() {
    assertThat(texts("figure:first-of-type .label text"))
        .containsSequence(
            "the", "<img src=x on…", "שלום", "line␊break", "an-extraordin…", "👩‍👧", "∅");
    assertThat(texts("figure:nth-of-type(2) .name"))
        .containsExactly("head 0", "head 1", "head 2", "head 3");
    // The names of what sticks out of its figure.
    assertThat(
            browser.evaluate(
                "[...document.querySelectorAll('figure')].flatMap(figure => {"
                    + " const outer = figure.getBoundingClientRect();"
                    + " return [...figure.querySelectorAll('text')].filter(text => {"
                    + "  const box = text.getBoundingClientRect();"
                    + "  return box.left < outer.left || box.right > outer.right"
                    + "   || box.top < outer.top || box.bottom > outer.bottom;"
                    + " }).map(text => text.textContent) })"))
        .isEmpty();
  }

  @Test
  void theMouseShowsAPairAndItsWeight() {
    String cell = mark("figure:first-of-type", "שלום\u2069 → the: ");
    String weight = cell.substring(cell.lastIndexOf(' ') + 1);
    assertThat(weight).matches("0\\.\\d{3}");
    hover("figure:first-of-type", cell);
    assertThat(tip()).isEqualTo("\u2068שלום\u2069 → the: " + weight);

    hover("figure:nth-of-type(3)", mark("figure:nth-of-type(3)", "token 4: "));
    assertThat(tip()).isEqualTo("token 4: an-extraordinarily-long-token");

    hover("figure:first-of-type", mark("figure:first-of-type", "masked"));
    assertThat(tip()).isEqualTo("masked: later than the query");

    browser.moveTo(1, 1);
    assertThat(browser.evaluate("document.querySelectorAll('.tip:not([hidden])').length").asInt())
        .isZero();
    // The browser's own tooltip needs its title back.
    assertThat(mark("figure:first-of-type", "שלום\u2069 → the: ")).isEqualTo(cell);
  }

  @Test
  void anArcStandsOutAmongOthers() {
    hover("figure:nth-of-type(3)", mark("figure:nth-of-type(3)", "token 5: "));
    String opacity = "getComputedStyle(document.querySelectorAll('.query')[%d].firstChild).opacity";
    assertThat(browser.evaluate(String.format(opacity, 5)).asDouble()).isEqualTo(1);
    assertThat(browser.evaluate(String.format(opacity, 4)).asDouble()).isLessThan(0.2);
  }

  @Test
  void withoutScriptsTheTitlesAreThere() throws Exception {
    browser.runScripts(false);
    try {
      browser.show(page);
      assertThat(browser.evaluate("document.querySelectorAll('.tip').length").asInt()).isZero();
      assertThat(mark("figure:first-of-type", "the → the: ")).isEqualTo("the → the: 1.000");
    } finally {
      browser.runScripts(true);
    }
  }

  @Test
  void fragmentsLeaveTheirPageAndEachOtherAlone() throws Exception {
    String other =
        AttentionPlots.chart("Throughput")
            .axes("rows in a batch", "tokens/s")
            .series("Java threads", new double[] {1, 2, 4}, new double[] {10, 20, 30})
            .bars()
            .html();
    Files.writeString(
        page,
        "<!DOCTYPE html><meta charset=utf-8><style>svg{width:9px}text{font-size:40px}</style>"
            + "<body style='color:rgb(1,2,3);direction:rtl'><p class=label>Host</p>"
            + plots.heatMap(0).html()
            + other
            + plots.heatMap(0).html());
    browser.show(page);
    assertThat(browser.evaluate("getComputedStyle(document.querySelector('p')).color").asText())
        .isEqualTo("rgb(1, 2, 3)");
    for (String figure : List.of("figure:nth-of-type(1)", "figure:nth-of-type(3)")) {
      hover(figure, mark(figure, "the → the: "));
      assertThat(tip()).isEqualTo("the → the: 1.000");
    }
    hover("figure:nth-of-type(2)", mark("figure:nth-of-type(2)", "Java threads, "));
    assertThat(tip()).isEqualTo("Java threads, rows in a batch 1: 10 tokens/s");
    assertThat(
            browser.evaluate("document.querySelector('svg').getBoundingClientRect().width").asInt())
        .isGreaterThan(300);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void inkIsReadableOnLightAndOnDarkPaper(boolean dark) throws Exception {
    browser.emulate(1200, 900, dark);
    browser.show(page);
    String style = "getComputedStyle(document.querySelector('%s')).%s";
    String paper = browser.evaluate(String.format(style, "figure", "backgroundColor")).asText();
    String ink = browser.evaluate(String.format(style, ".label text", "fill")).asText();
    assertThat(red(paper) < 60).isEqualTo(dark);
    assertThat(Math.abs(red(paper) - red(ink))).isGreaterThan(150);
    keep(dark ? "dark" : "light", browser.picture("document.querySelector('figure')"));
  }

  private static int red(String color) {
    return Integer.parseInt(color.replaceFirst("^rgba?\\((\\d+),.*", "$1"));
  }

  @Test
  void theDemosPicturesAreDrawn() throws Exception {
    String documentation = System.getProperty("sparkattention.pictures");
    DemoRun demo = documentation == null ? DemoRun.shared() : DemoRun.run();
    page = demo.folder().resolve("attention.html");
    browser.show(page);
    assertThat(browser.evaluate("document.querySelectorAll('figure').length").asInt())
        .isEqualTo(PICTURES.length);
    for (int i = 0; i < PICTURES.length; i++) {
      byte[] png = browser.picture("document.querySelectorAll('figure')[" + i + "]");
      keep(PICTURES[i], png);
      if (documentation != null && DOCUMENTED.contains(PICTURES[i])) {
        Files.write(Path.of(documentation, "attention-" + PICTURES[i] + ".png"), png);
      }
    }
  }

  /** Keeps a picture for people, if it is one. */
  private static void keep(String name, byte[] png) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(image.getWidth()).isBetween(300, 1200);
    assertThat(image.getHeight()).isBetween(200, 1200);
    assertThat(png.length).isLessThan(MOST_BYTES);
    int[] pixels =
        image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    assertThat(Arrays.stream(pixels).distinct().count()).isGreaterThan(50);
    Path target = Files.createDirectories(Path.of("target", "pictures"));
    Files.write(target.resolve(name + ".png"), png);
  }

  private static List<String> texts(String selector) {
    JsonNode values =
        browser.evaluate(
            "[...document.querySelectorAll('" + selector + "')].map(e => e.textContent)");
    List<String> texts = new ArrayList<>();
    values.forEach(value -> texts.add(value.asText()));
    return texts;
  }

  /** The first title in a figure that contains a text. */
  private static String mark(String figure, String part) {
    return texts(figure + " title").stream()
        .filter(title -> title.contains(part))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no title with '" + part + "' in " + figure));
  }

  /** Moves the mouse to the middle of what has this title. */
  private static void hover(String figure, String title) {
    JsonNode point =
        browser.evaluate(
            "(title => {"
                + " const mark = [...document.querySelectorAll('"
                + figure
                + " title')].find(e => e.textContent === title).parentNode.firstChild;"
                + " mark.scrollIntoView({block: 'center'});"
                // The middle of a path may be far from it.
                + " if (mark.tagName === 'path') {"
                + "  const at = mark.getPointAtLength(3).matrixTransform(mark.getScreenCTM());"
                + "  return [at.x, at.y];"
                + " }"
                + " const box = mark.getBoundingClientRect();"
                + " return [box.left + box.width / 2, box.top + box.height / 2];"
                + "})("
                + TextNode.valueOf(title)
                + ")");
    browser.moveTo(point.get(0).asDouble(), point.get(1).asDouble());
  }

  private static String tip() {
    assertThat(texts(".tip:not([hidden])")).hasSize(1);
    return texts(".tip:not([hidden])").get(0);
  }
}
