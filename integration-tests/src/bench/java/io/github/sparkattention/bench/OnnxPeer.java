package io.github.sparkattention.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.github.sparkattention.kernels.Linear;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** ONNX Runtime, running the eager form. */
final class OnnxPeer implements Contender {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final int threads;

  OnnxPeer(int threads) {
    this.threads = threads;
  }

  /** The version of ONNX Runtime. */
  String version() {
    return environment.getVersion();
  }

  @Override
  public String name() {
    return "ONNX Runtime eager";
  }

  @Override
  public int threads() {
    return threads;
  }

  @Override
  public PreparedCase prepare(Workload workload) {
    byte[] model = PeerModels.read("eager", workload.config().numHeads(), "onnx");
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      return new Prepared(environment, environment.createSession(model, options), workload);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    // The environment is one for the whole JVM and closes with it.
  }

  private static final class Prepared implements PreparedCase {
    private final OrtSession session;
    private final Workload workload;
    private final List<Bucket> buckets;
    private final Map<String, OnnxTensor> weights = new HashMap<>();
    private final List<OnnxTensor> tokens = new ArrayList<>();
    private final List<Map<String, OnnxTensor>> inputs = new ArrayList<>();
    private final List<OrtSession.Result> results = new ArrayList<>();

    Prepared(OrtEnvironment environment, OrtSession session, Workload workload)
        throws OrtException {
      this.session = session;
      this.workload = workload;
      buckets = Bucket.of(workload.sequences());
      weights.put("w_query", tensor(environment, workload.weights().query()));
      weights.put("w_key", tensor(environment, workload.weights().key()));
      weights.put("w_value", tensor(environment, workload.weights().value()));
      for (Bucket bucket : buckets) {
        long[] shape = bucket.shape(workload.config().dIn());
        OnnxTensor x =
            OnnxTensor.createTensor(environment, bucket.pad(workload.sequences()), shape);
        tokens.add(x);
        Map<String, OnnxTensor> input = new HashMap<>(weights);
        input.put("x", x);
        inputs.add(input);
      }
    }

    private static OnnxTensor tensor(OrtEnvironment environment, Linear linear)
        throws OrtException {
      long[] shape = {linear.outFeatures(), linear.inFeatures()};
      return OnnxTensor.createTensor(environment, Bucket.copyOf(linear.weight()), shape);
    }

    @Override
    public void forward() {
      try {
        for (Map<String, OnnxTensor> input : inputs) {
          results.add(session.run(input));
        }
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public float[] context() {
      float[] context = new float[workload.contextLength()];
      for (int i = 0; i < buckets.size(); i++) {
        OnnxTensor padded = (OnnxTensor) results.get(i).get(0);
        buckets
            .get(i)
            .unpad(
                padded.getFloatBuffer(), workload.sequences(), workload.config().dOut(), context);
      }
      return context;
    }

    @Override
    public void release() {
      results.forEach(OrtSession.Result::close);
      results.clear();
    }

    @Override
    public void close() {
      release();
      tokens.forEach(OnnxTensor::close);
      weights.values().forEach(OnnxTensor::close);
      try {
        session.close();
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
