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

/** The eager form in ONNX Runtime, with the weights of one layer. */
final class OnnxModel implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final Map<String, OnnxTensor> weights = new HashMap<>();
  private final OrtSession session;

  /**
   * Loads the model.
   *
   * @param heads number of heads, 1 or 12
   * @param weights the layer's weights
   * @param threads how many threads compute
   */
  OnnxModel(int heads, AttentionWeights weights, int threads) {
    byte[] model = PeerModels.read("eager", heads, "onnx");
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      session = environment.createSession(model, options);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
    this.weights.put("w_query", tensor(weights.query()));
    this.weights.put("w_key", tensor(weights.key()));
    this.weights.put("w_value", tensor(weights.value()));
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
