package io.github.sparkattention.kernels.models;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.checkpoints.ModelWriter;
import io.github.sparkattention.kernels.files.SafeTensors;
import io.github.sparkattention.kernels.files.SafeTensors.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A small model as other programs keep it: settings and tensors by the names that they have there.
 * The models that ours are compared with are computed from these.
 */
final class ModelFiles {
  private final Map<String, Object> settings = new LinkedHashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();
  private final Random random;

  private ModelFiles(long seed) {
    random = new Random(seed);
  }

  /** GPT-2 of the transformers library, its head tied to the embeddings, or not. */
  static ModelFiles gpt2(boolean tied) {
    ModelFiles files = new ModelFiles(1);
    files.set("model_type", "gpt2").set("vocab_size", 311).set("n_positions", 90);
    files.set("n_layer", 3).set("n_head", 4).set("n_embd", 48);
    files.set("layer_norm_epsilon", 1e-5).set("activation_function", "gelu_new");
    files.set("tie_word_embeddings", tied);
    files.matrix("transformer.wte.weight", 311, 48, 1).matrix("transformer.wpe.weight", 90, 48, 1);
    for (int n = 0; n < 3; n++) {
      String block = "transformer.h." + n + ".";
      files.norm(block + "ln_1", 48).norm(block + "ln_2", 48);
      files
          .matrix(block + "attn.c_attn.weight", 48, 144, 7)
          .vector(block + "attn.c_attn.bias", 144);
      files.matrix(block + "attn.c_proj.weight", 48, 48, 7).vector(block + "attn.c_proj.bias", 48);
      files.matrix(block + "mlp.c_fc.weight", 48, 192, 7).vector(block + "mlp.c_fc.bias", 192);
      files.matrix(block + "mlp.c_proj.weight", 192, 48, 14).vector(block + "mlp.c_proj.bias", 48);
    }
    files.norm("transformer.ln_f", 48);
    return tied ? files : files.matrix("lm_head.weight", 311, 48, 7);
  }

  static ModelFiles bert() {
    ModelFiles files = new ModelFiles(2);
    files.set("model_type", "bert").set("vocab_size", 207).set("max_position_embeddings", 100);
    files.set("type_vocab_size", 2).set("num_hidden_layers", 3).set("num_attention_heads", 3);
    files.set("hidden_size", 36).set("intermediate_size", 100);
    files.set("layer_norm_eps", 1e-12).set("hidden_act", "gelu");
    String embeddings = "bert.embeddings.";
    files.matrix(embeddings + "word_embeddings.weight", 207, 36, 1);
    files.matrix(embeddings + "position_embeddings.weight", 100, 36, 1);
    files.matrix(embeddings + "token_type_embeddings.weight", 2, 36, 1);
    files.norm(embeddings + "LayerNorm", 36);
    for (int n = 0; n < 3; n++) {
      String block = "bert.encoder.layer." + n + ".";
      for (String map : List.of("self.query", "self.key", "self.value", "output.dense")) {
        files.linear(block + "attention." + map, 36, 36);
      }
      files.norm(block + "attention.output.LayerNorm", 36);
      files.linear(block + "intermediate.dense", 100, 36);
      files.linear(block + "output.dense", 36, 100);
      files.norm(block + "output.LayerNorm", 36);
    }
    return files.linear("bert.pooler.dense", 36, 36);
  }

  static ModelFiles distilBert() {
    ModelFiles files = new ModelFiles(4);
    files.set("model_type", "distilbert").set("vocab_size", 207).set("n_layers", 2);
    files.set("n_heads", 3).set("dim", 36).set("hidden_dim", 100).set("activation", "gelu");
    files.set("max_position_embeddings", 100);
    String embeddings = "distilbert.embeddings.";
    files.matrix(embeddings + "word_embeddings.weight", 207, 36, 1);
    files.matrix(embeddings + "position_embeddings.weight", 100, 36, 1);
    files.norm(embeddings + "LayerNorm", 36);
    for (int n = 0; n < 2; n++) {
      String block = "distilbert.transformer.layer." + n + ".";
      for (String map : List.of("q_lin", "k_lin", "v_lin", "out_lin")) {
        files.linear(block + "attention." + map, 36, 36);
      }
      files.norm(block + "sa_layer_norm", 36).norm(block + "output_layer_norm", 36);
      files.linear(block + "ffn.lin1", 100, 36).linear(block + "ffn.lin2", 36, 100);
    }
    return files;
  }

