package io.github.sparkattention.kernels.models;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.LayerNorm;
import java.nio.file.Path;

/** The same models by libtorch's own operations in floats, on the names and layouts of files. */
final class Libtorch implements AutoCloseable {
  private static final String ENGINE = "PyTorch";

  private final NDManager manager;
  private final ModelFiles files;

  Libtorch(ModelFiles files) {
    this.manager = manager();
    this.files = files;
  }

  /** Loads libtorch at the first call. */
  static NDManager manager() {
    // Everything is on the class path, and nothing may be fetched or reported.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.pytorch.num_threads", "2");
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    // Half a gigabyte is unpacked there; its default is a folder in the user's home.
    String cache = Path.of(System.getProperty("java.io.tmpdir"), "djl").toString();
    System.setProperty("DJL_CACHE_DIR", cache);
    System.setProperty("ENGINE_CACHE_DIR", cache);
    return NDManager.newBaseManager(Device.cpu(), ENGINE);
  }

  /** What {@code torch.manual_seed(seed)} and {@code torch.normal} give. */
  static float[] normal(int seed, int count) {
    try (NDManager manager = manager()) {
      Engine.getEngine(ENGINE).setRandomSeed(seed);
      return manager.randomNormal(new Shape(count)).toFloatArray();
    }
  }

  /** Each token's last vector, [tokens, width]. */
  NDArray vectors(int[] ids) {
    return files.text("model_type").isEmpty() ? book(ids) : llama(ids);
  }

  /** The logarithms of the probabilities of all ids, [tokens, vocabulary]. */
  NDArray logProbabilities(NDArray vectors) {
    boolean isBook = files.text("model_type").isEmpty();
    String head = isBook ? "out_head" : "lm_head";
    String table = files.has(head + ".weight") ? head : "model.embed_tokens";
    return vectors.matMul(parameter(table + ".weight").transpose()).logSoftmax(-1);
  }

  private NDArray book(int[] ids) {
    int heads = files.whole("n_heads");
    NDArray x = embedding("tok_emb", ids);
    x = x.add(parameter("pos_emb.weight").get(":" + ids.length));
    for (int n = 0; n < files.whole("n_layers"); n++) {
      String block = "trf_blocks." + n + ".";
      NDArray normal = layerNorm(x, block + "norm1");
      NDArray joined =
          attention(
              heads(linear(normal, block + "att.W_query"), heads),
              heads(linear(normal, block + "att.W_key"), heads),
              heads(linear(normal, block + "att.W_value"), heads));
      x = x.add(linear(joined, block + "att.out_proj"));
      NDArray h = linear(layerNorm(x, block + "norm2"), block + "ff.layers.0");
      NDArray inner = h.add(h.pow(3).mul(0.044715f)).mul((float) Math.sqrt(2 / Math.PI));
      NDArray gelu = h.mul(0.5f).mul(inner.tanh().add(1));
      x = x.add(linear(gelu, block + "ff.layers.2"));
    }
    return layerNorm(x, "final_norm");
  }

  private NDArray llama(int[] ids) {
    int heads = files.whole("num_attention_heads");
    int kvHeads = files.whole("num_key_value_heads");
    NDArray x = embedding("model.embed_tokens", ids);
    for (int n = 0; n < files.whole("num_hidden_layers"); n++) {
      String block = "model.layers." + n + ".";
      String self = block + "self_attn.";
      NDArray normal = rmsNorm(x, block + "input_layernorm");
      NDArray keys = turned(heads(linear(normal, self + "k_proj"), kvHeads));
      NDArray values = heads(linear(normal, self + "v_proj"), kvHeads);
      NDArray joined =
          attention(
              turned(heads(linear(normal, self + "q_proj"), heads)),
              keys.repeat(0, heads / kvHeads),
              values.repeat(0, heads / kvHeads));
      x = x.add(linear(joined, self + "o_proj"));
      normal = rmsNorm(x, block + "post_attention_layernorm");
      NDArray gate = linear(normal, block + "mlp.gate_proj");
      NDArray silu = gate.div(gate.neg().exp().add(1));
      NDArray up = linear(normal, block + "mlp.up_proj");
      x = x.add(linear(silu.mul(up), block + "mlp.down_proj"));
    }
    return rmsNorm(x, "model.norm");
  }

  private NDArray parameter(String name) {
    return manager.create(files.values(name), new Shape(files.shape(name)));
  }

  private NDArray embedding(String name, int[] ids) {
    return parameter(name + ".weight").get(manager.create(ids));
  }

  private NDArray linear(NDArray x, String name) {
    NDArray y = x.matMul(parameter(name + ".weight").transpose());
    return files.has(name + ".bias") ? y.add(parameter(name + ".bias")) : y;
  }

  private NDArray layerNorm(NDArray x, String name) {
    NDArray gain = parameter(name + ".scale");
    NDArray shift = parameter(name + ".shift");
    return LayerNorm.layerNorm(x, gain.getShape(), gain, shift, 1e-5f).singletonOrThrow();
  }

  private NDArray rmsNorm(NDArray x, String name) {
    NDArray meanSquare = x.pow(2).mean(new int[] {-1}, true);
    NDArray deviation = meanSquare.add(files.number("rms_norm_eps")).sqrt();
    return x.div(deviation).mul(parameter(name + ".weight"));
  }

  /** [tokens, heads · headDim] as [heads, tokens, headDim]. */
  private static NDArray heads(NDArray x, int heads) {
    return x.reshape(x.getShape().get(0), heads, -1).transpose(1, 0, 2);
  }

  /** {@code x · cos + rotate_half(x) · sin}, as the transformers library writes it. */
  private NDArray turned(NDArray x) {
    int tokens = (int) x.getShape().get(1);
    int headDim = (int) x.getShape().get(2);
    int half = headDim / 2;
    NDArray exponents = manager.arange(half).toType(x.getDataType(), false).mul(-2f / headDim);
    NDArray theta = manager.create((float) files.number("rope_theta"));
    NDArray frequencies = theta.pow(exponents);
    NDArray positions = manager.arange(tokens).toType(x.getDataType(), false);
    NDArray angles = positions.reshape(tokens, 1).mul(frequencies.reshape(1, half));
    angles = angles.concat(angles, 1);
    NDArray first = x.get(":,:,:" + half);
    NDArray second = x.get(":,:," + half + ":");
    NDArray rotated = second.neg().concat(first, 2);
    return x.mul(angles.cos()).add(rotated.mul(angles.sin()));
  }

  /** Causal attention; heads are joined at the end. */
  private NDArray attention(NDArray q, NDArray k, NDArray v) {
    int tokens = (int) q.getShape().get(1);
    int headDim = (int) q.getShape().get(2);
    NDArray scores = q.matMul(k.transpose(0, 2, 1)).div((float) Math.sqrt(headDim));
    NDArray positions = manager.arange(tokens);
    NDArray future = positions.reshape(1, tokens).gt(positions.reshape(tokens, 1));
    NDArray mask = future.toType(q.getDataType(), false).mul(-1e30f);
    NDArray context = scores.add(mask).softmax(-1).matMul(v);
    return context.transpose(1, 0, 2).reshape(tokens, -1);
  }

  @Override
  public void close() {
    manager.close();
  }
}
