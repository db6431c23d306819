package io.github.sparkattention.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class AttentionPlotsTest {
  private static final List<String> WORDS = List.of("the", "cat", "sat");
  private static final float[][] HEAD = {{1, 0, 0}, {0.25f, 0.75f, 0}, {0, 0.4f, 0.6f}};
  private static final float[][] FLAT = {{1, 0, 0}, {0.5f, 0.5f, 0}, {0.2f, 0.4f, 0.4f}};
  private static final float[][] BOTH_WAYS = {
    {0.2f, 0.5f, 0.3f}, {0.1f, 0.8f, 0.1f}, {0, 0.5f, 0.5f}
  };

  private static AttentionPlots plots(float[][]... heads) {
    return AttentionPlots.of(WORDS, heads);
  }

  @Test
  void aHeatMapNamesEveryPairAndItsWeight() {
    Fragment map = Fragment.of(plots(HEAD, FLAT).heatMap(0));
    assertThat(map.texts("title"))
        .contains("the → the: 1.000", "cat → the: 0.250", "cat → cat: 0.750", "sat → the: 0.000")
        .contains("token 1: cat", "masked: later than the query")
        .doesNotContain("the → cat: 0.000");
    assertThat(map.texts("text")).contains("the", "cat", "sat", "0.25", "query", "key", "weight");
    assertThat(map.svg().getDocumentElement().getAttribute("role")).isEqualTo("img");
    assertThat(map.svg().getDocumentElement().getAttribute("aria-label"))
        .isEqualTo("Attention weights, head 0");
    assertThat(map.texts("desc"))
        .containsExactly(
            "3 tokens. The largest weight between two of them is 0.400, of sat to cat.");
  }

  @Test
  void withoutAHeadTheMeanIsDrawn() {
    assertThat(Fragment.of(plots(HEAD, FLAT).heatMap()).texts("title"))
        .contains("cat → the: 0.375", "sat → the: 0.100");
    assertThat(Fragment.of(plots(HEAD, FLAT).titled("Layer 1").arcs()).texts("title"))
        .contains("cat → the: 0.375");
    assertThat(plots(HEAD, FLAT).titled("Layer 1").arcs().title())
        .isEqualTo("Layer 1, mean of 2 heads");
  }

  @Test
  void allHeadsStandSideBySide() {
    Fragment heads = Fragment.of(plots(HEAD, FLAT, HEAD).heads());
    assertThat(heads.texts("text")).contains("head 0", "head 1", "head 2");
    assertThat(heads.texts("title")).filteredOn("cat → the: 0.250"::equals).hasSize(2);
  }

  @Test
  void arcsGoToEarlierTokensAndDotsStay() {
    Fragment arcs = Fragment.of(plots(HEAD).arcs(0));
    assertThat(arcs.elements("circle")).hasSize(3);
    assertThat(arcs.elements("path")).hasSize(2);
    assertThat(plots(HEAD).arcs(0).html()).doesNotContain("Not drawn", "below");
    assertThat(plots(BOTH_WAYS).arcs().html())
        .contains("Above: to earlier tokens, below: to later");
  }

  @Test
  void weakArcsAreCounted() {
    float[][] weak = {{1, 0, 0}, {0.01f, 0.99f, 0}, {0.015f, 0.985f, 0}};
    assertThat(plots(weak).arcs().html()).contains("Not drawn: 2 weights of at most 0.015.");
  }

  @Test
  void attentionToLaterTokensIsNotMasked() {
    assertThat(Fragment.of(plots(BOTH_WAYS).heatMap()).texts("title"))
        .contains("the → sat: 0.300")
        .noneMatch(title -> title.startsWith("masked"));
  }

  @Test
  void keysOutsideOfTheSlidingWindowAreMasked() {
    Fragment map =
        Fragment.of(
            AttentionPlots.of(Sample.tokens(4), Sample.causal(1, 4, 2)).slidingWindow(2).heatMap());
    assertThat(map.texts("title"))
        .contains("masked: later than the query or outside of the sliding window of 2")
        .filteredOn(title -> title.contains("→"))
        .hasSize(7);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plots(FLAT).slidingWindow(2))
        .withMessage(
            "The weight of head 0, query 2, key 0 must be 0 outside of a sliding window of 2, but is"
                + " 0.2.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plots(FLAT).slidingWindow(0))
        .withMessage("The sliding window must be at least 1, but is 0.");
  }

  @Test
  void manyTokensAreShownInBlocksThatSaySo() {
    AttentionPlots plots = AttentionPlots.of(Sample.tokens(512), Sample.causal(2, 512, 512));
    assertThat(plots.heatMap(1).html())
        .containsPattern("the largest weight between two blocks of \\d+ of the 512 tokens");
    Fragment map = Fragment.of(plots.heatMap(1));
    assertThat(map.texts("title"))
        .anyMatch(title -> title.matches("tokens 0–\\d+ → tokens 0–\\d+: at most 1.000"));
    assertThat(map.texts("text")).contains("0").doesNotContain("token0", "1.00");
    assertThatIllegalArgumentException()
        .isThrownBy(plots::arcs)
        .withMessage(
            "Arcs are drawn for at most 96 tokens, but there are 512; a heat map shows them.");
  }

  @Test
  void weightsAboveOneStretchTheScale() {
    float[][] dropout = {{2, 0, 0}, {0, 2, 0}, {0.5f, 0, 1.5f}};
    assertThat(Fragment.of(plots(dropout).heatMap()).texts("text")).contains("2", "0.5", "0.2");
  }

  @Test
  void whatDoesNotFitIsRefused() {
    refused(
        List.of(),
        new float[1][0][0],
        "There must be at least one token to plot, but there is none.");
    refused(WORDS, new float[0][][], "There must be at least one head to plot, but there is none.");
    refused(
        WORDS,
        new float[][][] {HEAD, {{1}}},
        "Weights of head 1 must have 3 queries, one a token, but have 1.");
    refused(
        WORDS,
        new float[][][] {{{1, 0, 0}, {1, 0}, {1, 0, 0}}},
        "Weights of head 0, query 1 must have 3 keys, one a token, but have 2.");
    for (float wrong : new float[] {Float.NaN, -0.1f, Float.POSITIVE_INFINITY}) {
      refused(
          List.of("a"),
          new float[][][] {{{wrong}}},
          "The weight of head 0, query 0, key 0 must be finite and not negative, but is "
              + wrong
              + ".");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plots(HEAD).heatMap(1))
        .withMessage("The head must be from 0 to 0, but is 1.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AttentionPlots.of(List.of("a"), new float[65][1][1]).heads())
        .withMessage(
            "Small heat maps are drawn for at most 64 heads, but there are 65; draw one of them with"
                + " heatMap(head).");
  }

  private static void refused(List<String> tokens, float[][][] weights, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AttentionPlots.of(tokens, weights))
        .withMessage(message);
  }

  @Test
  void aRowsColumnsAreTaken() {
    Row row = row(seq("the", "cat"), seq(seq(seq(1f, 0f), seq(0.5f, 0.5f))));
    AttentionPlots plots = AttentionPlots.of(row, "words", "weights");
    assertThat(plots.numHeads()).isEqualTo(1);
    assertThat(Fragment.of(plots.heatMap()).texts("title")).contains("cat → the: 0.500");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AttentionPlots.of(row, "tokens", "weights"))
        .withMessage("Column 'tokens' is missing; the columns are words, weights.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AttentionPlots.of(row(null, null), "words", "weights"))
        .withMessage("Column 'words' must hold an array, but is null in this row.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AttentionPlots.of(row, "words", "words"))
        .withMessage("Weights of head 0 must be an array, but are String.");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                AttentionPlots.of(row(seq("a"), seq(seq(seq((Object) null)))), "words", "weights"))
        .withMessage("The weight of head 0, query 0, key 0 must be a number, but is null.");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> AttentionPlots.of(row(seq((Object) null), seq(seq(seq(1f)))), "words", "weights"))
        .withMessage("Token 0 must be text, but is null.");
  }

  private static Row row(Object words, Object weights) {
    StructType schema =
        new StructType()
            .add("words", DataTypes.createArrayType(DataTypes.StringType))
            .add("weights", DataTypes.createArrayType(DataTypes.FloatType));
    return new GenericRowWithSchema(new Object[] {words, weights}, schema);
  }

  private static scala.collection.Seq<Object> seq(Object... values) {
    return CollectionConverters.asScala(java.util.Arrays.asList(values)).toSeq();
  }

  @Test
  void theMachinesLanguageChangesNothing() {
    String html = plots(HEAD).heatMap().html();
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertThat(plots(HEAD).heatMap().html()).isEqualTo(html);
    } finally {
      Locale.setDefault(before);
    }
  }
}
