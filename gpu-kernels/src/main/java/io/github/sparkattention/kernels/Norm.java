package io.github.sparkattention.kernels;

import java.io.Serializable;

/**
 * How a token's values are normalized.
 *
 * <p>Layer norm: y = (x - mean) / sqrt(variance + epsilon) · gain + shift, where the variance is
 * the biased one. RMS norm: y = x / sqrt(mean of x² + epsilon) · gain.
 *
 * @param kind which of the two
 * @param epsilon what is added before the root, from {@link #LEAST_EPSILON} to 1
 */
public record Norm(Kind kind, float epsilon) implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The least epsilon: what is below the root stays a normal float. */
  public static final float LEAST_EPSILON = 1e-30f;

  /** The two norms. */
  public enum Kind {
    /** Layer norm: Ba, Kiros and Hinton, 2016. Its tensors are a gain and a shift. */
    LAYER,

    /** RMS norm: Zhang and Sennrich, 2019. Its tensor is a gain. */
    RMS
  }

  /**
   * Validates the components.
   *
   * @param kind the component {@link #kind}
   * @param epsilon the component {@link #epsilon}
   * @throws IllegalArgumentException if epsilon is out of range
   */
  public Norm {
    if (!(epsilon >= LEAST_EPSILON && epsilon <= 1)) {
      throw new IllegalArgumentException(
          "the epsilon of a norm must be from 1e-30 to 1, but is " + epsilon);
    }
  }

  /**
   * Whether there is a shift.
   *
   * @return whether this is a layer norm
   */
  public boolean hasShift() {
    return kind == Kind.LAYER;
  }
}
