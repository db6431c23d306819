package io.github.sparkattention.bench;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;

/** A TorchScript module in libtorch, through DJL, with the weights of one layer. */
final class TorchModel implements AutoCloseable {
  private static final String ENGINE = "PyTorch";

  private final Model model;
  private final ParameterStore noParameters;
  private final NDArray query;
  private final NDArray key;
  private final NDArray value;

  /**
   * Loads the model; call {@link #configure} before.
   *
   * @param form {@code eager} or {@code sdpa}
   * @param heads number of heads, 1 or 12
   * @param weights the layer's weights
   */
  TorchModel(String form, int heads, AttentionWeights weights) {
    model = Model.newInstance(form, Device.cpu(), ENGINE);
    try {
      model.load(new ByteArrayInputStream(PeerModels.read(form, heads, "pt")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (MalformedModelException e) {
      throw new IllegalStateException(e);
    }
    noParameters = new ParameterStore(model.getNDManager(), false);
    query = tensor(weights.query());
    key = tensor(weights.key());
    value = tensor(weights.value());
  }

  /**
   * Says how libtorch runs, once for the JVM.
   *
   * @param threads how many threads compute each call
   */
  static void configure(int threads) {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    // Half a gigabyte is unpacked there; its default is a folder in the user's home.
    String cache = Path.of(System.getProperty("java.io.tmpdir"), "djl").toString();
    System.setProperty("DJL_CACHE_DIR", cache);
    System.setProperty("ENGINE_CACHE_DIR", cache);
  }

  /** The version of libtorch, which this loads. */
  static String version() {
    return Engine.getEngine(ENGINE).getVersion();
  }

  private NDArray tensor(Linear linear) {
    Shape shape = new Shape(linear.outFeatures(), linear.inFeatures());
    return model.getNDManager().create(Bucket.copyOf(linear.weight()), shape);
  }

  /** Values where the model reads them; the caller closes it. */
  NDArray tensor(FloatBuffer values, long... shape) {
    return model.getNDManager().create(values, new Shape(shape));
  }

  /** Computes context vectors [batch, tokens, dOut]; the caller closes the result. */
  NDList run(NDArray tokens) {
    return model.getBlock().forward(noParameters, new NDList(tokens, query, key, value), false);
  }

  /** The values of a result. */
  static FloatBuffer values(NDList result) {
    return result.singletonOrThrow().toByteBuffer().asFloatBuffer();
  }

  @Override
  public void close() {
    model.close();
  }
}
