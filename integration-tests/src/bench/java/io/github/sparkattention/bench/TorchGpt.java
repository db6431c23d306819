package io.github.sparkattention.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.norm.LayerNorm;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A GPT in libtorch through DJL, operator by operator, as PyTorch computes it where nothing is
 * compiled. Attention is its fused one where DJL has it, and else softmax between two products.
 */
final class TorchGpt implements ModelContender {
  private static final String ENGINE = "PyTorch";
  private static final int ROWS = 32;

  private final ModelConfig config;
  private final NDManager manager;
  private final Map<String, NDArray> tensors = new HashMap<>();
  private final Map<Integer, NDArray> masks = new HashMap<>();

  TorchGpt(ModelConfig config, Tensors tensors, int threads) {
    TorchModel.configure(threads);
    this.config = config;
    manager = NDManager.newBaseManager(Device.cpu(), ENGINE);
    tensors
        .shapes()
        .forEach(
            (name, shape) ->
                this.tensors.put(
                    name,
                    manager.create(
                        Bucket.copyOf(tensors.values(name)),
                        shape.isVector()
                            ? new Shape(shape.columns())
                            : new Shape(shape.rows(), shape.columns()))));
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

  private NDArray heads(NDArray x) {
    long[] shape = x.getShape().getShape();
    return x.reshape(shape[0], shape[1], config.heads().numHeads(), config.heads().headDim())
        .transpose(0, 2, 1, 3);
  }

  /** What hides later tokens: [n, n], minus a lot above the diagonal. */
  private NDArray mask(int n) {
    return masks.computeIfAbsent(
        n,
        length -> {
          float[] values = new float[length * length];
          for (int i = 0; i < length; i++) {
            for (int j = i + 1; j < length; j++) {
              values[i * length + j] = -1e30f;
            }
          }
          return manager.create(values, new Shape(length, length));
        });
  }

  private NDArray attend(NDArray x, int block) {
    NDArray q = heads(linear(x, ModelConfig.inBlock(block, "query")));
    NDArray k = heads(linear(x, ModelConfig.inBlock(block, "key")));
    NDArray v = heads(linear(x, ModelConfig.inBlock(block, "value")));
    NDArray scores = q.mul(config.heads().scale()).matMul(k.transpose(0, 1, 3, 2));
    NDArray weights = scores.add(mask((int) x.getShape().get(1))).softmax(-1);
    return weights.matMul(v).transpose(0, 2, 1, 3).reshape(x.getShape());
  }

  /** The tanh form, of the operators that DJL has. */
  private static NDArray gelu(NDArray x) {
    NDArray inner = x.pow(3).muli(0.044715f).addi(x).muli((float) Math.sqrt(2 / Math.PI));
    return inner.tanh().addi(1).muli(x).muli(0.5f);
  }

  private NDArray forward(NDArray ids, NDArray positions) {
    NDArray x =
        tensors.get("tokens.weight").get(ids).add(tensors.get("positions.weight").get(positions));
    for (int block = 0; block < config.layers(); block++) {
      NDArray h = norm(x, ModelConfig.inBlock(block, "attention_norm"));
      x = x.add(linear(attend(h, block), ModelConfig.inBlock(block, "out")));
      h = norm(x, ModelConfig.inBlock(block, "mlp_norm"));
      NDArray middle = gelu(linear(h, ModelConfig.inBlock(block, "up")));
      x = x.add(linear(middle, ModelConfig.inBlock(block, "down")));
    }
    return norm(x, ModelConfig.FINAL_NORM);
  }

  @Override
  public void close() {
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
          NDArray own = input.duplicate();
          own.attach(inner);
          NDArray positions =
              inner
                  .arange(0, (int) input.getShape().get(1), 1)
                  .toType(ai.djl.ndarray.types.DataType.INT64, false);
          NDArray result = TorchGpt.this.forward(own, positions);
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
