package io.github.sparkattention.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.Map;

/** One layer in ONNX Runtime: a graph with its weights. */
final class OnnxModel implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final Map<String, OnnxTensor> weights = new HashMap<>();
  private final OrtSession session;

  private OnnxModel(byte[] model, int threads) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      session = environment.createSession(model, options);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Loads a layer.
   *
   * @param form {@code eager}, which has separate steps and takes its weights as inputs, or {@code
   *     fused}, which is one operator that holds them
   * @param heads number of heads, 1 or 12
   * @param weights the layer's weights
   * @param threads how many threads compute
   */
  static OnnxModel load(String form, int heads, AttentionWeights weights, int threads) {
    if (form.equals("fused")) {
      return new OnnxModel(FusedOnnx.model(heads, weights), threads);
    }
    OnnxModel model = new OnnxModel(PeerModels.read(form, heads, "onnx"), threads);
    model.weights.put("w_query", model.tensor(weights.query()));
    model.weights.put("w_key", model.tensor(weights.key()));
    model.weights.put("w_value", model.tensor(weights.value()));
    return model;
  }

  /** The version of ONNX Runtime. */
  static String version() {
    return OrtEnvironment.getEnvironment().getVersion();
  }

  private OnnxTensor tensor(Linear linear) {
    return tensor(Bucket.copyOf(linear.weight()), linear.outFeatures(), linear.inFeatures());
  }

  /** Values where the model reads them; the caller closes it. */
  OnnxTensor tensor(FloatBuffer values, long... shape) {
    try {
      return OnnxTensor.createTensor(environment, values, shape);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Computes context vectors [batch, tokens, dOut]; the caller closes the result. */
  OrtSession.Result run(OnnxTensor tokens) {
    Map<String, OnnxTensor> inputs = new HashMap<>(weights);
    inputs.put("x", tokens);
    try {
      return session.run(inputs);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The values of a result. */
  static FloatBuffer values(OrtSession.Result result) {
    return ((OnnxTensor) result.get(0)).getFloatBuffer();
  }

  @Override
  public void close() {
    weights.values().forEach(OnnxTensor::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
