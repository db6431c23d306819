package io.github.sparkattention.kernels.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ThreadsProgramTest {
  @Test
  void activationsBeyondAnArrayAreRefusedInOneSentence() {
    assertThat(ThreadsProgram.activations(3, 600_000, 3072)).isEqualTo(1_843_200_000);
    assertThatThrownBy(() -> ThreadsProgram.activations(3, 700_000, 3072))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "sequence 3 of the batch, of 700000 tokens, has 700000 x 3072 activations, more than an"
                + " array holds, which is 2147483639");
  }
}
