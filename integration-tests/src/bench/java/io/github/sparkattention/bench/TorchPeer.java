package io.github.sparkattention.bench;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import io.github.sparkattention.kernels.Linear;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** libtorch, running TorchScript through DJL. */
final class TorchPeer implements Contender {
  private static final String ENGINE = "PyTorch";

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
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    // Half a gigabyte is unpacked there; its default is a folder in the user's home.
    String cache = Path.of(System.getProperty("java.io.tmpdir"), "djl").toString();
    System.setProperty("DJL_CACHE_DIR", cache);
    System.setProperty("ENGINE_CACHE_DIR", cache);
  }

  /** The version of libtorch. */
  String version() {
    return Engine.getEngine(ENGINE).getVersion();
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
    byte[] module = PeerModels.read(form, workload.config().numHeads(), "pt");
    Model model = Model.newInstance(form, Device.cpu(), ENGINE);
    try {
      model.load(new ByteArrayInputStream(module));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedModelException e) {
      throw new IllegalStateException(e);
    }
    return new Prepared(model, workload);
  }

  @Override
  public void close() {
    // libtorch stays loaded as long as the JVM lives.
  }

  private static final class Prepared implements PreparedCase {
    private final Model model;
    private final Workload workload;
    private final List<Bucket> buckets;
    private final List<NDList> inputs = new ArrayList<>();
    private final List<NDList> results = new ArrayList<>();
    private final ParameterStore noParameters;

    Prepared(Model model, Workload workload) {
      this.model = model;
      this.workload = workload;
      buckets = Bucket.of(workload.sequences());
      NDManager manager = model.getNDManager();
      noParameters = new ParameterStore(manager, false);
      NDArray query = tensor(manager, workload.weights().query());
      NDArray key = tensor(manager, workload.weights().key());
      NDArray value = tensor(manager, workload.weights().value());
      for (Bucket bucket : buckets) {
        Shape shape = new Shape(bucket.shape(workload.config().dIn()));
        NDArray tokens = manager.create(bucket.pad(workload.sequences()), shape);
        inputs.add(new NDList(tokens, query, key, value));
      }
    }

    private static NDArray tensor(NDManager manager, Linear linear) {
      Shape shape = new Shape(linear.outFeatures(), linear.inFeatures());
      return manager.create(Bucket.copyOf(linear.weight()), shape);
    }

    @Override
    public void forward() {
      for (NDList input : inputs) {
        results.add(model.getBlock().forward(noParameters, input, false));
      }
    }

    @Override
    public float[] context() {
      float[] context = new float[workload.contextLength()];
      for (int i = 0; i < buckets.size(); i++) {
        NDArray padded = results.get(i).singletonOrThrow();
        buckets
            .get(i)
            .unpad(
                padded.toByteBuffer().asFloatBuffer(),
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
