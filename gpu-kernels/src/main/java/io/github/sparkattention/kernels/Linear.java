package io.github.sparkattention.kernels;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Objects;

/**
 * An affine map y = W x + b, laid out as {@code torch.nn.Linear} keeps it.
 *
 * <p>The arrays are not copied; whoever hands them over must not change them afterwards.
 *
 * @param weight W, [outFeatures, inFeatures] row-major
 * @param bias b, [outFeatures], or null for none
 * @param outFeatures values per result
 * @param inFeatures values per input
 */
// The arrays are the point of this record, and equals and hashCode compare their contents.
@SuppressWarnings("ArrayRecordComponent")
public record Linear(float[] weight, float[] bias, int outFeatures, int inFeatures)
    implements Serializable {

  /**
   * Validates the components.
   *
   * @param weight the component {@link #weight}
   * @param bias the component {@link #bias}
   * @param outFeatures the component {@link #outFeatures}
   * @param inFeatures the component {@link #inFeatures}
   * @throws IllegalArgumentException if an array has another size than the features ask for
   */
  public Linear {
    Objects.requireNonNull(weight, "weight");
    if (outFeatures < 1 || inFeatures < 1 || weight.length != (long) outFeatures * inFeatures) {
      throw new IllegalArgumentException(
          String.format(
              "a weight [%d, %d] needs %d values, but has %d",
              outFeatures, inFeatures, (long) outFeatures * inFeatures, weight.length));
    }
    if (bias != null && bias.length != outFeatures) {
      throw new IllegalArgumentException(
          String.format("a bias [%d] can't have %d values", outFeatures, bias.length));
    }
  }

  /**
   * Whether a bias is added.
   *
   * @return true if {@link #bias} is not null
   */
  public boolean hasBias() {
    return bias != null;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Linear that
        && outFeatures == that.outFeatures
        && inFeatures == that.inFeatures
        && Arrays.equals(weight, that.weight)
        && Arrays.equals(bias, that.bias);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(weight) + Arrays.hashCode(bias);
  }

  @Override
  public String toString() {
    return String.format("Linear[%d, %d%s]", outFeatures, inFeatures, hasBias() ? ", bias" : "");
  }
}
