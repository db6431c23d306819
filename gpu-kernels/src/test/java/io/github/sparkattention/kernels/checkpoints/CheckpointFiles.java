package io.github.sparkattention.kernels.checkpoints;

import io.github.sparkattention.kernels.files.ModelTensors;
import io.github.sparkattention.kernels.files.SafeTensorsBytes;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * Small models as other programs write them, with names spelled out here and values drawn at
 * random: two blocks of width 4, two heads, 5 ids and 6 positions.
 */
public final class CheckpointFiles {
  public static final String GPT2 =
      """
      {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 5, "n_layer": 2,
       "n_head": 2, "n_embd": 4, "n_positions": 6, "n_ctx": 6, "n_inner": null,
       "layer_norm_epsilon": 1e-05, "activation_function": "gelu_new", "resid_pdrop": 0.1}
      """;
  static final String BERT =
      """
      {"model_type": "bert", "vocab_size": 5, "num_hidden_layers": 2, "num_attention_heads": 2,
       "hidden_size": 4, "intermediate_size": 8, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
       "max_position_embeddings": 6, "type_vocab_size": 2, "position_embedding_type": "absolute"}
      """;
  static final String DISTILBERT =
      """
      {"model_type": "distilbert", "vocab_size": 5, "n_layers": 2, "n_heads": 2, "dim": 4,
       "hidden_dim": 8, "activation": "gelu", "max_position_embeddings": 6}
      """;
  static final String LLAMA =
      """
      {"model_type": "llama", "vocab_size": 5, "num_hidden_layers": 2, "num_attention_heads": 2,
       "num_key_value_heads": 1, "hidden_size": 4, "intermediate_size": 8, "rms_norm_eps": 1e-05,
       "hidden_act": "silu", "max_position_embeddings": 6, "rope_theta": 500000.0}
      """;
  static final String BOOK =
      """
      {"vocab_size": 5, "context_length": 6, "emb_dim": 4, "n_heads": 2, "n_layers": 2,
       "drop_rate": 0.1, "qkv_bias": false}
      """;

  private final Random random = new Random(7);
  private final Map<String, float[]> values = new LinkedHashMap<>();
  private final Map<String, long[]> shapes = new LinkedHashMap<>();

  /** GPT-2 of the transformers library: query, key and value joined, maps as [in, out]. */
  public static CheckpointFiles gpt2(String outer) {
    CheckpointFiles files = new CheckpointFiles();
    files.add(outer + "wte.weight", 5, 4).add(outer + "wpe.weight", 6, 4);
    for (int n = 0; n < 2; n++) {
      String block = outer + "h." + n + ".";
      files.add(block + "attn.bias", 1, 1, 6, 6).add(block + "attn.masked_bias");
      files.norm(block + "ln_1").norm(block + "ln_2");
      files.add(block + "attn.c_attn.weight", 4, 12).add(block + "attn.c_attn.bias", 12);
      files.add(block + "attn.c_proj.weight", 4, 4).add(block + "attn.c_proj.bias", 4);
      files.add(block + "mlp.c_fc.weight", 4, 16).add(block + "mlp.c_fc.bias", 16);
      files.add(block + "mlp.c_proj.weight", 16, 4).add(block + "mlp.c_proj.bias", 4);
    }
    return files.norm(outer + "ln_f");
  }

  /** GPT-2 as minGPT keeps it: maps as [out, in], no biases of c_attn, and a head of its own. */
  public static CheckpointFiles minGpt() {
    CheckpointFiles files = new CheckpointFiles();
    files.add("transformer.wte.weight", 5, 4).add("transformer.wpe.weight", 6, 4);
    for (int n = 0; n < 2; n++) {
      String block = "transformer.h." + n + ".";
      files.norm(block + "ln_1").norm(block + "ln_2");
      files.add(block + "attn.c_attn.weight", 12, 4);
      files.linear(block + "attn.c_proj", 4, 4);
      files.linear(block + "mlp.c_fc", 16, 4).linear(block + "mlp.c_proj", 4, 16);
    }
    return files.norm("transformer.ln_f").add("lm_head.weight", 5, 4);
  }

  public static CheckpointFiles bert(String outer, String gain, String shift) {
    CheckpointFiles files = new CheckpointFiles();
    String embeddings = outer + "embeddings.";
    files.add(embeddings + "position_ids", 1, 6).add(embeddings + "word_embeddings.weight", 5, 4);
    files.add(embeddings + "position_embeddings.weight", 6, 4);
    files.add(embeddings + "token_type_embeddings.weight", 2, 4);
    files.norm(embeddings + "LayerNorm", gain, shift);
    for (int n = 0; n < 2; n++) {
      String block = outer + "encoder.layer." + n + ".";
      for (String name : new String[] {"query", "key", "value"}) {
        files.linear(block + "attention.self." + name, 4, 4);
      }
      files.linear(block + "attention.output.dense", 4, 4);
      files.norm(block + "attention.output.LayerNorm", gain, shift);
      files.linear(block + "intermediate.dense", 8, 4).linear(block + "output.dense", 4, 8);
      files.norm(block + "output.LayerNorm", gain, shift);
    }
    return files.linear(outer + "pooler.dense", 4, 4).add("cls.predictions.bias", 5);
  }

