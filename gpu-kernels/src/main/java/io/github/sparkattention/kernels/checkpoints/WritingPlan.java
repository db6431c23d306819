package io.github.sparkattention.kernels.checkpoints;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelConfig.Head;
import io.github.sparkattention.kernels.ModelConfig.Placement;
import io.github.sparkattention.kernels.Norm;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How a model is kept in files: the family whose names its tensors get, and its settings.
 *
 * @param family the family
 * @param settings what {@code config.json} says, in its order: texts, numbers, truth values, lists
 *     of texts, and maps of these
 */
record WritingPlan(Family family, Map<String, Object> settings) {

  /**
   * Plans to write a model.
   *
   * @param config the model
   * @return the plan
   * @throws IllegalArgumentException if no family of models computes the same
   */
  static WritingPlan of(ModelConfig config) {
    Family family = config.activation() == Activation.NONE ? null : family(config);
    if (family == null) {
      throw new IllegalArgumentException(
          "a model that is written must be of the form of GPT-2, the book's GPTModel, BERT,"
              + " DistilBERT, Llama, Mistral or Qwen2, but is "
              + config);
    }
    Settings settings = new Settings(config);
    switch (family) {
      case BOOK -> settings.book();
      case GPT2 -> settings.gpt2();
      case BERT -> settings.bert();
      case DISTILBERT -> settings.distilBert();
      case LLAMA -> settings.llama();
    }
    return new WritingPlan(family, settings.values);
  }

  private static Family family(ModelConfig config) {
    Heads heads = config.heads();
    boolean alike = heads.numHeads() == heads.numKvHeads() && heads.dOut() == config.width();
    boolean plain = heads.softcap() == 0 && heads.slidingWindow() == 0;
    boolean isScaled = heads.scale() == (float) (1 / Math.sqrt(heads.headDim()));
    boolean isLayerNorm = config.norm().kind() == Norm.Kind.LAYER;
    boolean biases = config.qkvBias() && config.outBias() && config.mlpBias();
    boolean isPositioned = config.rotary() == null && config.positions() == config.contextLength();
    if (config.placement() == Placement.AFTER) {
      boolean isBert =
          alike
              && plain
              && isScaled
              && isLayerNorm
              && biases
              && isPositioned
              && !heads.causal()
              && !config.gated()
              && config.positions() > 0
              && config.head() == Head.NONE;
      if (!isBert) {
        return null;
      }
      boolean isDistilled = config.types() == 0 && config.norm().epsilon() == 1e-12f;
      return isDistilled ? Family.DISTILBERT : config.types() > 0 ? Family.BERT : null;
    }
    if (!heads.causal() || config.types() > 0) {
      return null;
    }
    if (config.gated()) {
      boolean isLlama =
          isScaled
              && heads.softcap() == 0
              && !isLayerNorm
              && config.rotary() != null
              && config.positions() == 0
              && llamaType(config) != null;
      return isLlama ? Family.LLAMA : null;
    }
    boolean isGpt = alike && plain && isLayerNorm && isPositioned && config.positions() > 0;
    if (!isGpt) {
      return null;
    }
    if (isBook(config)) {
      return Family.BOOK;
    }
    return biases && (isScaled || heads.scale() == 1) ? Family.GPT2 : null;
  }

  /** Which of Llama's kin has such biases and such a window; null if none has. */
  private static String llamaType(ModelConfig config) {
    boolean hasWindow = config.heads().slidingWindow() > 0;
    if (hasWindow) {
      boolean biases = config.qkvBias() || config.outBias() || config.mlpBias();
      return biases ? null : "mistral";
    }
    if (config.qkvBias() && !config.outBias() && !config.mlpBias()) {
      return "qwen2";
    }
    return config.qkvBias() == config.outBias() ? "llama" : null;
  }

  private static boolean isBook(ModelConfig config) {
    return !config.qkvBias()
        && config.equals(
            ModelConfig.book(
                config.vocabulary(),
                config.contextLength(),
                config.width(),
                config.heads().numHeads(),
                config.layers(),
                config.qkvBias()));
  }

  /** Collects the settings of a model. */
  private static final class Settings {
    private final ModelConfig config;
    private final Map<String, Object> values = new LinkedHashMap<>();

