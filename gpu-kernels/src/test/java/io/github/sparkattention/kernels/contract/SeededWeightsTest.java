package io.github.sparkattention.kernels.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Tensors;
import org.junit.jupiter.api.Test;

class SeededWeightsTest {
  private static final ModelConfig TINY = ModelConfig.book(7, 5, 8, 2, 2, false);

  @Test
  void theBooksModelHasTheTensorsThatItsProgramsAskFor() {
    Tensors tensors = SeededWeights.gpt(TINY, 123);

    assertThatCode(() -> tensors.check(TINY.scores(1, Score.Rows.EACH_TOKEN)))
        .doesNotThrowAnyException();
    assertThat(tensors.values("blocks.1.mlp_norm.weight")).containsOnly(1);
    assertThat(tensors.values("final_norm.bias")).containsOnly(0);
  }

  @Test
  void theBooksModelIsDrawnInTheOrderOfItsConstructor() {
    Tensors tensors = SeededWeights.gpt(ModelConfig.book(7, 5, 8, 2, 2, true), 123);

    TorchRandom random = new TorchRandom(123);
    assertThat(tensors.values("tokens.weight")).isEqualTo(random.normal(7 * 8));
    assertThat(tensors.values("positions.weight")).isEqualTo(random.normal(5 * 8));
    for (int block = 0; block < 2; block++) {
      for (String name : new String[] {"query", "key", "value", "out"}) {
        var drawn = random.linear(8, 8, true);
        String map = ModelConfig.inBlock(block, name);
        assertThat(tensors.values(map + ".weight")).as(map).isEqualTo(drawn.weight());
        assertThat(tensors.values(map + ".bias")).as(map).isEqualTo(drawn.bias());
      }
      assertThat(tensors.values(ModelConfig.inBlock(block, "up.weight")))
          .isEqualTo(random.linear(8, 32, true).weight());
      assertThat(tensors.values(ModelConfig.inBlock(block, "down.weight")))
          .isEqualTo(random.linear(32, 8, true).weight());
    }
    assertThat(tensors.values("head.weight")).isEqualTo(random.linear(8, 7, false).weight());
  }

  @Test
  void anotherFormOfModelIsRefused() {
    ModelConfig tied =
        new ModelConfig(
            7,
            8,
            2,
            TINY.heads(),
            32,
            TINY.activation(),
            false,
            TINY.norm(),
            TINY.placement(),
            5,
            0,
            null,
            5,
            false,
            true,
            true,
            ModelConfig.Head.TIED);

    assertThatThrownBy(() -> SeededWeights.gpt(tied, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a seed draws weights of the book's GPTModel")
        .hasMessageContaining("head=TIED");
    assertThatThrownBy(() -> ModelConfig.book(7, 5, 8, 3, 2, false))
        .hasMessage("heads must divide the width 8, but are 3");
  }
}
