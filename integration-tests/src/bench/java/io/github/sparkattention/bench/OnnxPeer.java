package io.github.sparkattention.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import java.util.ArrayList;
import java.util.List;

/** ONNX Runtime, running one of two forms. */
final class OnnxPeer implements Contender {
  private final String form;
  private final int threads;

  /**
   * A peer.
   *
   * @param form {@code eager} or {@code fused}
   * @param threads how many threads compute
   */
  OnnxPeer(String form, int threads) {
    this.form = form;
    this.threads = threads;
  }

  @Override
  public String name() {
    return "ONNX Runtime " + form;
  }

  @Override
  public int threads() {
    return threads;
  }

  @Override
  public PreparedCase prepare(Workload workload) {
    return new Prepared(
        OnnxModel.load(form, workload.config().numHeads(), workload.weights(), threads), workload);
  }

  @Override
  public void close() {
    // The environment is one for the whole JVM and closes with it.
  }

  private static final class Prepared implements PreparedCase {
    private final OnnxModel model;
    private final Workload workload;
    private final List<Bucket> buckets;
    private final List<OnnxTensor> tokens = new ArrayList<>();
    private final List<OrtSession.Result> results = new ArrayList<>();

    Prepared(OnnxModel model, Workload workload) {
      this.model = model;
      this.workload = workload;
      buckets = Bucket.of(workload.sequences());
      for (Bucket bucket : buckets) {
        long[] shape = bucket.shape(workload.config().dIn());
        tokens.add(model.tensor(bucket.pad(workload.sequences()), shape));
      }
    }

    @Override
    public void forward() {
      for (OnnxTensor input : tokens) {
        results.add(model.run(input));
      }
    }

    @Override
    public float[] context() {
      float[] context = new float[workload.contextLength()];
      for (int i = 0; i < buckets.size(); i++) {
        buckets
            .get(i)
            .unpad(
                OnnxModel.values(results.get(i)),
                workload.sequences(),
                workload.config().dOut(),
                context);
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
      model.close();
    }
  }
}
