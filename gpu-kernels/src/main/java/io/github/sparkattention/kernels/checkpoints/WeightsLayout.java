package io.github.sparkattention.kernels.checkpoints;

import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** How a model names the tensors of an attention layer, and which way round it keeps them. */
enum WeightsLayout {
  /**
   * As the classes of "Build a Large Language Model (from Scratch)" name them: an {@code nn.Linear}
   * each for W_query, W_key, W_value and, with several heads, out_proj.
   */
  BOOK {
    @Override
    boolean isIn(LayerTensors tensors) {
      return present(tensors, ".weight") != null || present(tensors, ".bias") != null;
    }

    @Override
    void ask(LayerTensors tensors) throws SafeTensorsException {
      String bias = present(tensors, ".bias");
      String weight = present(tensors, ".weight");
      String beside = weight == null ? bias : weight;
      List<Long> query = tensors.askMatrix("W_query.weight", beside);
      List<Long> key = tensors.askMatrix("W_key.weight", beside);
      List<Long> value = tensors.askMatrix("W_value.weight", beside);
      if (!key.get(1).equals(query.get(1))) {
        throw tensors.refuse(
            "W_key.weight",
            "must have as many columns as %s, but is %s"
                .formatted(tensors.describe("W_query.weight"), key));
      }
      if (!value.equals(key)) {
        throw tensors.refuse(
            "W_value.weight",
            "must have the shape of %s, but is %s"
                .formatted(tensors.describe("W_key.weight"), value));
      }
      if (bias != null || tensors.hasOptional("W_query.bias", "W_query.weight")) {
        tensors.askVector("W_query.bias", bias, "W_query.weight", query.get(0));
        tensors.askVector("W_key.bias", bias, "W_key.weight", key.get(0));
        tensors.askVector("W_value.bias", bias, "W_value.weight", value.get(0));
      }
      if (tensors.hasOptional("out_proj.weight", "W_query.weight")
          || tensors.has("out_proj.bias")) {
        askOut(tensors, "out_proj", "W_query.weight", query.get(0));
      }
    }

    @Override
    AttentionWeights weights(LayerTensors tensors) throws SafeTensorsException {
      return new AttentionWeights(
          tensors.linear("W_query"),
          tensors.linear("W_key"),
          tensors.linear("W_value"),
          tensors.has("out_proj.weight") ? tensors.linear("out_proj") : null);
    }

    private String present(LayerTensors tensors, String part) {
      return Stream.of("W_query", "W_key", "W_value")
          .map(name -> name + part)
          .filter(tensors::has)
          .findFirst()
          .orElse(null);
    }
  },

  /**
   * As GPT-2 names them: c_attn, which joins query, key and value [dIn, 3·dIn], and c_proj, which
   * every layer has; both kept as [in, out].
   */
  GPT2 {
    @Override
    boolean isIn(LayerTensors tensors) {
      return tensors.has("c_attn.weight") || tensors.has("c_attn.bias");
    }

    @Override
    void ask(LayerTensors tensors) throws SafeTensorsException {
      List<Long> joined = tensors.askMatrix("c_attn.weight", "c_attn.bias");
      long width = joined.get(0);
      // By division, since 3 · width may overflow.
      if (joined.get(1) % 3 != 0 || joined.get(1) / 3 != width) {
        throw tensors.refuse(
            "c_attn.weight",
            "must have three times as many columns as rows, but is %s".formatted(joined));
      }
      if (tensors.hasOptional("c_attn.bias", "c_attn.weight")) {
        tensors.askVector("c_attn.bias", "c_attn.weight", "c_attn.weight", joined.get(1));
      }
      askOut(tensors, "c_proj", "c_attn.weight", width);
    }

    @Override
    AttentionWeights weights(LayerTensors tensors) throws SafeTensorsException {
      float[] joined = tensors.values("c_attn.weight");
      float[] bias = tensors.values("c_attn.bias");
      int width = tensors.shape("c_attn.weight").get(0).intValue();
      return new AttentionWeights(
          columns(joined, bias, 0, width),
          columns(joined, bias, width, width),
          columns(joined, bias, 2 * width, width),
          columns(tensors.values("c_proj.weight"), tensors.values("c_proj.bias"), 0, width));
    }

    /** Some columns of a weight [width, any], which are the rows of an {@code nn.Linear}. */
    private Linear columns(float[] weight, float[] bias, int first, int width) {
      int columns = weight.length / width;
      float[] transposed = new float[width * width];
      for (int in = 0; in < width; in++) {
        for (int out = 0; out < width; out++) {
          transposed[out * width + in] = weight[in * columns + first + out];
        }
      }
      return new Linear(
          transposed,
          bias == null ? null : Arrays.copyOfRange(bias, first, first + width),
          width,
          width);
    }
  };

  /** Whether a model has such a layer, or part of one. */
  abstract boolean isIn(LayerTensors tensors);

  /** Asks for the layer's tensors, and checks that all are there and fit each other. */
  abstract void ask(LayerTensors tensors) throws SafeTensorsException;

  /** Makes the weights from what was asked for and read. */
  abstract AttentionWeights weights(LayerTensors tensors) throws SafeTensorsException;

  /** Asks for the output projection of a layer with contexts this wide. */
  private static void askOut(LayerTensors tensors, String name, String beside, long width)
      throws SafeTensorsException {
    String weight = name + ".weight";
    String bias = name + ".bias";
    List<Long> shape = tensors.askMatrix(weight, tensors.has(bias) ? bias : beside);
    if (!shape.equals(List.of(width, width))) {
      throw tensors.refuse(
          weight,
          "must be [%d, %d] by %s, but is %s"
              .formatted(width, width, tensors.describe(beside), shape));
    }
    if (tensors.hasOptional(bias, weight)) {
      tensors.askVector(bias, weight, weight, width);
    }
  }
}
