package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelConfig.Head;
import io.github.sparkattention.kernels.ModelConfig.Placement;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.Rotary;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a {@code config.json} says of a model. Settings that are missing have the defaults of the
 * transformers library. Those that change what is computed, in ways that no {@link ModelConfig}
 * has, are refused by key and value; those that change nothing, such as dropout, are passed over.
 */
final class ModelSettings {
  static final String MODEL_TYPE = "model_type";

  /** Wider than any model's. */
  private static final int MOST_WIDTH = 1 << 20;

  private static final int MOST_LAYERS = 10_000;
  private static final int MOST_POSITIONS = 1 << 30;

  private static final Map<String, Family> FAMILIES =
      new TreeMap<>(
          Map.of(
              "gpt2", Family.GPT2,
              "bert", Family.BERT,
              "distilbert", Family.DISTILBERT,
              "llama", Family.LLAMA,
              "mistral", Family.LLAMA,
              "qwen2", Family.LLAMA));

  /** The settings of the book's GPTModel, which its config.json may have and no others. */
  private static final Set<String> BOOK_KEYS =
      Set.of(
          "vocab_size",
          "context_length",
          "emb_dim",
          "n_heads",
          "n_layers",
          "drop_rate",
          "drop_rate_emb",
          "drop_rate_attn",
          "drop_rate_shortcut",
          "qkv_bias");

  /** What says how positions rotate; others, such as a map for each kind of layer, change it. */
  private static final Set<String> ROTARY_KEYS =
      Set.of(
          "rope_type",
          "type",
          "rope_theta",
          "partial_rotary_factor",
          "factor",
          "low_freq_factor",
          "high_freq_factor",
          "original_max_position_embeddings");

  private final ConfigFile config;
  private final FileNames names;

  private ModelSettings(ConfigFile config, FileNames names) {
    this.config = config;
    this.names = names;
  }

  /** The family that the settings name. */
  static Family family(ConfigFile config) throws SafeTensorsException {
    if (!config.has(MODEL_TYPE) && config.has("emb_dim")) {
      return Family.BOOK;
    }
    Family family = FAMILIES.get(config.text(MODEL_TYPE, ""));
    if (family == null) {
      throw config.refuse(
          MODEL_TYPE,
          "one of %s, or the settings be those of the book's GPTModel, with emb_dim"
              .formatted(String.join(", ", FAMILIES.keySet())));
    }
    return family;
  }

  /** The name of the kind of model, for people. */
  static String architecture(ConfigFile config) throws SafeTensorsException {
    return config.text(MODEL_TYPE, "the book's GPTModel");
  }

  /**
   * The model that the settings describe.
   *
   * @param config the settings
   * @param family their family
   * @param names the names in the files, which say what the settings leave open
   * @return the model
   * @throws SafeTensorsException if a setting is wrong, or not computed here
   */
  static ModelConfig read(ConfigFile config, Family family, FileNames names)
      throws SafeTensorsException {
    ModelSettings settings = new ModelSettings(config, names);
    try {
      if (family == Family.BOOK) {
        return settings.book();
      }
      settings.refuseWhatIsNotComputed();
      return switch (family) {
        case GPT2 -> settings.gpt2();
        case BERT -> settings.bert();
        case DISTILBERT -> settings.distilBert();
        default -> settings.llama();
      };
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new SafeTensorsException(
          config.source(), "the settings must fit each other, but " + e.getMessage(), e);
    }
  }

  private void refuseWhatIsNotComputed() throws SafeTensorsException {
    config.requireHarmless("quantization_config");
    config.requireHarmless("num_local_experts", "0", "1");
    config.requireHarmless("num_experts", "0", "1");
    config.requireHarmless("is_encoder_decoder", "false");
    config.requireHarmless("add_cross_attention", "false");
    config.requireHarmless("is_causal", String.valueOf(!isEncoder()));
    config.requireHarmless("pruned_heads");
    config.requireHarmless("position_embedding_type", "absolute");
    config.requireHarmless("partial_rotary_factor", "1");
    config.requireHarmless("attn_logit_softcapping");
    config.requireHarmless("final_logit_softcapping");
    config.requireHarmless("embedding_multiplier", "1");
    config.requireHarmless("residual_multiplier", "1");
    config.requireHarmless("attention_multiplier");
    config.requireHarmless("logits_scaling", "1");
    config.requireHarmless("logit_scale", "1");
    config.requireHarmless("clip_qkv");
    config.requireHarmless("qk_norm", "false");
    config.requireHarmless("use_qk_norm", "false");
    config.requireHarmless("qk_layernorm", "false");
    config.requireHarmless("alibi", "false");
    config.requireHarmless("parallel_attn", "false");
    config.requireHarmless("use_parallel_residual", "false");
  }

  private boolean isEncoder() throws SafeTensorsException {
    return config.text(MODEL_TYPE, "").endsWith("bert");
  }

