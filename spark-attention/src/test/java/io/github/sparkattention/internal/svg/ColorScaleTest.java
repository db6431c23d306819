package io.github.sparkattention.internal.svg;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ColorScaleTest {
  @Test
  void eachLevelIsDarkerThanTheOneBefore() {
    for (int level = 1; level < ColorScale.LEVELS; level++) {
      assertThat(ColorScale.luminance(ColorScale.color(level)))
          .as("level %d", level)
          .isLessThan(ColorScale.luminance(ColorScale.color(level - 1)));
    }
  }

  @Test
  void numbersCanBeReadOnEveryLevel() {
    for (int level = 0; level < ColorScale.LEVELS; level++) {
      double paper = ColorScale.luminance(ColorScale.color(level));
      double ink = ColorScale.ink(ColorScale.color(level)).equals("#000") ? 0 : 1;
      // WCAG 2 asks for 4.5 (level AA).
      assertThat((Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05))
          .as("level %d", level)
          .isGreaterThan(4.5);
    }
  }

  @Test
  void weightsFromZeroToOneTakeAllLevels() {
    ColorScale scale = new ColorScale(0.3);
    assertThat(scale.styleName(0)).isEqualTo("c0");
    assertThat(scale.styleName(0.25)).isEqualTo("c32");
    assertThat(scale.styleName(1)).isEqualTo("c63");
    assertThat(new ColorScale(4).styleName(1)).isEqualTo("c32");
  }

  @Test
  void darkPaperTurnsTheScaleAround() {
    String last = String.format("%06x", ColorScale.color(ColorScale.LEVELS - 1));
    assertThat(ColorScale.styles(".x", false)).contains(".x .c63{fill:#" + last);
    assertThat(ColorScale.styles(".x", true)).contains(".x .c0{fill:#" + last);
  }
}
