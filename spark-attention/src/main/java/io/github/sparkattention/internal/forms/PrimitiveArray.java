package io.github.sparkattention.internal.forms;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.Platform;

/** Views of arrays of the numbers that Java has, too; each has its own loop over its own bytes. */
final class PrimitiveArray {
  private PrimitiveArray() {}

  static ValueArray of(DataType number) {
    if (number.equals(DataTypes.FloatType)) {
      return new Floats();
    } else if (number.equals(DataTypes.DoubleType)) {
      return new Doubles();
    } else if (number.equals(DataTypes.LongType)) {
      return new Longs();
    } else if (number.equals(DataTypes.IntegerType)) {
      return new Ints();
    } else if (number.equals(DataTypes.ShortType)) {
      return new Shorts();
    } else if (number.equals(DataTypes.ByteType)) {
      return new Bytes();
    }
    throw new IllegalArgumentException(number + " is no number that a token may have");
  }

  private static long start(UnsafeArrayData array, int index, int bytes) {
    return array.getBaseOffset()
        + UnsafeArrayData.calculateHeaderPortionInBytes(array.numElements())
        + (long) index * bytes;
  }

  private static final class Floats extends ValueArray {
    @Override
    double value(UnsafeArrayData array, int index) {
      return array.getFloat(index);
    }

    @Override
    void copy(UnsafeArrayData array, int from, int count, float[] target, int at) {
      Platform.copyMemory(
          array.getBaseObject(),
          start(array, from, Float.BYTES),
          target,
          Platform.FLOAT_ARRAY_OFFSET + (long) at * Float.BYTES,
          (long) count * Float.BYTES);
    }
  }

  private static final class Doubles extends ValueArray {
    @Override
    double value(UnsafeArrayData array, int index) {
      return array.getDouble(index);
    }

    @Override
    void copy(UnsafeArrayData array, int from, int count, float[] target, int at) {
      Object base = array.getBaseObject();
      long values = start(array, from, Double.BYTES);
      for (int i = 0; i < count; i++) {
        target[at + i] = (float) Platform.getDouble(base, values + (long) i * Double.BYTES);
      }
    }
  }

  private static final class Longs extends ValueArray {
    @Override
    double value(UnsafeArrayData array, int index) {
      return array.getLong(index);
    }

    @Override
    void copy(UnsafeArrayData array, int from, int count, float[] target, int at) {
      Object base = array.getBaseObject();
      long values = start(array, from, Long.BYTES);
      for (int i = 0; i < count; i++) {
        target[at + i] = (float) Platform.getLong(base, values + (long) i * Long.BYTES);
      }
    }
  }

  private static final class Ints extends ValueArray {
    @Override
    double value(UnsafeArrayData array, int index) {
      return array.getInt(index);
    }

    @Override
    void copy(UnsafeArrayData array, int from, int count, float[] target, int at) {
      Object base = array.getBaseObject();
      long values = start(array, from, Integer.BYTES);
      for (int i = 0; i < count; i++) {
        target[at + i] = (float) Platform.getInt(base, values + (long) i * Integer.BYTES);
      }
    }
  }

  private static final class Shorts extends ValueArray {
    @Override
    double value(UnsafeArrayData array, int index) {
      return array.getShort(index);
    }

    @Override
    void copy(UnsafeArrayData array, int from, int count, float[] target, int at) {
      Object base = array.getBaseObject();
      long values = start(array, from, Short.BYTES);
      for (int i = 0; i < count; i++) {
        target[at + i] = Platform.getShort(base, values + (long) i * Short.BYTES);
      }
    }
  }

  private static final class Bytes extends ValueArray {
    @Override
    double value(UnsafeArrayData array, int index) {
      return array.getByte(index);
    }

    @Override
    void copy(UnsafeArrayData array, int from, int count, float[] target, int at) {
      Object base = array.getBaseObject();
      long values = start(array, from, Byte.BYTES);
      for (int i = 0; i < count; i++) {
        target[at + i] = Platform.getByte(base, values + i);
      }
    }
  }
}