  private ModelConfig book() throws SafeTensorsException {
    for (String key : config.keys()) {
      if (!BOOK_KEYS.contains(key)) {
        throw config.refuse(key, "missing, as it is no setting of the book's GPTModel");
      }
    }
    int layers = layers("n_layers");
    int width = width("emb_dim");
    return ModelConfig.book(
        vocabulary(),
        config.whole("context_length", 1, MOST_POSITIONS),
        width,
        heads("n_heads", "emb_dim", width),
        layers,
        config.flag("qkv_bias", names.hasBiases("query", layers)));
  }

  private ModelConfig gpt2() throws SafeTensorsException {
    config.requireHarmless("scale_attn_by_inverse_layer_idx", "false");
    int layers = layers("n_layer");
    int width = width("n_embd");
    int heads = heads("n_head", "n_embd", width);
    int positions = config.whole("n_positions", 1, MOST_POSITIONS);
    int headDim = width / heads;
    float scale = config.flag("scale_attn_weights", true) ? scale(headDim) : 1;
    return new ModelConfig(
        vocabulary(),
        width,
        layers,
        new Heads(headDim, heads, heads, true, scale, 0, 0, 0),
        config.whole("n_inner", 1, MOST_WIDTH, 4 * width),
        activation("activation_function", "gelu_new"),
        false,
        norm(Norm.Kind.LAYER, "layer_norm_epsilon", 1e-5),
        Placement.BEFORE,
        positions,
        0,
        null,
        positions,
        names.hasBiases("query", layers),
        names.hasBiases("out", layers),
        names.hasBiases("up", layers) || names.hasBiases("down", layers),
        head(true));
  }

  private ModelConfig bert() throws SafeTensorsException {
    config.requireHarmless("is_decoder", "false");
    int width = width("hidden_size");
    config.requireHarmless("embedding_size", String.valueOf(width));
    return encoder(
        width,
        layers("num_hidden_layers"),
        heads("num_attention_heads", "hidden_size", width),
        config.whole("intermediate_size", 1, MOST_WIDTH),
        activation("hidden_act", "gelu"),
        norm(Norm.Kind.LAYER, "layer_norm_eps", 1e-12),
        config.whole("type_vocab_size", 1, MOST_WIDTH, 2));
  }

  private ModelConfig distilBert() throws SafeTensorsException {
    int width = width("dim");
    return encoder(
        width,
        layers("n_layers"),
        heads("n_heads", "dim", width),
        config.whole("hidden_dim", 1, MOST_WIDTH),
        activation("activation", "gelu"),
        new Norm(Norm.Kind.LAYER, 1e-12f),
        0);
  }

  private ModelConfig encoder(
      int width, int layers, int heads, int hidden, Activation activation, Norm norm, int types)
      throws SafeTensorsException {
    int positions = config.whole("max_position_embeddings", 1, MOST_POSITIONS);
    int headDim = width / heads;
    return new ModelConfig(
        vocabulary(),
        width,
        layers,
        new Heads(headDim, heads, heads, false, scale(headDim), 0, 0, 0),
        hidden,
        activation,
        false,
        norm,
        Placement.AFTER,
        positions,
        types,
        null,
        positions,
        true,
        true,
        true,
        Head.NONE);
  }

  private ModelConfig llama() throws SafeTensorsException {
    String type = config.text(MODEL_TYPE, "");
    boolean isLlama = type.equals("llama");
    int width = width("hidden_size");
    int layers = layers("num_hidden_layers");
    int heads = config.whole("num_attention_heads", 1, MOST_WIDTH);
    if (!config.has("head_dim")) {
      heads("num_attention_heads", "hidden_size", width);
    }
    int headDim = config.whole("head_dim", 1, MOST_WIDTH / heads, width / heads);
    int usual = isLlama ? heads : type.equals("mistral") ? 8 : 32;
    int kvHeads =
        config.whole(
            "num_key_value_heads", 1, heads, config.isNull("num_key_value_heads") ? heads : usual);
    if (type.equals("mistral")) {
      config.requireHarmless("attention_bias", "false");
      config.requireHarmless("mlp_bias", "false");
    }
    boolean bias = isLlama && config.flag("attention_bias", false);
    int window = window(type, layers);
    refuseMixedLayers(window);
    return new ModelConfig(
        vocabulary(),
        width,
        layers,
        new Heads(headDim, heads, kvHeads, true, scale(headDim), window, 0, 0),
        config.whole("intermediate_size", 1, MOST_WIDTH),
        activation("hidden_act", "silu"),
        true,
        norm(Norm.Kind.RMS, "rms_norm_eps", 1e-6),
        Placement.BEFORE,
        0,
        0,
        rotary(headDim),
        config.whole("max_position_embeddings", 1, MOST_POSITIONS, 0),
        bias || type.equals("qwen2"),
        bias,
        isLlama && config.flag("mlp_bias", false),
        head(false));
  }

