package io.github.sparkattention.internal.results;

import io.github.sparkattention.internal.forms.StructFields;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.array.ByteArrayMethods;

/**
 * Bytes in the format of Spark's rows. What is written there has the bytes that Spark itself would
 * write, fillers included, since equal rows must have equal bytes.
 */
public final class ResultBuffer {
  private byte[] bytes = {};

  public byte[] bytes() {
    return bytes;
  }

  /** Makes room; what was written before is lost. */
  public void reserve(int size) {
    if (bytes.length < size) {
      // A little more, so that rows that grow slowly don't make a buffer each.
      bytes = new byte[(int) Math.min(ByteArrayMethods.MAX_ROUNDED_ARRAY_LENGTH, size + size / 8L)];
    }
  }

  public void zero(int from, int to) {
    for (int i = from; i < to; i += Long.BYTES) {
      Platform.putLong(bytes, address(i), 0);
    }
  }

  /** Starts an array of arrays or structs; returns where its elements may be written. */
  int array(int start, int elements) {
    return header(start, elements) + elements * Long.BYTES;
  }

  void setElement(int array, int elements, int element, int from, int to) {
    int places = array + UnsafeArrayData.calculateHeaderPortionInBytes(elements);
    Platform.putLong(bytes, address(places + element * Long.BYTES), place(from - array, to - from));
  }

  /** Starts a struct whose fields are 0 or null; returns where what they hold may be written. */
  int struct(int start, int fields, long nulls) {
    int end = start + (int) structBytes(fields);
    zero(start, end);
    Platform.putLong(bytes, address(start), nulls);
    return end;
  }

  void setByte(int struct, int fields, int field, byte value) {
    Platform.putByte(bytes, field(struct, fields, field), value);
  }

  void setInt(int struct, int fields, int field, int value) {
    Platform.putInt(bytes, field(struct, fields, field), value);
  }

  void setFloat(int struct, int fields, int field, float value) {
    Platform.putFloat(bytes, field(struct, fields, field), value);
  }

  void setField(int struct, int fields, int field, int from, int to) {
    Platform.putLong(bytes, field(struct, fields, field), place(from - struct, to - from));
  }

  private static long field(int struct, int fields, int field) {
    int first = struct + UnsafeRow.calculateBitSetWidthInBytes(fields);
    return address(first + field * Long.BYTES);
  }

  /** Starts a dense {@code vector}; returns where its values are to be written. */
  int vector(int start) {
    int end =
        struct(
            start,
            StructFields.Vector.COUNT,
            1L << StructFields.Vector.SIZE | 1L << StructFields.Vector.INDICES);
    setByte(start, StructFields.Vector.COUNT, StructFields.Vector.TYPE, StructFields.Vector.DENSE);
    return end;
  }

  /** Writes an array of arrays of floats and returns where it ends. */
  int matrix(int start, float[] values, int from, int rows, int columns) {
    int at = array(start, rows);
    for (int row = 0; row < rows; row++) {
      int end = floats(at, values, from + row * columns, columns);
      setElement(start, rows, row, at, end);
      at = end;
    }
    return at;
  }

  /** Writes an array of floats and returns where it ends. */
  int floats(int start, float[] values, int from, int count) {
    int at = header(start, count);
    int size = count * Float.BYTES;
    long source = Platform.FLOAT_ARRAY_OFFSET + (long) from * Float.BYTES;
    Platform.copyMemory(values, source, bytes, address(at), size);
    int padded = (size + 7) / 8 * 8;
    for (int i = size; i < padded; i++) {
      bytes[at + i] = 0;
    }
    return at + padded;
  }

  /** Writes floats as an array of doubles and returns where it ends. */
  int doubles(int start, float[] values, int from, int count) {
    int at = header(start, count);
    for (int i = 0; i < count; i++) {
      Platform.putDouble(bytes, address(at) + (long) i * Double.BYTES, values[from + i]);
    }
    return at + count * Double.BYTES;
  }

  /** Writes an array of doubles and returns where it ends. */
  int doubles(int start, double[] values) {
    int at = header(start, values.length);
    int size = values.length * Double.BYTES;
    Platform.copyMemory(values, Platform.DOUBLE_ARRAY_OFFSET, bytes, address(at), size);
    return at + size;
  }

  /** Writes an array's count and clears its null bits; returns where its elements start. */
  private int header(int start, int elements) {
    Platform.putLong(bytes, address(start), elements);
    int size = UnsafeArrayData.calculateHeaderPortionInBytes(elements);
    zero(start + Long.BYTES, start + size);
    return start + size;
  }

  /** Where a part lies in the whole (high half), and how long it is (low half). */
  public static long place(int offset, int size) {
    return (long) offset << 32 | size;
  }

  private static long address(int index) {
    return Platform.BYTE_ARRAY_OFFSET + (long) index;
  }

  public static long structBytes(int fields) {
    return UnsafeRow.calculateBitSetWidthInBytes(fields) + (long) fields * Long.BYTES;
  }

  static long vectorBytes(long size) {
    return structBytes(StructFields.Vector.COUNT) + doubleBytes(size);
  }

  static long matrixBytes(long rows, long columns) {
    return arrayBytes(rows, floatBytes(columns));
  }

  static long arrayBytes(long elements, long elementBytes) {
    return headerBytes(elements) + elements * (Long.BYTES + elementBytes);
  }

  static long floatBytes(long elements) {
    return headerBytes(elements) + (elements * Float.BYTES + 7) / 8 * 8;
  }

  static long doubleBytes(long elements) {
    return headerBytes(elements) + elements * Double.BYTES;
  }

  private static long headerBytes(long elements) {
    return UnsafeArrayData.calculateHeaderPortionInBytes(elements);
  }
}