  static CheckpointFiles distilBert() {
    CheckpointFiles files = new CheckpointFiles();
    files.add("distilbert.embeddings.word_embeddings.weight", 5, 4);
    files.add("distilbert.embeddings.position_embeddings.weight", 6, 4);
    files.norm("distilbert.embeddings.LayerNorm");
    for (int n = 0; n < 2; n++) {
      String block = "distilbert.transformer.layer." + n + ".";
      for (String name : new String[] {"q_lin", "k_lin", "v_lin", "out_lin"}) {
        files.linear(block + "attention." + name, 4, 4);
      }
      files.norm(block + "sa_layer_norm").norm(block + "output_layer_norm");
      files.linear(block + "ffn.lin1", 8, 4).linear(block + "ffn.lin2", 4, 8);
    }
    return files.linear("vocab_transform", 4, 4).add("vocab_projector.weight", 5, 4);
  }

  /** Llama with one head of keys and values, and biases of those maps that end in what is given. */
  static CheckpointFiles llama(String outer, String... biased) {
    CheckpointFiles files = new CheckpointFiles();
    files.add(outer + "embed_tokens.weight", 5, 4);
    for (int n = 0; n < 2; n++) {
      String block = outer + "layers." + n + ".";
      files.add(block + "self_attn.rotary_emb.inv_freq", 1);
      files.add(block + "input_layernorm.weight", 4);
      files.add(block + "post_attention_layernorm.weight", 4);
      files.add(block + "self_attn.q_proj.weight", 4, 4);
      files.add(block + "self_attn.k_proj.weight", 2, 4);
      files.add(block + "self_attn.v_proj.weight", 2, 4);
      files.add(block + "self_attn.o_proj.weight", 4, 4);
      files.add(block + "mlp.gate_proj.weight", 8, 4).add(block + "mlp.up_proj.weight", 8, 4);
      files.add(block + "mlp.down_proj.weight", 4, 8);
      for (String map : biased) {
        files.add(block + map + ".bias", files.shapes.get(block + map + ".weight")[0]);
      }
    }
    return files.add(outer + "norm.weight", 4);
  }

  static CheckpointFiles book() {
    CheckpointFiles files = new CheckpointFiles();
    files.add("tok_emb.weight", 5, 4).add("pos_emb.weight", 6, 4);
    for (int n = 0; n < 2; n++) {
      String block = "trf_blocks." + n + ".";
      files.add(block + "att.mask", 6, 6);
      for (String name : new String[] {"W_query", "W_key", "W_value"}) {
        files.add(block + "att." + name + ".weight", 4, 4);
      }
      files.linear(block + "att.out_proj", 4, 4);
      files.linear(block + "ff.layers.0", 16, 4).linear(block + "ff.layers.2", 4, 16);
      files.norm(block + "norm1", "scale", "shift").norm(block + "norm2", "scale", "shift");
    }
    return files.norm("final_norm", "scale", "shift").add("out_head.weight", 5, 4);
  }

  CheckpointFiles add(String name, long... shape) {
    float[] drawn = new float[(int) LongStream.of(shape).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < drawn.length; i++) {
      drawn[i] = random.nextFloat();
    }
    values.put(name, drawn);
    shapes.put(name, shape);
    return this;
  }

  private CheckpointFiles linear(String name, int outFeatures, int inFeatures) {
    return add(name + ".weight", outFeatures, inFeatures).add(name + ".bias", outFeatures);
  }

  private CheckpointFiles norm(String name) {
    return norm(name, "weight", "bias");
  }

  private CheckpointFiles norm(String name, String gain, String shift) {
    return add(name + "." + gain, 4).add(name + "." + shift, 4);
  }

  public CheckpointFiles without(String name) {
    values.remove(name);
    shapes.remove(name);
    return this;
  }

  CheckpointFiles renamed(String name, String to) {
    values.put(to, values.remove(name));
    shapes.put(to, shapes.remove(name));
    return this;
  }

  public Map<String, long[]> shapes() {
    return shapes;
  }

  public float[] values(String name) {
    return values.get(name);
  }

  /** The values of a matrix, with its rows as columns. */
  public float[] transposed(String name) {
    int rows = (int) shapes.get(name)[0];
    int columns = (int) shapes.get(name)[1];
    float[] from = values.get(name);
    float[] to = new float[from.length];
    for (int i = 0; i < from.length; i++) {
      to[i % columns * rows + i / columns] = from[i];
    }
    return to;
  }

  byte[] safetensors() {
    SafeTensorsBytes file = new SafeTensorsBytes().metadata("{\"format\":\"pt\"}");
    values.forEach((name, each) -> file.floats(name, each, shapes.get(name)));
    return file.bytes();
  }

  /** The files of a folder, which a test may change. */
  public Map<String, byte[]> folder(String config) {
    Map<String, byte[]> files = new TreeMap<>();
    files.put("config.json", bytes(config));
    files.put(ModelTensors.FILE, safetensors());
    return files;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
