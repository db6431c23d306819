package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A layer's settings and its weights as the device code reads them: transposed, query, key and
 * value side by side, so that neighbouring work items read neighbouring values.
 */
final class LayerData {
  private final AttentionConfig config;
  private final int columns;
  private final float[] weights;
  private final float[] bias;
  private final float[] outWeights;
  private final float[] outBias;
  private final Map<Object, Long> held = new ConcurrentHashMap<>();
  private volatile boolean closed;

  LayerData(AttentionConfig config, AttentionWeights layer) {
    this.config = config;
    columns = Math.addExact(config.dOut(), Math.multiplyExact(2, config.kvWidth()));
    weights = new float[Math.multiplyExact(config.dIn(), columns)];
    bias = new float[columns];
    transpose(layer.query(), weights, bias, columns, 0);
    transpose(layer.key(), weights, bias, columns, config.dOut());
    transpose(layer.value(), weights, bias, columns, config.dOut() + config.kvWidth());
    // A buffer can't be empty.
    int out = config.outProjection() ? config.dOut() : 1;
    outWeights = new float[Math.multiplyExact(out, out)];
    outBias = new float[out];
    if (config.outProjection()) {
      transpose(layer.out(), outWeights, outBias, out, 0);
    }
  }

  private static void transpose(
      Linear linear, float[] weights, float[] bias, int stride, int column) {
    for (int o = 0; o < linear.outFeatures(); o++) {
      for (int i = 0; i < linear.inFeatures(); i++) {
        weights[i * stride + column + o] = linear.weight()[o * linear.inFeatures() + i];
      }
      bias[column + o] = linear.hasBias() ? linear.bias()[o] : 0f;
    }
  }

  AttentionConfig config() {
    return config;
  }

  int columns() {
    return columns;
  }

  /** Bytes that the weights take on the device. */
  long weightBytes() {
    return Float.BYTES * ((long) weights.length + bias.length + outWeights.length + outBias.length);
  }

  /**
   * Notes what is held for this layer on the device.
   *
   * @param holder what holds it there
   * @param bytes bytes of its buffers now
   */
  void holds(Object holder, long bytes) {
    if (bytes == 0) {
      held.remove(holder);
    } else {
      held.put(holder, bytes);
    }
  }

  /** Bytes that all launch threads hold for this layer, its weights among them. */
  long deviceBytes() {
    return held.values().stream().mapToLong(Long::longValue).sum();
  }

  void fill(AttentionKernel kernel) {
    kernel.weights = weights;
    kernel.bias = bias;
    kernel.outWeights = outWeights;
    kernel.outBias = outBias;
  }

  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }
}
