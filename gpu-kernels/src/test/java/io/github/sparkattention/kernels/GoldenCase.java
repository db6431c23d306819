package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.files.SafeTensors;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A batch with the results that PyTorch computed for it in float64. The files in {@code /golden}
 * come from {@code make_golden.py} beside them.
 *
 * @param name name of the case
 * @param config its settings, from the file's metadata
 * @param weights its weights
 * @param sequences its batch
 * @param expected context vectors [total, dOut]
 * @param expectedWeights attention weights, sequence after sequence, each [numHeads, n, n]; null
 *     where the case is too large to keep them
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares two cases.
public record GoldenCase(
    String name,
    AttentionConfig config,
    AttentionWeights weights,
    PackedSequences sequences,
    float[] expected,
    float[] expectedWeights) {

  private static final List<String> NAMES =
      List.of(
          "one_token",
          "causal_ragged",
          "causal_tiny_dims",
          "odd_dims",
          "self_attention_not_causal",
          "qkv_bias",
          "empty_sequence_between",
          "multi_head",
          "multi_head_bias_not_causal",
          "grouped_query",
          "multi_query",
          "sliding_window",
          "sliding_window_not_causal",
          "softcap",
          "custom_scale",
          "large_scores",
          "longer_than_a_tile",
          "wide_single_head",
          "everything");

  /** All cases; a file that is missing fails, so that no case is left out in silence. */
  public static Stream<GoldenCase> all() {
    return NAMES.stream().map(GoldenCase::load);
  }

  /** One case by its name. */
  public static GoldenCase load(String name) {
    try {
      GoldenCase loaded = of(read(name + ".safetensors"));
      if (!loaded.name.equals(name)) {
        throw new IllegalStateException(name + ".safetensors holds the case " + loaded.name);
      }
      return loaded;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All tensors of a file in {@code /golden}. */
  public static SafeTensors read(String file) throws IOException {
    byte[] bytes = bytes(file);
    return SafeTensors.read(new ByteArrayInputStream(bytes), bytes.length, file, tensor -> true);
  }

  /** The bytes of a file in {@code /golden}. */
  public static byte[] bytes(String file) throws IOException {
    try (InputStream in = GoldenCase.class.getResourceAsStream("/golden/" + file)) {
      if (in == null) {
        throw new IllegalStateException("there is no test resource /golden/" + file);
      }
      return in.readAllBytes();
    }
  }

  private static GoldenCase of(SafeTensors file) throws IOException {
    Map<String, String> settings = file.metadata();
    AttentionConfig config = config(settings);
    int[] offsets =
        Arrays.stream(file.tensor("offsets").integers()).mapToInt(Math::toIntExact).toArray();
    return new GoldenCase(
        settings.get("name"),
        config,
        new AttentionWeights(
            linear(file, "W_query"),
            linear(file, "W_key"),
            linear(file, "W_value"),
            config.outProjection() ? linear(file, "out_proj") : null),
        PackedSequences.of(
            file.tensor("tokens").floats(), config.dIn(), offsets, offsets.length - 1),
        file.tensor("expected").floats(),
        optional(file, "expected_weights"));
  }

  private static AttentionConfig config(Map<String, String> settings) {
    int headDim = Integer.parseInt(settings.get("head_dim"));
    int numHeads = Integer.parseInt(settings.get("num_heads"));
    return AttentionConfig.builder(Integer.parseInt(settings.get("d_in")), numHeads * headDim)
        .numHeads(numHeads)
        .numKvHeads(Integer.parseInt(settings.get("num_kv_heads")))
        .causal(Boolean.parseBoolean(settings.get("causal")))
        .qkvBias(Boolean.parseBoolean(settings.get("qkv_bias")))
        .outProjection(Boolean.parseBoolean(settings.get("out_proj")))
        .scale(Float.parseFloat(settings.get("scale")))
        .slidingWindow(Integer.parseInt(settings.get("window")))
        .softcap(Float.parseFloat(settings.get("softcap")))
        .build();
  }

  private static Linear linear(SafeTensors file, String name) throws IOException {
    SafeTensors.Tensor weight = file.tensor(name + ".weight");
    return new Linear(
        weight.floats(),
        optional(file, name + ".bias"),
        Math.toIntExact(weight.shape().get(0)),
        Math.toIntExact(weight.shape().get(1)));
  }

  private static float[] optional(SafeTensors file, String name) throws IOException {
    return file.names().contains(name) ? file.tensor(name).floats() : null;
  }

  @Override
  public String toString() {
    return name;
  }
}
