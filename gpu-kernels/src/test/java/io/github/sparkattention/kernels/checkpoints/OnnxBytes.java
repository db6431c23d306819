package io.github.sparkattention.kernels.checkpoints;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Makes the bytes of ONNX files by hand: nodes and tensors, in the order in which they are added.
 */
public final class OnnxBytes {
  static final int F32 = 1;
  static final int I8 = 3;
  static final int F16 = 10;
  static final int F64 = 11;
  static final int RAW = 9;

  private final ByteArrayOutputStream graph = new ByteArrayOutputStream();

  /** A node with these inputs. */
  OnnxBytes node(String type, String name, String... inputs) {
    return node(type, name, new byte[0], inputs);
  }

  /** A Gemm that multiplies by its second input as it is, or transposed. */
  OnnxBytes gemm(String name, boolean transB, String... inputs) {
    byte[] attribute = join(text(1, "transB"), number(3, transB ? 1 : 0), number(20, 2));
    return node("Gemm", name, field(5, attribute), inputs);
  }

  private OnnxBytes node(String type, String name, byte[] attributes, String... inputs) {
    byte[] all = join(Arrays.stream(inputs).map(input -> text(1, input)).toArray(byte[][]::new));
    byte[] outputs = text(2, name + "_output_0");
    graph.writeBytes(field(1, join(all, outputs, text(3, name), text(4, type), attributes)));
    return this;
  }

  /** An F32 tensor with raw data. */
  OnnxBytes floats(String name, float[] values, long... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return tensor(name, F32, RAW, bytes.array(), shape);
  }

  /** A tensor whose data is in the field of this number. */
  OnnxBytes tensor(String name, int type, int dataField, byte[] data, long... shape) {
    return tensor(join(dimensions(shape), number(2, type), text(8, name), field(dataField, data)));
  }

  /** A tensor of these fields. */
  OnnxBytes tensor(byte[] fields) {
    graph.writeBytes(field(5, fields));
    return this;
  }

  static byte[] dimensions(long... shape) {
    return join(Arrays.stream(shape).mapToObj(each -> number(1, each)).toArray(byte[][]::new));
  }

  public byte[] bytes() {
    byte[] whole = join(text(2, "main_graph"), graph.toByteArray());
    return join(number(1, 6), text(2, "pytorch"), field(7, whole), field(8, number(2, 11)));
  }

  static byte[] number(int field, long value) {
    return join(varint((long) field << 3), varint(value));
  }

  static byte[] text(int field, String text) {
    return field(field, text.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] field(int field, byte[] bytes) {
    return join(varint((long) field << 3 | 2), varint(bytes.length), bytes);
  }

  private static byte[] varint(long value) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    bytes.write((int) rest);
    return bytes.toByteArray();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  /** BERT as exporters write it: maps transposed and without names, but for their products. */
  public static OnnxBytes bert(CheckpointFiles files) {
    OnnxBytes file = new OnnxBytes();
    int[] next = {100};
    files
        .shapes()
        .forEach(
            (name, shape) -> {
              boolean isMap = name.matches(".*layer.*\\.weight") && shape.length == 2;
              if (name.endsWith("position_ids") || name.startsWith("cls")) {
                return;
              }
              if (!isMap) {
                file.floats(name, files.values(name), shape);
                return;
              }
              String anonymous = "onnx::MatMul_" + next[0]++;
              String module = "/" + name.replace(".weight", "").replaceAll("\\.(?!\\d)", "/");
              file.node("MatMul", module + "/MatMul", "hidden", anonymous);
              file.floats(anonymous, files.transposed(name), shape[1], shape[0]);
            });
    file.node("MatMul", "/encoder/layer.0/attention/self/MatMul", "q", "k");
    file.tensor("embeddings.position_ids", 7, RAW, new byte[48], 1, 6);
    return file.floats("onnx::Pow_7", new float[] {2});
  }
}