  /** The sliding window, or 0 where there is none. */
  private int window(String type, int layers) throws SafeTensorsException {
    if (type.equals("mistral")) {
      int usual = config.isNull("sliding_window") ? 0 : 4096;
      return config.whole("sliding_window", 1, Integer.MAX_VALUE, usual);
    }
    if (type.equals("llama")) {
      config.requireHarmless("sliding_window");
      return 0;
    }
    if (config.flag("use_sliding_window", false)
        && config.whole("max_window_layers", 0, Integer.MAX_VALUE, 28) < layers) {
      throw config.refuse(
          "max_window_layers",
          "at least the %d layers where use_sliding_window is true, so that all layers see alike"
              .formatted(layers));
    }
    return 0;
  }

  private void refuseMixedLayers(int window) throws SafeTensorsException {
    if (!config.has("layer_types")) {
      return;
    }
    String all = window == 0 ? "full_attention" : "sliding_attention";
    for (String each : config.texts("layer_types")) {
      if (!each.equals(all)) {
        throw config.refuse("layer_types", "%s for all layers".formatted(quote(all)));
      }
    }
  }

  private Rotary rotary(int headDim) throws SafeTensorsException {
    double theta = config.number("rope_theta", 10_000);
    ConfigFile scaling = null;
    if (config.has("rope_parameters")) {
      config.requireHarmless("rope_scaling");
      scaling = config.object("rope_parameters");
      double inner = scaling.number("rope_theta", theta);
      if (config.has("rope_theta") && inner != theta) {
        throw scaling.refuse("rope_theta", "the rope_theta outside, which is " + theta);
      }
      theta = inner;
    } else if (config.has("rope_scaling")) {
      scaling = config.object("rope_scaling");
    }
    if (scaling == null) {
      return new Rotary(headDim, theta, null);
    }
    scaling.requireHarmless("partial_rotary_factor", "1");
    for (String key : scaling.keys()) {
      if (!ROTARY_KEYS.contains(key)) {
        scaling.requireHarmless(key);
      }
    }
    String key = scaling.has("rope_type") ? "rope_type" : "type";
    switch (scaling.text(key, "default")) {
      case "default" -> {
        scaling.requireHarmless("factor", "1");
        return new Rotary(headDim, theta, null);
      }
      case "llama3" -> {
        return new Rotary(
            headDim,
            theta,
            new Rotary.Scaling(
                scaling.number("factor"),
                scaling.number("low_freq_factor"),
                scaling.number("high_freq_factor"),
                scaling.whole("original_max_position_embeddings", 1, MOST_POSITIONS)));
      }
      default -> throw scaling.refuse(key, "'default' or 'llama3'");
    }
  }

  private Activation activation(String key, String otherwise) throws SafeTensorsException {
    return switch (config.text(key, otherwise)) {
      // In floats all of these are one formula: they differ in how it is written down.
      case "gelu_new", "gelu_pytorch_tanh", "gelu_python_tanh", "gelu_fast", "gelu_accurate" ->
          Activation.GELU_TANH;
      case "gelu", "gelu_python" -> Activation.GELU_ERF;
      case "silu", "swish" -> Activation.SILU;
      case "relu" -> Activation.RELU;
      default -> throw config.refuse(key, "gelu, gelu_new, gelu_pytorch_tanh, silu, swish or relu");
    };
  }

  private Norm norm(Norm.Kind kind, String key, double otherwise) throws SafeTensorsException {
    double epsilon = config.number(key, otherwise);
    if (!((float) epsilon >= Norm.LEAST_EPSILON && epsilon <= 1)) {
      throw config.refuse(key, "from 1e-30 to 1");
    }
    return new Norm(kind, (float) epsilon);
  }

  private Head head(boolean usuallyTied) throws SafeTensorsException {
    if (config.flag("tie_word_embeddings", usuallyTied)) {
      return Head.TIED;
    }
    return names.hasHead() || names.isWithin() ? Head.OWN : Head.NONE;
  }

  private int vocabulary() throws SafeTensorsException {
    return config.whole("vocab_size", 1, Score.MOST_IDS);
  }

  private int width(String key) throws SafeTensorsException {
    return config.whole(key, 1, MOST_WIDTH);
  }

  /**
   * A block has tensors of its own, so that a model has no more blocks than its file has tensors.
   */
  private int layers(String key) throws SafeTensorsException {
    int most = Math.max(1, Math.min(MOST_LAYERS, names.source().names().size()));
    return config.whole(key, 1, most);
  }

  private int heads(String key, String widthKey, int width) throws SafeTensorsException {
    int heads = config.whole(key, 1, MOST_WIDTH);
    if (width % heads != 0) {
      throw config.refuse(key, "a divisor of %s, which is %d".formatted(widthKey, width));
    }
    return heads;
  }

  private static float scale(int headDim) {
    return (float) (1 / Math.sqrt(headDim));
  }
}
