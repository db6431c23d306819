package io.github.sparkattention.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.LayerNorm;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A GPT of twelve heads in libtorch through DJL, operator by operator, as PyTorch computes it where
 * nothing is compiled, with its fused attention.
 */
final class TorchGpt implements ModelContender {
  private static final String ENGINE = "PyTorch";
  private static final int ROWS = 32;

  private final ModelConfig config;
  private final NDManager manager;
  private final Map<String, NDArray> tensors = new HashMap<>();
  private final List<TorchModel> attentions = new ArrayList<>();

  TorchGpt(ModelConfig config, Tensors tensors, int threads) {
    TorchModel.configure(threads);
    this.config = config;
    manager = NDManager.newBaseManager(Device.cpu(), ENGINE);
    tensors.shapes().forEach((name, shape) -> keep(name, tensors.values(name), shape));
    for (int block = 0; block < config.layers(); block++) {
      AttentionWeights weights =
          new AttentionWeights(
              map(tensors, block, "query"),
              map(tensors, block, "key"),
              map(tensors, block, "value"),
              null);
      attentions.add(new TorchModel("sdpa", config.heads().numHeads(), weights));
    }
  }

  private void keep(String name, float[] values, Tensors.Shape shape) {
    Shape own =
        shape.isVector() ? new Shape(shape.columns()) : new Shape(shape.rows(), shape.columns());
    tensors.put(name, manager.create(Bucket.copyOf(values), own));
  }

  private Linear map(Tensors tensors, int block, String name) {
    int width = config.width();
    return tensors.linear(new Step.Map(ModelConfig.inBlock(block, name), width, false));
  }

  @Override
  public String name() {
    return "libtorch";
  }

  @Override
  public PreparedCase prepare(PackedSequences batch) {
    return new Prepared(batch);
  }

  private NDArray linear(NDArray x, String name) {
    NDArray weight = tensors.get(name + ".weight");
    NDArray y = x.matMul(weight.transpose());
    NDArray bias = tensors.get(name + ".bias");
    return bias == null ? y : y.add(bias);
  }

  private NDArray norm(NDArray x, String name) {
    return LayerNorm.layerNorm(
            x,
            new Shape(config.width()),
            tensors.get(name + ".weight"),
            tensors.get(name + ".bias"),
            config.norm().epsilon())
        .singletonOrThrow();
  }

  /** The tanh form, of the operators that DJL has. */
  private static NDArray gelu(NDArray x) {
    NDArray inner = x.pow(3).muli(0.044715f).addi(x).muli((float) Math.sqrt(2 / Math.PI));
    return inner.tanh().addi(1).muli(x).muli(0.5f);
  }

  /** What stands between two blocks is freed with the block's own manager. */
  private NDArray forward(NDManager scope, NDArray ids, NDArray positions) {
    NDArray x = tensors.get("tokens.weight").get(ids);
    x.attach(scope);
    x = x.add(tensors.get("positions.weight").get(positions));
    for (int block = 0; block < config.layers(); block++) {
      try (NDManager own = scope.newSubManager()) {
        x.attach(own);
        NDArray h = norm(x, ModelConfig.inBlock(block, "attention_norm"));
        NDArray context = attentions.get(block).run(h).singletonOrThrow();
        x = x.add(linear(context, ModelConfig.inBlock(block, "out")));
        h = norm(x, ModelConfig.inBlock(block, "mlp_norm"));
        NDArray middle = gelu(linear(h, ModelConfig.inBlock(block, "up")));
        x = x.add(linear(middle, ModelConfig.inBlock(block, "down")));
        x.attach(scope);
      }
    }
    return norm(x, ModelConfig.FINAL_NORM);
  }

  @Override
  public void close() {
    attentions.forEach(TorchModel::close);
    manager.close();
  }

  private final class Prepared implements PreparedCase {
    private final PackedSequences batch;
    private final List<Bucket> buckets;
    private final List<NDArray> ids = new ArrayList<>();
    private final List<NDArray> results = new ArrayList<>();
    private NDManager scope;

    Prepared(PackedSequences batch) {
      this.batch = batch;
      buckets = Bucket.sorted(batch, ROWS);
      for (Bucket bucket : buckets) {
        long[] padded = new long[bucket.rows().size() * bucket.tokens()];
        bucket.padIds(batch, padded, new long[padded.length]);
        ids.add(manager.create(padded, new Shape(bucket.rows().size(), bucket.tokens())));
      }
    }

    @Override
    public void forward() {
      scope = manager.newSubManager();
      for (NDArray input : ids) {
        try (NDManager inner = manager.newSubManager()) {
          int tokens = (int) input.getShape().get(1);
          NDArray positions = inner.arange(0, tokens, 1).toType(DataType.INT64, false);
          NDArray result = TorchGpt.this.forward(inner, input, positions);
          result.attach(scope);
          results.add(result);
        }
      }
    }

    @Override
    public float[] context() {
      float[] vectors = new float[batch.total() * config.width()];
      for (int i = 0; i < buckets.size(); i++) {
        NDList one = new NDList(results.get(i));
        buckets.get(i).unpad(TorchModel.values(one), batch, config.width(), vectors);
      }
      return vectors;
    }

    @Override
    public void release() {
      results.clear();
      scope.close();
    }

    @Override
    public void close() {
      ids.forEach(NDArray::close);
    }
  }
}
