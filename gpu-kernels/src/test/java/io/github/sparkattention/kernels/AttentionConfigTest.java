package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class AttentionConfigTest {

  @Test
  void theChapterSettingsAreTheDefaults() {
    AttentionConfig config = AttentionConfig.builder(3, 2).build();
    assertThat(config)
        .isEqualTo(
            new AttentionConfig(
                3, 2, 1, 1, 0, true, false, false, (float) (1 / Math.sqrt(2)), 0, 0, 0));
  }

  @Test
  void headsShareTheWidthAndQueryHeadsShareKeyHeads() {
    AttentionConfig config = AttentionConfig.builder(8, 24).numHeads(6).numKvHeads(2).build();
    assertThat(config.headDim()).isEqualTo(4);
    assertThat(config.dOut()).isEqualTo(24);
    assertThat(config.kvWidth()).isEqualTo(8);
    assertThat(config.heads().kvHead(2)).isZero();
    assertThat(config.heads().kvHead(3)).isEqualTo(1);
  }

  @Test
  void theMaskShowsAContiguousRangeOfKeys() {
    Heads causal = AttentionConfig.builder(1, 1).slidingWindow(3).build().heads();
    assertThat(causal.firstKey(1)).isZero();
    assertThat(causal.firstKey(7)).isEqualTo(5);
    assertThat(causal.endKey(7, 20)).isEqualTo(8);
    Heads both = AttentionConfig.builder(1, 1).causal(false).slidingWindow(3).build().heads();
    assertThat(both.firstKey(7)).isEqualTo(5);
    assertThat(both.endKey(7, 20)).isEqualTo(10);
    assertThat(both.endKey(19, 20)).isEqualTo(20);
    Heads vast =
        AttentionConfig.builder(1, 1)
            .causal(false)
            .slidingWindow(Integer.MAX_VALUE)
            .build()
            .heads();
    assertThat(vast.firstKey(7)).isZero();
    assertThat(vast.endKey(7, 20)).isEqualTo(20);
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        refusal(b -> b.numHeads(0), "numHeads must be at least 1, but is 0"),
        refusal(b -> b.numHeads(5), "numHeads must divide dOut, but dOut is 6 and numHeads is 5"),
        refusal(
            b -> b.numHeads(3).numKvHeads(2),
            "numKvHeads must divide numHeads, but numHeads is 3 and numKvHeads is 2"),
        refusal(b -> b.contextLength(-1), "contextLength must be at least 0, but is -1"),
        refusal(b -> b.slidingWindow(-2), "slidingWindow must be at least 0, but is -2"),
        refusal(b -> b.scale(-1), "scale must be 0 or from 1e-18 to 1e18, but is -1.0"),
        refusal(b -> b.scale(Float.NaN), "scale must be 0 or from 1e-18 to 1e18, but is NaN"),
        refusal(b -> b.scale(3e38f), "scale must be 0 or from 1e-18 to 1e18, but is "),
        refusal(b -> b.softcap(3e38f), "softcap must be 0 or from 1e-18 to 1e18, but is "),
        refusal(b -> b.softcap(1e-36f), "softcap must be 0 or from 1e-18 to 1e18, but is "),
        refusal(
            b -> b.softcap(Float.POSITIVE_INFINITY),
            "softcap must be 0 or from 1e-18 to 1e18, but is Infinity"),
        refusal(b -> b.dropout(1), "dropout must be in [0, 1), but is 1.0"));
  }

  private static Arguments refusal(UnaryOperator<AttentionConfig.Builder> change, String message) {
    return Arguments.of(change, message);
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void namesTheSettingThatIsOff(UnaryOperator<AttentionConfig.Builder> change, String message) {
    AttentionConfig.Builder builder = change.apply(AttentionConfig.builder(4, 6));
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @CsvSource({"1e-18, 0", "1e18, 0", "1e-18, 1e-18", "1e-18, 1e18", "1e18, 1e-18", "1e18, 1e18"})
  void anyScaleWithAnySoftCapIsANormalFloatInBaseTwo(double scale, double softcap) {
    Heads.requireFactorOr0("scale", scale);
    Heads.requireFactorOr0("softcap", softcap);
    AttentionConfig config =
        AttentionConfig.builder(1, 1).scale((float) scale).softcap((float) softcap).build();

    assertThat(config.heads().queryScale()).isBetween(Float.MIN_NORMAL, Float.MAX_VALUE);
    if (softcap != 0) {
      assertThat(config.heads().base2Cap()).isBetween(Float.MIN_NORMAL, Float.MAX_VALUE);
    }
  }

  @Test
  void aFactorThatWouldRoundToTheDefaultIsRefused() {
    assertThatThrownBy(() -> Heads.requireFactorOr0("softcap", 1e-60))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("softcap must be 0 or from 1e-18 to 1e18, but is 1.0E-60");
  }
}
