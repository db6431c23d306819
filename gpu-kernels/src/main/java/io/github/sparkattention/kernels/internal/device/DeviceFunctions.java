package io.github.sparkattention.kernels.internal.device;

import com.aparapi.Kernel;

/**
 * Functions of OpenCL that Aparapi doesn't know, by their names there. It writes these names where
 * derived classes call the methods, and leaves out their Java; if the methods were public, or
 * called in this class, it would leave out the calls, too. A long stands for OpenCL's float2, which
 * Java doesn't have.
 */
abstract class DeviceFunctions extends Kernel {
  @NoCL
  @OpenCLMapping(mapTo = "as_int")
  int asInt(float value) {
    return Float.floatToRawIntBits(value);
  }

  @NoCL
  @OpenCLMapping(mapTo = "as_float")
  float asFloat(int bits) {
    return Float.intBitsToFloat(bits);
  }

  @NoCL
  @OpenCLMapping(mapTo = "as_float2")
  long asFloat2(long bits) {
    return bits;
  }

  /** Stores two floats as the n-th pair of an array. */
  @NoCL
  @OpenCLMapping(mapTo = "vstore2")
  void vstore2(long floats, int n, float[] array) {
    array[2 * n] = asFloat((int) floats);
    array[2 * n + 1] = asFloat((int) (floats >>> Integer.SIZE));
  }
}
