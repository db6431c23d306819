package io.github.sparkattention.internal.svg;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class GridTest {
  private static final float[][] HEAD = {{1, 0, 0}, {0.25f, 0.75f, 0}, {0, 0.4f, 0.6f}};

  @Test
  void aBlockShowsItsLargestWeight() {
    SequenceWeights sequence =
        SequenceWeights.of(List.of("one", "two", "three"), new float[][][] {HEAD});
    Grid grid = Grid.fit(sequence, 1, 4);
    assertThat(grid.block()).isEqualTo(2);
    assertThat(grid.largest(HEAD, 0, 0)).isEqualTo(1);
    assertThat(grid.largest(HEAD, 1, 0)).isEqualTo(0.4f);
    assertThat(grid.isMasked(0, 1)).isTrue();
    assertThat(grid.name(1)).isEqualTo("token 2");
  }
}
