package io.github.sparkattention.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.ArrayList;
import java.util.List;

/** libtorch, running TorchScript through DJL. */
final class TorchPeer implements Contender {
  private final String form;
  private final int threads;

  /**
   * Loads libtorch at the first use in this JVM.
   *
   * @param form {@code eager} or {@code sdpa}
   * @param threads the number of threads, the same for all libtorch peers of a JVM
   */
  TorchPeer(String form, int threads) {
    this.form = form;
    this.threads = threads;
    TorchModel.configure(threads);
  }

  @Override
  public String name() {
    return "libtorch " + form;
  }

  @Override
  public int threads() {
    return threads;
  }

  @Override
  public PreparedCase prepare(Workload workload) {
    return new Prepared(
        new TorchModel(form, workload.config().numHeads(), workload.weights()), workload);
  }

  @Override
  public void close() {
    // libtorch stays loaded as long as the JVM lives.
  }

  private static final class Prepared implements PreparedCase {
    private final TorchModel model;
    private final Workload workload;
    private final List<Bucket> buckets;
    private final List<NDArray> tokens = new ArrayList<>();
    private final List<NDList> results = new ArrayList<>();

    Prepared(TorchModel model, Workload workload) {
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
      for (NDArray input : tokens) {
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
                TorchModel.values(results.get(i)),
                workload.sequences(),
                workload.config().dOut(),
                context);
      }
      return context;
    }

    @Override
    public void release() {
      results.forEach(NDList::close);
      results.clear();
    }

    @Override
    public void close() {
      release();
      model.close();
    }
  }
}
