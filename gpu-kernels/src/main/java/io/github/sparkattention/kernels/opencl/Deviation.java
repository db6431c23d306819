package io.github.sparkattention.kernels.opencl;

import java.util.Locale;

/**
 * What a device may do otherwise than the numeric contract says, if a user accepts it by its name.
 */
public enum Deviation {
  /** A zero may have the other sign. */
  SIGNED_ZEROS {
    @Override
    boolean explains(float expected, float found) {
      return expected == 0 && found == 0;
    }
  },

  /**
   * A number may be off by less than the least normal float, since what is smaller may become zero.
   */
  SUBNORMALS {
    @Override
    boolean explains(float expected, float found) {
      return expected != found && Math.abs(expected - found) < Float.MIN_NORMAL;
    }
  };

  /** Whether a device with this deviation may compute one number where another is right. */
  abstract boolean explains(float expected, float found);

  /** The name that users write. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
