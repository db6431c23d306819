package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.files.LocalModelPath;
import io.github.sparkattention.kernels.files.ModelPath;
import io.github.sparkattention.kernels.files.ModelTensors;
import io.github.sparkattention.kernels.files.SafeTensors;
import io.github.sparkattention.kernels.files.SafeTensors.Tensor;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Reads the weights of an attention layer from a safetensors file, or from the shards of a model,
 * and writes them.
 *
 * <p>Under a prefix, such as {@code trf_blocks.0.att.}, a layer is found by either of two sets of
 * names, and by each of them with {@code transformer.} before the prefix, too:
 *
 * <ul>
 *   <li>{@code W_query}, {@code W_key}, {@code W_value} and {@code out_proj}, each with {@code
 *       .weight} [out, in] and {@code .bias} [out], as the book's classes keep them; out_proj and
 *       the biases may be missing, but a bias of one of query, key and value needs the others;
 *   <li>{@code c_attn} and {@code c_proj} as GPT-2 keeps them, query, key and value joined to [dIn,
 *       3·dIn], and all weights stored as [in, out]; only the biases may be missing.
 * </ul>
 *
 * <p>A file that is one of several by its name, such as {@code model-00001-of-00002.safetensors},
 * gives a layer only if nothing of it could be in another; else its index is asked for.
 *
 * <p>Tensors may be F32, F64, F16 or BF16. All others of the model, such as a mask, are skipped.
 */
public final class AttentionWeightsFile {
  private static final String OUTER_PREFIX = "transformer.";

  private static final int MOST_PREFIXES_SHOWN = 5;

  private AttentionWeightsFile() {}

  /**
   * Reads a layer from local files.
   *
   * @param path a safetensors file, an index of shards or a folder, as {@link ModelTensors#open}
   *     takes them
   * @param prefix what comes before the layer's names; may be empty
   * @return the weights
   * @throws SafeTensorsException for any reason that {@link #read(ModelPath, String)} gives
   * @throws IOException if reading fails
   */
  public static AttentionWeights read(Path path, String prefix) throws IOException {
    return read(new LocalModelPath(path), prefix);
  }

  /**
   * Reads a layer from files on any file system.
   *
   * @param path a safetensors file, an index of shards or a folder, as {@link ModelTensors#open}
   *     takes them
   * @param prefix what comes before the layer's names; may be empty
   * @return the weights
   * @throws SafeTensorsException if there is no such file, or a shard is missing, or for any reason
   *     that {@link #read(InputStream, long, String, String)} gives; the message names the file
   * @throws IOException if reading fails
   */
  public static AttentionWeights read(ModelPath path, String prefix) throws IOException {
    return read(ModelTensors.open(path), prefix);
  }

  /**
   * Reads a layer in one pass forward. The stream is not closed.
   *
   * @param in the file from its start
   * @param length bytes in the whole file
   * @param source name of the file, for messages
   * @param prefix what comes before the layer's names; may be empty
   * @return the weights
   * @throws SafeTensorsException if the file breaks a rule of the format, has no such layer or only
   *     a part of it, if shapes contradict each other, or a weight is NaN or infinite as a float;
   *     the message names the tensor
   * @throws IOException if the stream fails
   */
  public static AttentionWeights read(InputStream in, long length, String source, String prefix)
      throws IOException {
    return read(ModelTensors.of(in, length, source), prefix);
  }

  private static AttentionWeights read(ModelTensors model, String prefix) throws IOException {
    Objects.requireNonNull(prefix, "prefix");
    for (String tried : List.of(prefix, OUTER_PREFIX + prefix)) {
      for (WeightsLayout layout : WeightsLayout.values()) {
        LayerTensors tensors = new LayerTensors(model, tried);
        if (layout.isIn(tensors)) {
          layout.ask(tensors);
          tensors.read();
          return layout.weights(tensors);
        }
      }
    }
    throw new SafeTensorsException(
        model.source(),
        "there must be an attention layer under the prefix %s, with %s or %s, but %s"
            .formatted(
                quote(prefix),
                quote(prefix + "W_query.weight"),
                quote(prefix + "c_attn.weight"),
                foundPrefixes(model)));
  }

  /** Says which prefixes a model has layers under. */
  private static String foundPrefixes(ModelTensors model) {
    String what =
        model.isSharded() ? "the index" : model.isLoneShard() ? "this shard alone" : "the file";
    TreeSet<String> prefixes = new TreeSet<>();
    for (String name : model.names()) {
      for (String weight : List.of("W_query.weight", "c_attn.weight")) {
        if (name.endsWith(weight)) {
          prefixes.add(name.substring(0, name.length() - weight.length()));
        }
      }
    }
    if (prefixes.isEmpty()) {
      return "%s has none under any prefix".formatted(what);
    }
    String shown =
        prefixes.stream()
            .limit(MOST_PREFIXES_SHOWN)
            .map(SafeTensorsException::quote)
            .collect(Collectors.joining(", "));
    int more = prefixes.size() - MOST_PREFIXES_SHOWN;
    return what + " has layers under " + shown + (more > 0 ? " and %d more".formatted(more) : "");
  }

  /**
   * Writes a layer as F32 under the book's names, without a prefix. Equal weights and metadata give
   * equal bytes. The stream is neither flushed nor closed.
   *
   * @param weights the weights
   * @param metadata strings to keep with them; {@code format} is {@code pt} unless given, as Python
   *     readers expect
   * @param out receives the file
   * @throws IOException if the stream fails
   */
  public static void write(AttentionWeights weights, Map<String, String> metadata, OutputStream out)
      throws IOException {
    Map<String, String> strings = new HashMap<>(metadata);
    strings.putIfAbsent("format", "pt");
    List<Tensor> tensors = new ArrayList<>();
    add(tensors, "W_query", weights.query());
    add(tensors, "W_key", weights.key());
    add(tensors, "W_value", weights.value());
    if (weights.out() != null) {
      add(tensors, "out_proj", weights.out());
    }
    SafeTensors.write(out, strings, tensors);
  }

  private static void add(List<Tensor> tensors, String name, Linear linear) {
    tensors.add(
        Tensor.of(name + ".weight", linear.weight(), linear.outFeatures(), linear.inFeatures()));
    if (linear.hasBias()) {
      tensors.add(Tensor.of(name + ".bias", linear.bias(), linear.outFeatures()));
    }
  }
}
