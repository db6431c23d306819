package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.files.ModelTensors;
import io.github.sparkattention.kernels.files.SafeTensors.Tensor;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import io.github.sparkattention.kernels.files.SafeTensorsHeader.Entry;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The tensors of one attention layer of a model: those under a prefix. A {@link WeightsLayout}
 * first asks for each by its name without the prefix, which checks what the header says of it; then
 * all that were asked for are read at once. Whatever is wrong with one is said of the file that has
 * it.
 */
final class LayerTensors {
  private final ModelTensors model;
  private final String prefix;
  private final Set<String> wanted = new HashSet<>();
  private Map<String, Tensor> tensors;

  LayerTensors(ModelTensors model, String prefix) {
    this.model = model;
    this.prefix = prefix;
  }

  boolean has(String name) {
    return model.entry(prefix + name) != null;
  }

  /**
   * Looks for a tensor that a layer may do without.
   *
   * @param name name of the tensor
   * @param beside a tensor that is there
   * @return whether it is there
   * @throws SafeTensorsException if that can't be known, since it may be in a file that wasn't
   *     given
   */
  boolean hasOptional(String name, String beside) throws SafeTensorsException {
    if (!has(name) && model.isLoneShard()) {
      throw absent(name, beside);
    }
    return has(name);
  }

  /**
   * Asks for a weight.
   *
   * @param name name of the weight
   * @param beside the tensor that makes no sense without it
   * @return its shape: two dimensions, of at least 1
   * @throws SafeTensorsException if it isn't there, or is no matrix of floats
   */
  List<Long> askMatrix(String name, String beside) throws SafeTensorsException {
    List<Long> shape = ask(name, beside).shape();
    if (shape.size() != 2 || shape.contains(0L)) {
      throw refuse(name, "must have 2 dimensions of at least 1, but is %s".formatted(shape));
    }
    return shape;
  }

  /**
   * Asks for a bias.
   *
   * @param name name of the bias
   * @param beside the tensor that makes no sense without it
   * @param weight the weight that it belongs to
   * @param length number of values that the weight gives it
   * @throws SafeTensorsException if it isn't there, or is no vector of that many floats
   */
  void askVector(String name, String beside, String weight, long length)
      throws SafeTensorsException {
    List<Long> shape = ask(name, beside).shape();
    if (!shape.equals(List.of(length))) {
      throw refuse(
          name, "must be [%d] by %s, but is %s".formatted(length, describe(weight), shape));
    }
  }

  private Entry ask(String name, String beside) throws SafeTensorsException {
    Entry entry = model.entry(prefix + name);
    if (entry == null) {
      throw absent(name, beside);
    }
    if (!entry.dtype().isFloat()) {
      throw refuse(name, "must be F32, F64, F16 or BF16, but is %s".formatted(entry.dtype()));
    }
    wanted.add(entry.name());
    return entry;
  }

  private SafeTensorsException absent(String name, String beside) {
    String rule = "must be there, as %s is, but %s";
    String missing =
        model.isSharded()
            ? "the index has none"
            : model.isLoneShard()
                ? "this shard has none, and others were not given; name their index "
                    + ModelTensors.INDEX
                    + " or its folder instead"
                : "the file has none";
    return refuse(name, rule.formatted(describeName(beside), missing));
  }

  /** A tensor with its shape, for messages. */
  String describe(String name) {
    return "%s %s".formatted(describeName(name), shape(name));
  }

  /** A tensor with its shard, if there are several, for messages. */
  private String describeName(String name) {
    String quoted = quote(prefix + name);
    return model.isSharded() ? "%s of %s".formatted(quoted, model.source(prefix + name)) : quoted;
  }

  /** The shape of a tensor that is there. */
  List<Long> shape(String name) {
    return model.entry(prefix + name).shape();
  }

  SafeTensorsException refuse(String name, String rule) {
    return new SafeTensorsException(
        model.source(prefix + name), "tensor %s %s".formatted(quote(prefix + name), rule));
  }

  /** Reads all that was asked for. */
  void read() throws IOException {
    tensors = model.read(wanted);
  }

  /**
   * A layer that was asked for, kept as {@code nn.Linear} keeps it.
   *
   * @param name name of the layer; its bias is left out if it wasn't asked for
   * @return the layer
   * @throws SafeTensorsException if a value is NaN or infinite
   */
  Linear linear(String name) throws SafeTensorsException {
    float[] weight = values(name + ".weight");
    List<Long> shape = shape(name + ".weight");
    // That many values fit an array, and so does each dimension.
    return new Linear(
        weight, values(name + ".bias"), shape.get(0).intValue(), shape.get(1).intValue());
  }

  /**
   * The values of a tensor that was asked for.
   *
   * @param name name of the tensor
   * @return its values, row-major, or null if it wasn't asked for
   * @throws SafeTensorsException if one of them is NaN or infinite
   */
  float[] values(String name) throws SafeTensorsException {
    if (!wanted.contains(prefix + name)) {
      return null;
    }
    Tensor tensor = tensors.get(prefix + name);
    float[] values = tensor.floats();
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw refuse(
            name,
            "must hold finite floats, but holds %s at %s, read from %s"
                .formatted(values[i], index(i, tensor.shape()), tensor.dtype()));
      }
    }
    return values;
  }

  private static List<Long> index(long i, List<Long> shape) {
    return shape.size() == 1 ? List.of(i) : List.of(i / shape.get(1), i % shape.get(1));
  }
}
