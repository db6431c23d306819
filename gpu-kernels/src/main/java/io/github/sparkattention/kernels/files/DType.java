package io.github.sparkattention.kernels.files;

import java.nio.ByteBuffer;

/**
 * The element types of the safetensors format, named as a file names them. All values are
 * little-endian.
 */
public enum DType {
  /** A truth value, one byte. */
  BOOL(8),
  /** A 4-bit float, two to a byte. */
  F4(4),
  /** A 6-bit float with 2 exponent bits. */
  F6_E2M3(6),
  /** A 6-bit float with 3 exponent bits. */
  F6_E3M2(6),
  /** An unsigned byte. */
  U8(8),
  /** A signed byte. */
  I8(8),
  /** An 8-bit float with 5 exponent bits. */
  F8_E5M2(8),
  /** An 8-bit float with 4 exponent bits. */
  F8_E4M3(8),
  /** A power of two in 8 bits. */
  F8_E8M0(8),
  /** An 8-bit float with 4 exponent bits, one zero and no infinity. */
  F8_E4M3FNUZ(8),
  /** An 8-bit float with 5 exponent bits, one zero and no infinity. */
  F8_E5M2FNUZ(8),
  /** A signed 16-bit integer. */
  I16(16),
  /** An unsigned 16-bit integer. */
  U16(16),
  /** An IEEE 754 half. */
  F16(16),
  /** The upper half of a float. */
  BF16(16),
  /** A signed 32-bit integer. */
  I32(32),
  /** An unsigned 32-bit integer. */
  U32(32),
  /** An IEEE 754 float. */
  F32(32),
  /** A complex number of two floats. */
  C64(64),
  /** An IEEE 754 double. */
  F64(64),
  /** A signed 64-bit integer. */
  I64(64),
  /** An unsigned 64-bit integer. */
  U64(64);

  private final int bits;

  DType(int bits) {
    this.bits = bits;
  }

  /**
   * The size of one element.
   *
   * @return bits per element; not always whole bytes
   */
  public int bits() {
    return bits;
  }

  /** Bytes per element of a type that fills whole bytes. */
  int bytes() {
    return bits / Byte.SIZE;
  }

  /**
   * Whether {@link #decode(ByteBuffer, float[], int, int)} reads it.
   *
   * @return whether it is a type of floats
   */
  public boolean isFloat() {
    return this == F32 || this == F64 || this == F16 || this == BF16;
  }

  /** Whether {@link #decode(ByteBuffer, long[], int, int)} reads it. */
  boolean isInteger() {
    return this == I32 || this == I64;
  }

  /**
   * Decodes floats: F16 and BF16 widen exactly, F64 rounds to the nearest float, or to infinity
   * where it is too large for one.
   */
  void decode(ByteBuffer from, float[] to, int start, int count) {
    int end = start + count;
    switch (this) {
      case F32 -> from.asFloatBuffer().get(to, start, count);
      case F64 -> {
        for (int i = start; i < end; i++) {
          to[i] = (float) from.getDouble();
        }
      }
      case F16 -> {
        for (int i = start; i < end; i++) {
          to[i] = halfToFloat(from.getShort());
        }
      }
      case BF16 -> {
        for (int i = start; i < end; i++) {
          to[i] = Float.intBitsToFloat(from.getShort() << 16);
        }
      }
      default -> throw new IllegalStateException(this + " is no float type");
    }
  }

  /** Decodes integers. */
  void decode(ByteBuffer from, long[] to, int start, int count) {
    for (int i = start; i < start + count; i++) {
      to[i] =
          switch (this) {
            case I32 -> from.getInt();
            case I64 -> from.getLong();
            default -> throw new IllegalStateException(this + " is no integer type");
          };
    }
  }

  private static float halfToFloat(short half) {
    int sign = half & 0x8000;
    int exponent = half >>> 10 & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      // Zero or subnormal: fraction · 2⁻²⁴ is a normal float, so that the product is exact.
      return Math.copySign(fraction * 0x1p-24f, sign == 0 ? 1f : -1f);
    }
    // The bias goes from 15 to 127; all ones, of infinity and NaN, stay all ones.
    int wide = exponent == 0x1f ? 0xff : exponent + 127 - 15;
    return Float.intBitsToFloat(sign << 16 | wide << 23 | fraction << 13);
  }
}
