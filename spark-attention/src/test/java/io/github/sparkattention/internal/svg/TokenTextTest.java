package io.github.sparkattention.internal.svg;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenTextTest {
  @Test
  void whatCannotBeSeenIsMadeVisible() {
    assertThat(new TokenText("").label()).isEqualTo("∅");
    assertThat(new TokenText(" a b ").label()).isEqualTo("␣a b␣");
    assertThat(new TokenText("  ").label()).isEqualTo("␣␣");
    assertThat(new TokenText("a\n\tb").label()).isEqualTo("a␊␉b");
    assertThat(new TokenText("a\u0000\u007f\ud800\u202e\u2028\uffff").label())
        .isEqualTo("a␀\ufffd\ufffd\ufffd\ufffd\ufffd");
  }

  @Test
  void longTextIsCutBetweenCharacters() {
    assertThat(new TokenText("fourteen-chars").label()).isEqualTo("fourteen-chars");
    TokenText cut = new TokenText("fourteen-chars!");
    assertThat(cut.label()).isEqualTo("fourteen-char…");
    assertThat(cut.full()).isEqualTo("fourteen-chars!");
    assertThat(new TokenText("\ud83d\ude00".repeat(20)).label())
        .isEqualTo("\ud83d\ude00".repeat(13) + "…");
    assertThat(new TokenText("a".repeat(1_000_000)).full()).hasSize(200).endsWith("…");
  }

  @Test
  void textFromRightToLeftIsIsolated() {
    assertThat(new TokenText("שלום").isolated()).isEqualTo("\u2068שלום\u2069");
    assertThat(new TokenText("peace").isolated()).isEqualTo("peace");
  }
}
