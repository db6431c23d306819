package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * An ONNX file with one node: ONNX Runtime's own operator for causal attention with its
 * projections, {@code com.microsoft.Attention}, which holds its weights, so that ONNX Runtime packs
 * them once. Written as onnx.proto says.
 */
final class FusedOnnx {
  private static final int FLOAT = 1;
  private static final int INT_ATTRIBUTE = 2;
  private static final int IR_VERSION = 8;
  private static final int OPSET = 17;

  private FusedOnnx() {}

  /** The file of a layer. */
  static byte[] model(int heads, AttentionWeights weights) {
    int in = weights.query().inFeatures();
    int out = weights.query().outFeatures();
    Message node =
        new Message()
            .text(1, "x")
            .text(1, "weights")
            .text(1, "bias")
            .text(2, "y")
            .text(4, "Attention")
            .message(5, attribute("num_heads", heads))
            .message(5, attribute("unidirectional", 1))
            .text(7, "com.microsoft");
    Message graph =
        new Message()
            .message(1, node)
            .text(2, "attention")
            .message(5, tensor("weights", joined(weights), in, 3L * out))
            .message(5, tensor("bias", new float[3 * out], 3L * out))
            .message(11, value("x", in))
            .message(12, value("y", out));
    return new Message()
        .number(1, IR_VERSION)
        .message(7, graph)
        .message(8, new Message().text(1, "").number(2, OPSET))
        .message(8, new Message().text(1, "com.microsoft").number(2, 1))
        .bytes();
  }

  /** Query, key and value side by side: [in, 3 · out]. */
  private static float[] joined(AttentionWeights weights) {
    Linear[] parts = {weights.query(), weights.key(), weights.value()};
    int in = parts[0].inFeatures();
    int out = parts[0].outFeatures();
    float[] joined = new float[in * 3 * out];
    for (int p = 0; p < parts.length; p++) {
      for (int o = 0; o < out; o++) {
        for (int i = 0; i < in; i++) {
          joined[(i * parts.length + p) * out + o] = parts[p].weight()[o * in + i];
        }
      }
    }
    return joined;
  }

  private static Message attribute(String name, int value) {
    return new Message().text(1, name).number(3, value).number(20, INT_ATTRIBUTE);
  }

  private static Message tensor(String name, float[] values, long... shape) {
    Message tensor = new Message();
    for (long size : shape) {
      tensor.number(1, size);
    }
    ByteBuffer raw =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    raw.asFloatBuffer().put(values);
    return tensor.number(2, FLOAT).text(8, name).raw(9, raw.array());
  }

  /** Of any batch and any number of tokens. */
  private static Message value(String name, int width) {
    Message shape =
        new Message()
            .message(1, new Message().text(2, "batch"))
            .message(1, new Message().text(2, "tokens"))
            .message(1, new Message().number(1, width));
    Message type = new Message().message(1, new Message().number(1, FLOAT).message(2, shape));
    return new Message().text(1, name).message(2, type);
  }

  /** A message in protobuf's wire format. */
  private static final class Message {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Message number(int field, long value) {
      varint((long) field << 3);
      varint(value);
      return this;
    }

    Message raw(int field, byte[] value) {
      varint(((long) field << 3) | 2);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    Message text(int field, String value) {
      return raw(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return raw(field, value.bytes());
    }

    byte[] bytes() {
      return out.toByteArray();
    }

    private void varint(long value) {
      long rest = value;
      while (rest >= 0x80) {
        out.write((int) ((rest & 0x7F) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }
  }
}
