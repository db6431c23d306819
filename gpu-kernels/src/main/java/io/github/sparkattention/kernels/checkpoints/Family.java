package io.github.sparkattention.kernels.checkpoints;

import io.github.sparkattention.kernels.ModelConfig;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Models whose files name their tensors alike. */
@SuppressWarnings("ImmutableEnumChecker") // maps and lists are made by Map.of and List.of
enum Family {
  /**
   * GPT-2 as the transformers library keeps it, with query, key and value joined, and maps as [in,
   * out]; minGPT and nanoGPT keep maps as [out, in].
   */
  GPT2(
      "transformer.",
      Map.of(
          ModelConfig.TOKENS, "wte", ModelConfig.POSITIONS, "wpe", ModelConfig.FINAL_NORM, "ln_f"),
      "h.",
      Map.of(
          "attention_norm", "ln_1",
          "query", "attn.c_attn",
          "key", "attn.c_attn",
          "value", "attn.c_attn",
          "out", "attn.c_proj",
          "mlp_norm", "ln_2",
          "up", "mlp.c_fc",
          "down", "mlp.c_proj"),
      "lm_head",
      List.of("weight"),
      List.of("bias"),
      "h\\.\\d+\\.attn\\.(bias|masked_bias)"),

  /** BERT; old files call gains gamma and shifts beta. */
  BERT(
      "bert.",
      Map.of(
          ModelConfig.TOKENS, "embeddings.word_embeddings",
          ModelConfig.POSITIONS, "embeddings.position_embeddings",
          ModelConfig.TYPES, "embeddings.token_type_embeddings",
          ModelConfig.EMBEDDING_NORM, "embeddings.LayerNorm"),
      "encoder.layer.",
      Map.of(
          "query", "attention.self.query",
          "key", "attention.self.key",
          "value", "attention.self.value",
          "out", "attention.output.dense",
          "attention_norm", "attention.output.LayerNorm",
          "up", "intermediate.dense",
          "down", "output.dense",
          "mlp_norm", "output.LayerNorm"),
      null,
      List.of("weight", "gamma"),
      List.of("bias", "beta"),
      "embeddings\\.(position_ids|token_type_ids)|pooler\\..*|cls\\..*"),

  /** DistilBERT: BERT without types. */
  DISTILBERT(
      "distilbert.",
      Map.of(
          ModelConfig.TOKENS, "embeddings.word_embeddings",
          ModelConfig.POSITIONS, "embeddings.position_embeddings",
          ModelConfig.EMBEDDING_NORM, "embeddings.LayerNorm"),
      "transformer.layer.",
      Map.of(
          "query", "attention.q_lin",
          "key", "attention.k_lin",
          "value", "attention.v_lin",
          "out", "attention.out_lin",
          "attention_norm", "sa_layer_norm",
          "up", "ffn.lin1",
          "down", "ffn.lin2",
          "mlp_norm", "output_layer_norm"),
      null,
      List.of("weight"),
      List.of("bias"),
      "embeddings\\.position_ids|vocab_(transform|layer_norm|projector)\\..*"),

  /** Llama, Mistral and Qwen2. */
  LLAMA(
      "model.",
      Map.of(ModelConfig.TOKENS, "embed_tokens", ModelConfig.FINAL_NORM, "norm"),
      "layers.",
      Map.of(
          "attention_norm", "input_layernorm",
          "query", "self_attn.q_proj",
          "key", "self_attn.k_proj",
          "value", "self_attn.v_proj",
          "out", "self_attn.o_proj",
          "mlp_norm", "post_attention_layernorm",
          "gate", "mlp.gate_proj",
          "up", "mlp.up_proj",
          "down", "mlp.down_proj"),
      "lm_head",
      List.of("weight"),
      List.of("bias"),
      "(layers\\.\\d+\\.self_attn\\.)?rotary_emb\\.inv_freq"),

  /** The GPTModel of "Build a Large Language Model (from Scratch)". */
  BOOK(
      "",
      Map.of(
          ModelConfig.TOKENS, "tok_emb",
          ModelConfig.POSITIONS, "pos_emb",
          ModelConfig.FINAL_NORM, "final_norm"),
      "trf_blocks.",
      Map.of(
          "attention_norm", "norm1",
          "query", "att.W_query",
          "key", "att.W_key",
          "value", "att.W_value",
          "out", "att.out_proj",
          "mlp_norm", "norm2",
          "up", "ff.layers.0",
          "down", "ff.layers.2"),
      "out_head",
      List.of("scale"),
      List.of("shift"),
      "trf_blocks\\.\\d+\\.att\\.mask");

  private final String outer;
  private final Map<String, String> stems;
  private final String blocks;
  private final Map<String, String> blockStems;
  private final String head;
  private final List<String> gains;
  private final List<String> shifts;
  private final Pattern skipped;

  Family(
      String outer,
      Map<String, String> stems,
      String blocks,
      Map<String, String> blockStems,
      String head,
      List<String> gains,
      List<String> shifts,
      String skipped) {
    this.outer = outer;
    this.stems = stems;
    this.blocks = blocks;
    this.blockStems = blockStems;
    this.head = head;
    this.gains = gains;
    this.shifts = shifts;
    this.skipped = Pattern.compile(skipped);
  }

  /**
   * What comes before all names but the head's where the model is part of another; may be empty.
   */
  String outer() {
    return outer;
  }

  /** The name of the head without {@code .weight}; null where there is none. */
  String head() {
    return head;
  }

  /** Whether a tensor, named without what comes before, has no part in what is computed. */
  boolean skips(String name) {
    return skipped.matcher(name).matches();
  }

  /** Whether maps are usually kept as [in, out]. */
  boolean isUsuallyTransposed() {
    return this == GPT2;
  }

  /** Whether models of this family have such a tensor. */
  boolean knows(TensorName tensor) {
    if (tensor.isHead()) {
      return head != null;
    }
    return tensor.block() == TensorName.NO_BLOCK
        ? stems.containsKey(tensor.layer())
        : blockStems.containsKey(tensor.layer());
  }

  /** The names that a tensor may have, the usual one first, without what comes before. */
  List<String> names(TensorName tensor) {
    String stem =
        tensor.block() == TensorName.NO_BLOCK
            ? stems.get(tensor.layer())
            : blocks + tensor.block() + "." + blockStems.get(tensor.layer());
    List<String> parts =
        !tensor.isNorm() ? List.of(tensor.part()) : tensor.isWeight() ? gains : shifts;
    return parts.stream().map(part -> stem + "." + part).toList();
  }

  /** Which of several maps that are joined in the file a map is; 0 where it is alone. */
  int part(TensorName tensor) {
    return joined(tensor) == 1 ? 0 : List.of("query", "key", "value").indexOf(tensor.layer());
  }

  /** How many maps are joined in the file with this one, itself included. */
  int joined(TensorName tensor) {
    String stem = blockStems.get(tensor.layer());
    return tensor.block() != TensorName.NO_BLOCK && stem.endsWith("c_attn") ? 3 : 1;
  }
}
