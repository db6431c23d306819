package io.github.sparkattention.kernels.files;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Makes the bytes of safetensors files by hand, right ones and wrong ones. */
public final class SafeTensorsBytes {
  private final StringJoiner entries = new StringJoiner(",", "{", "}");
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();

  /** A file with this header, and zeros as its data. */
  public static byte[] of(String header, int dataLength) {
    return of(header.getBytes(StandardCharsets.UTF_8), new byte[dataLength]);
  }

  /** A file with this header and data. */
  public static byte[] of(byte[] header, byte[] data) {
    return ByteBuffer.allocate(Long.BYTES + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .put(data)
        .array();
  }

  public SafeTensorsBytes metadata(String json) {
    entries.add("\"__metadata__\":" + json);
    return this;
  }

  public SafeTensorsBytes tensor(String name, String dtype, byte[] bytes, long... shape) {
    String dimensions =
        LongStream.of(shape).mapToObj(Long::toString).collect(Collectors.joining(",", "[", "]"));
    entries.add(
        "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
            .formatted(name, dtype, dimensions, data.size(), data.size() + bytes.length));
    data.writeBytes(bytes);
    return this;
  }

  /** An F32 tensor. */
  public SafeTensorsBytes floats(String name, float[] values, long... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return tensor(name, "F32", bytes.array(), shape);
  }

  /** An F32 tensor of ascending values, all different from those of other {@code start}s. */
  public SafeTensorsBytes ascending(String name, int start, long... shape) {
    return floats(name, ascending(start, shape), shape);
  }

  public static float[] ascending(int start, long... shape) {
    float[] values = new float[(int) LongStream.of(shape).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = start + i;
    }
    return values;
  }

  public byte[] bytes() {
    return of(entries.toString().getBytes(StandardCharsets.UTF_8), data.toByteArray());
  }

  public static byte[] shorts(int... bits) {
    ByteBuffer bytes =
        ByteBuffer.allocate(bits.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    Arrays.stream(bits).forEach(each -> bytes.putShort((short) each));
    return bytes.array();
  }

  public static byte[] doubles(double... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asDoubleBuffer().put(values);
    return bytes.array();
  }

  public static byte[] longs(long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return bytes.array();
  }
}
