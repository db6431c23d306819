package io.github.sparkattention.kernels;

import java.io.Serializable;

/**
 * Rotary positions: within a head, the values i and i + headDim/2 of the token at position p turn
 * by the angle p · {@link #frequency frequency(i)}. Source: Su, Lu, Pan, Murtadha, Wen and Liu,
 * "RoFormer", 2021, with the halves of a head in place of neighbours, as checkpoints of the
 * transformers library have it.
 *
 * @param headDim width of one head, even
 * @param theta the base of the frequencies, at least 1
 * @param scaling how frequencies are changed for longer contexts, or null
 */
public record Rotary(int headDim, double theta, Scaling scaling) implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * Llama 3's scaling of frequencies: waves longer than {@code originalContext / lowFactor} tokens
   * are stretched by {@code factor}, those shorter than {@code originalContext / highFactor} stay,
   * and those between pass over smoothly.
   *
   * @param factor how much long waves are stretched, at least 1
   * @param lowFactor waves of a context from which they are stretched in part, more than 0
   * @param highFactor waves of a context from which they stay, more than {@code lowFactor}
   * @param originalContext tokens of the context that the model was trained on first, at least 1
   */
  public record Scaling(double factor, double lowFactor, double highFactor, int originalContext)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    /**
     * Validates the components.
     *
     * @param factor the component {@link #factor}
     * @param lowFactor the component {@link #lowFactor}
     * @param highFactor the component {@link #highFactor}
     * @param originalContext the component {@link #originalContext}
     * @throws IllegalArgumentException if one is out of range
     */
    public Scaling {
      require(factor >= 1, "the factor of a rotary scaling must be at least 1, but is " + factor);
      require(
          lowFactor > 0 && lowFactor < highFactor,
          "a rotary scaling's low factor must be more than 0 and less than its high factor, but"
              + " they are "
              + lowFactor
              + " and "
              + highFactor);
      require(
          originalContext >= 1,
          "the original context of a rotary scaling must be at least 1, but is " + originalContext);
    }
  }

  /**
   * Validates the components.
   *
   * @param headDim the component {@link #headDim}
   * @param theta the component {@link #theta}
   * @param scaling the component {@link #scaling}
   * @throws IllegalArgumentException if one is out of range
   */
  public Rotary {
    require(
        headDim >= 2 && headDim % 2 == 0,
        "rotary positions need heads of an even width, but they are " + headDim + " wide");
    require(theta >= 1, "theta must be at least 1, but is " + theta);
  }

  /**
   * The pairs of values that turn in a head.
   *
   * @return half of the head's width
   */
  public int pairs() {
    return headDim / 2;
  }

  /**
   * How much a pair of values turns from one token to the next.
   *
   * @param pair 0 to {@code pairs() - 1}
   * @return the angle in radians: theta^(-2·pair/headDim), scaled
   */
  public double frequency(int pair) {
    double frequency = StrictMath.pow(theta, -2.0 * pair / headDim);
    if (scaling == null) {
      return frequency;
    }
    double waves = scaling.originalContext * frequency / (2 * Math.PI);
    if (waves < scaling.lowFactor) {
      return frequency / scaling.factor;
    }
    if (waves > scaling.highFactor) {
      return frequency;
    }
    double kept = (waves - scaling.lowFactor) / (scaling.highFactor - scaling.lowFactor);
    return (1 - kept) * frequency / scaling.factor + kept * frequency;
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