  /**
   * Llama, Mistral and Qwen2.
   *
   * @param type {@code llama}, {@code mistral} or {@code qwen2}, which has biases
   * @param heads number of query heads, of 8 values each
   * @param kvHeads number of heads of keys and values
   * @param tied whether the head is the table of the embeddings
   */
  static ModelFiles llama(String type, int heads, int kvHeads, boolean tied) {
    ModelFiles files = new ModelFiles(3);
    int width = 40;
    int dOut = heads * 8;
    int kvWidth = kvHeads * 8;
    files.set("model_type", type).set("vocab_size", 401).set("hidden_size", width);
    files.set("num_hidden_layers", 2).set("num_attention_heads", heads);
    files.set("num_key_value_heads", kvHeads).set("head_dim", 8).set("intermediate_size", 76);
    files.set("hidden_act", "silu").set("rms_norm_eps", 1e-6).set("rope_theta", 10_000.0);
    files.set("max_position_embeddings", 400).set("tie_word_embeddings", tied);
    files.matrix("model.embed_tokens.weight", 401, width, 1);
    for (int n = 0; n < 2; n++) {
      String block = "model.layers." + n + ".";
      files.gain(block + "input_layernorm.weight", width);
      files.gain(block + "post_attention_layernorm.weight", width);
      files.matrix(block + "self_attn.q_proj.weight", dOut, width, 4);
      files.matrix(block + "self_attn.k_proj.weight", kvWidth, width, 4);
      files.matrix(block + "self_attn.v_proj.weight", kvWidth, width, 4);
      files.matrix(block + "self_attn.o_proj.weight", width, dOut, 6);
      if (type.equals("qwen2")) {
        files.vector(block + "self_attn.q_proj.bias", dOut);
        files.vector(block + "self_attn.k_proj.bias", kvWidth);
        files.vector(block + "self_attn.v_proj.bias", kvWidth);
      }
      files.matrix(block + "mlp.gate_proj.weight", 76, width, 6);
      files.matrix(block + "mlp.up_proj.weight", 76, width, 6);
      files.matrix(block + "mlp.down_proj.weight", width, 76, 8);
    }
    files.gain("model.norm.weight", width);
    return tied ? files : files.matrix("lm_head.weight", 401, width, 6);
  }

  /** The state dict of the book's GPTModel. */
  static ModelFiles book(ModelConfig config, Tensors weights) {
    ModelFiles files = new ModelFiles(0);
    files.set("vocab_size", config.vocabulary()).set("context_length", config.contextLength());
    files.set("emb_dim", config.width()).set("n_heads", config.heads().numHeads());
    files.set("n_layers", config.layers()).set("qkv_bias", config.qkvBias());
    return files.take(new Model(config, weights, null, false));
  }

  /** BERT's settings and the tensors of an encoder of its form. */
  static ModelFiles bert(Model model) {
    ModelConfig config = model.config();
    ModelFiles files = new ModelFiles(0);
    files.set("model_type", "bert").set("num_hidden_layers", config.layers());
    files.set("num_attention_heads", config.heads().numHeads());
    files.set("layer_norm_eps", 1e-12);
    return files.take(model);
  }

  /** Takes the tensors that are written of a model. */
  private ModelFiles take(Model model) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ModelWriter.writeTensors(model, bytes);
      SafeTensors written =
          SafeTensors.read(
              new ByteArrayInputStream(bytes.toByteArray()), bytes.size(), "memory", name -> true);
      for (String name : written.names()) {
        tensors.put(name, written.tensor(name));
      }
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException("a file in memory can't fail to be read", e);
    }
  }

  ModelFiles set(String key, Object value) {
    settings.put(key, value);
    return this;
  }

  private ModelFiles linear(String name, int outFeatures, int inFeatures) {
    matrix(name + ".weight", outFeatures, inFeatures, Math.sqrt(inFeatures));
    return vector(name + ".bias", outFeatures);
  }

  private ModelFiles norm(String name, int width) {
    return gain(name + ".weight", width).vector(name + ".bias", width);
  }

  private ModelFiles gain(String name, int width) {
    return put(name, random(width, 1, 0.2), width);
  }

  private ModelFiles vector(String name, int width) {
    return put(name, random(width, 0, 0.2), width);
  }

  private ModelFiles matrix(String name, int rows, int columns, double spread) {
    return put(name, random(rows * columns, 0, 1 / spread), rows, columns);
  }

  /** Values of the normal distribution. */
  private float[] random(int count, double mean, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (mean + deviation * random.nextGaussian());
    }
    return values;
  }

  ModelFiles put(String name, float[] values, long... shape) {
    tensors.put(name, Tensor.of(name, values, shape));
    return this;
  }

  /** The same settings and tensors, to be changed. */
  ModelFiles copy() {
    ModelFiles copy = new ModelFiles(0);
    copy.settings.putAll(settings);
    copy.tensors.putAll(tensors);
    return copy;
  }

  /** Writes {@code config.json} and {@code model.safetensors}. */
  void write(Path folder) {
    try {
      Files.createDirectories(folder);
      try (JsonGenerator json =
          new JsonFactory().createGenerator(Files.newOutputStream(folder.resolve("config.json")))) {
        write(json, settings);
      }
      try (OutputStream out = Files.newOutputStream(folder.resolve("model.safetensors"))) {
        SafeTensors.write(out, Map.of("format", "pt"), List.copyOf(tensors.values()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(JsonGenerator json, Map<?, ?> object) throws IOException {
    json.writeStartObject();
    for (Map.Entry<?, ?> entry : object.entrySet()) {
      json.writeFieldName((String) entry.getKey());
      if (entry.getValue() instanceof Map<?, ?> inner) {
        write(json, inner);
      } else {
        json.writeObject(entry.getValue());
      }
    }
    json.writeEndObject();
  }

  boolean has(String tensor) {
    return tensors.containsKey(tensor);
  }

  float[] values(String tensor) {
    return tensors.get(tensor).floats();
  }

  long[] shape(String tensor) {
    return tensors.get(tensor).shape().stream().mapToLong(Long::longValue).toArray();
  }

  /** A text among the settings, or an empty one. */
  String text(String key) {
    return (String) settings.getOrDefault(key, "");
  }

  int whole(String key) {
    return (int) settings.get(key);
  }

  double number(String key) {
    return (double) settings.get(key);
  }

  /** A number of an object among the settings. */
  double number(String key, String inner) {
    return ((Number) ((Map<?, ?>) settings.get(key)).get(inner)).doubleValue();
  }

  boolean hasSetting(String key) {
    return settings.containsKey(key);
  }

  @Override
  public String toString() {
    return settings.toString();
  }
}