    Settings(ModelConfig config) {
      this.config = config;
    }

    void book() {
      values.put("vocab_size", config.vocabulary());
      values.put("context_length", config.contextLength());
      values.put("emb_dim", config.width());
      values.put("n_heads", config.heads().numHeads());
      values.put("n_layers", config.layers());
      values.put("drop_rate", 0.0);
      values.put("qkv_bias", config.qkvBias());
    }

    void gpt2() {
      begin("gpt2", config.head() == Head.NONE ? "GPT2Model" : "GPT2LMHeadModel");
      values.put("n_layer", config.layers());
      values.put("n_head", config.heads().numHeads());
      values.put("n_embd", config.width());
      values.put("n_inner", config.hidden());
      values.put("n_positions", config.positions());
      values.put("activation_function", activation());
      values.put("layer_norm_epsilon", config.norm().epsilon());
      values.put(
          "scale_attn_weights", config.heads().scale() != 1 || config.heads().headDim() == 1);
      values.put("tie_word_embeddings", config.head() == Head.TIED);
    }

    void bert() {
      begin("bert", "BertModel");
      values.put("num_hidden_layers", config.layers());
      values.put("num_attention_heads", config.heads().numHeads());
      values.put("hidden_size", config.width());
      values.put("intermediate_size", config.hidden());
      values.put("hidden_act", activation());
      values.put("layer_norm_eps", config.norm().epsilon());
      values.put("max_position_embeddings", config.positions());
      values.put("type_vocab_size", config.types());
      values.put("position_embedding_type", "absolute");
    }

    void distilBert() {
      begin("distilbert", "DistilBertModel");
      values.put("n_layers", config.layers());
      values.put("n_heads", config.heads().numHeads());
      values.put("dim", config.width());
      values.put("hidden_dim", config.hidden());
      values.put("activation", activation());
      values.put("max_position_embeddings", config.positions());
    }

    void llama() {
      Heads heads = config.heads();
      String type = llamaType(config);
      String name =
          switch (type) {
            case "qwen2" -> "Qwen2";
            case "mistral" -> "Mistral";
            default -> "Llama";
          };
      begin(type, name + (config.head() == Head.NONE ? "Model" : "ForCausalLM"));
      values.put("num_hidden_layers", config.layers());
      values.put("num_attention_heads", heads.numHeads());
      values.put("num_key_value_heads", heads.numKvHeads());
      values.put("head_dim", heads.headDim());
      values.put("hidden_size", config.width());
      values.put("intermediate_size", config.hidden());
      values.put("hidden_act", activation());
      values.put("rms_norm_eps", config.norm().epsilon());
      if (config.contextLength() > 0) {
        values.put("max_position_embeddings", config.contextLength());
      }
      values.put("tie_word_embeddings", config.head() == Head.TIED);
      rotary();
      if (type.equals("llama")) {
        values.put("attention_bias", config.qkvBias());
        values.put("mlp_bias", config.mlpBias());
      } else if (type.equals("mistral")) {
        values.put("sliding_window", heads.slidingWindow());
      }
    }

    private void rotary() {
      values.put("rope_theta", config.rotary().theta());
      var scaling = config.rotary().scaling();
      if (scaling != null) {
        Map<String, Object> inner = new LinkedHashMap<>();
        inner.put("rope_type", "llama3");
        inner.put("factor", scaling.factor());
        inner.put("low_freq_factor", scaling.lowFactor());
        inner.put("high_freq_factor", scaling.highFactor());
        inner.put("original_max_position_embeddings", scaling.originalContext());
        values.put("rope_scaling", inner);
      }
    }

    private void begin(String type, String architecture) {
      values.put("architectures", List.of(architecture));
      values.put(ModelSettings.MODEL_TYPE, type);
      values.put("torch_dtype", "float32");
      values.put("vocab_size", config.vocabulary());
    }

    private String activation() {
      return switch (config.activation()) {
        case GELU_TANH -> "gelu_new";
        case GELU_ERF -> "gelu";
        case SILU -> "silu";
        case RELU -> "relu";
        case NONE -> throw new IllegalStateException("no family has MLPs without a function");
      };
    }
  }
}
