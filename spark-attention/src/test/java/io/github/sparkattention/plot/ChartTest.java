package io.github.sparkattention.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ChartTest {
  private static final double[] SIZES = {64, 1, 8};
  private static final double[] RATES = {140_000, 21_000.5, 110_000};

  private static Chart chart() {
    return AttentionPlots.chart("Throughput").axes("rows in a batch", "tokens/s");
  }

  @Test
  void linesHaveAxesTicksLabelsAndHovers() {
    Picture picture = chart().series("Java threads", SIZES, RATES).lines();
    assertThat(picture.title()).isEqualTo("Throughput");
    Fragment lines = Fragment.of(picture);
    assertThat(lines.texts("text"))
        .containsExactly(
            "0",
            "20k",
            "40k",
            "60k",
            "80k",
            "100k",
            "120k",
            "140k",
            "tokens/s",
            "1",
            "8",
            "64",
            "rows in a batch (logarithmic)",
            "Java threads");
    assertThat(lines.texts("title")).contains("Java threads, rows in a batch 1: 21,001 tokens/s");
    assertThat(lines.texts("desc"))
        .containsExactly("tokens/s by rows in a batch. Java threads: at most 140,000, at 64.");
    assertThat(lines.elements("path"))
        .filteredOn(e -> e.getAttribute("class").equals("line"))
        .singleElement()
        .satisfies(line -> assertThat(line.getAttribute("d")).startsWith("M80 269.5L"));
  }

  @Test
  void barsStandSideBySideInAscendingOrder() {
    Fragment bars =
        Fragment.of(
            chart()
                .series("a", new double[] {2, 1}, new double[] {0, 10})
                .series("b", new double[] {1}, new double[] {5})
                .bars());
    assertThat(bars.elements("rect"))
        .extracting(bar -> bar.getAttribute("height"))
        .containsExactly("270", "0", "135");
    assertThat(bars.texts("title"))
        .contains("a, rows in a batch 1: 10 tokens/s", "b, rows in a batch 1: 5 tokens/s");
  }

  @Test
  void aSinglePointAndZerosAreDrawn() {
    Fragment one = Fragment.of(chart().series("a", new double[] {0}, new double[] {0}).lines());
    assertThat(one.texts("text")).contains("0", "1").doesNotContain("NaN");
  }

  @Test
  void whatCannotBeChartedIsRefused() {
    refused(
        () -> chart().lines(), "There must be at least one series to chart, but there is none.");
    refused(
        () -> chart().series("a", new double[2], new double[1]),
        "Series 'a' must have as many x as y, and at least one, but has 2 and 1.");
    refused(
        () -> chart().series("a", new double[] {1, 2}, new double[] {1, Double.NaN}),
        "Point 1 of series 'a' must be finite, with a y of at least 0, but is (2.0, NaN).");
    refused(
        () -> chart().series("a", new double[] {1, 1}, new double[2]),
        "Series 'a' must have each x once, but has 1.0 twice.");
    refused(
        () -> chart().series("a", SIZES, RATES).series("a", SIZES, RATES),
        "There is a series 'a' already.");
    Chart six = chart();
    for (int i = 0; i < 6; i++) {
      six = six.series("s" + i, SIZES, RATES);
    }
    Chart full = six;
    refused(
        () -> full.series("t", SIZES, RATES),
        "A chart shows at most 6 series, but 't' would be one more.");
    double[] many = new double[121];
    for (int i = 0; i < many.length; i++) {
      many[i] = i;
    }
    refused(
        () -> chart().series("a", many, many).bars(),
        "A chart shows at most 120 bars, but there are 121.");
  }

  private static void refused(Runnable action, String message) {
    assertThatIllegalArgumentException().isThrownBy(action::run).withMessage(message);
  }
}
