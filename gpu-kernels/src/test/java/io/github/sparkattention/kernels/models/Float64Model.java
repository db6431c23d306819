package io.github.sparkattention.kernels.models;

import java.util.Arrays;

/**
 * Whole models in double precision, written from the formulas of the papers and of the transformers
 * library, on the names and layouts of files. It shares no line with what it is compared to.
 *
 * <p>Sources: Radford et al., "Language Models are Unsupervised Multitask Learners", 2019; Devlin
 * et al., "BERT", 2019; Touvron et al., "LLaMA", 2023; Su et al., "RoFormer", 2021; Ainslie et al.,
 * "GQA", 2023.
 */
final class Float64Model {
  /** How the values of a head are paired for rotary positions. */
  enum Pairs {
    /** The first half with the second one, as the transformers library has it. */
    HALVES,

    /** Neighbours, each pair a complex number, as the paper and Llama's own files have it. */
    NEIGHBOURS
  }

  private final ModelFiles files;
  private final Pairs pairs;

  Float64Model(ModelFiles files) {
    this(files, Pairs.HALVES);
  }

  Float64Model(ModelFiles files, Pairs pairs) {
    this.files = files;
    this.pairs = pairs;
  }

  /** Each token's last vector; types are those of BERT, all 0 elsewhere. */
  double[][] vectors(int[] ids, int[] types) {
    return switch (files.text("model_type")) {
      case "" -> book(ids);
      case "gpt2" -> gpt2(ids);
      case "bert" -> bert(ids, types);
      case "distilbert" -> distilBert(ids);
      default -> llama(ids);
    };
  }

  /** For each token the logarithms of the probabilities of all ids that may follow. */
  double[][] logProbabilities(double[][] vectors) {
    String own = files.text("model_type").isEmpty() ? "out_head.weight" : "lm_head.weight";
    String embeddings =
        files.text("model_type").equals("gpt2")
            ? "transformer.wte.weight"
            : "model.embed_tokens.weight";
    double[][] logits = apply(vectors, files.has(own) ? own : embeddings, null);
    for (double[] row : logits) {
      double largest = Arrays.stream(row).max().orElseThrow();
      double sum = Arrays.stream(row).map(x -> Math.exp(x - largest)).sum();
      for (int id = 0; id < row.length; id++) {
        row[id] -= largest + Math.log(sum);
      }
    }
    return logits;
  }

  private double[][] book(int[] ids) {
    double[][] x = add(rows("tok_emb.weight", ids), rows("pos_emb.weight", positions(ids)));
    for (int n = 0; n < files.whole("n_layers"); n++) {
      String block = "trf_blocks." + n + ".";
      double[][] normal = layerNorm(x, block + "norm1.scale", block + "norm1.shift", 1e-5);
      double[][] joined =
          attention(
              linear(normal, block + "att.W_query"),
              linear(normal, block + "att.W_key"),
              linear(normal, block + "att.W_value"),
              files.whole("n_heads"),
              files.whole("n_heads"),
              true,
              0);
      x = add(x, linear(joined, block + "att.out_proj"));
      double[][] hidden =
          linear(
              layerNorm(x, block + "norm2.scale", block + "norm2.shift", 1e-5),
              block + "ff.layers.0");
      x = add(x, linear(tanhGelu(hidden), block + "ff.layers.2"));
    }
    return layerNorm(x, "final_norm.scale", "final_norm.shift", 1e-5);
  }

  private double[][] gpt2(int[] ids) {
    String outer = "transformer.";
    int width = files.whole("n_embd");
    double epsilon = files.number("layer_norm_epsilon");
    double[][] x = add(rows(outer + "wte.weight", ids), rows(outer + "wpe.weight", positions(ids)));
    for (int n = 0; n < files.whole("n_layer"); n++) {
      String block = outer + "h." + n + ".";
      double[][] qkv = conv1d(layerNorm(x, block + "ln_1", epsilon), block + "attn.c_attn");
      double[][] joined =
          attention(
              columns(qkv, 0, width),
              columns(qkv, width, 2 * width),
              columns(qkv, 2 * width, 3 * width),
              files.whole("n_head"),
              files.whole("n_head"),
              true,
              0);
      x = add(x, conv1d(joined, block + "attn.c_proj"));
      double[][] hidden = conv1d(layerNorm(x, block + "ln_2", epsilon), block + "mlp.c_fc");
      x = add(x, conv1d(tanhGelu(hidden), block + "mlp.c_proj"));
    }
    return layerNorm(x, outer + "ln_f", epsilon);
  }

  private double[][] bert(int[] ids, int[] types) {
    String outer = files.has("bert.embeddings.word_embeddings.weight") ? "bert." : "";
    String embeddings = outer + "embeddings.";
    double epsilon = files.number("layer_norm_eps");
    int heads = files.whole("num_attention_heads");
    double[][] x = rows(embeddings + "word_embeddings.weight", ids);
    x = add(x, rows(embeddings + "position_embeddings.weight", positions(ids)));
    x = add(x, rows(embeddings + "token_type_embeddings.weight", types));
    x = layerNorm(x, embeddings + "LayerNorm", epsilon);
    for (int n = 0; n < files.whole("num_hidden_layers"); n++) {
      String block = outer + "encoder.layer." + n + ".";
      double[][] joined = seesAll(x, block + "attention.self.", "query", "key", "value", heads);
      x = add(x, linear(joined, block + "attention.output.dense"));
      x = layerNorm(x, block + "attention.output.LayerNorm", epsilon);
      double[][] hidden = erfGelu(linear(x, block + "intermediate.dense"));
      x = add(x, linear(hidden, block + "output.dense"));
      x = layerNorm(x, block + "output.LayerNorm", epsilon);
    }
    return x;
  }

  private double[][] distilBert(int[] ids) {
    String embeddings = "distilbert.embeddings.";
    int heads = files.whole("n_heads");
    double epsilon = 1e-12;
    double[][] x = rows(embeddings + "word_embeddings.weight", ids);
    x = add(x, rows(embeddings + "position_embeddings.weight", positions(ids)));
    x = layerNorm(x, embeddings + "LayerNorm", epsilon);
    for (int n = 0; n < files.whole("n_layers"); n++) {
      String block = "distilbert.transformer.layer." + n + ".";
      double[][] joined = seesAll(x, block + "attention.", "q_lin", "k_lin", "v_lin", heads);
      x = add(x, linear(joined, block + "attention.out_lin"));
      x = layerNorm(x, block + "sa_layer_norm", epsilon);
      double[][] hidden = erfGelu(linear(x, block + "ffn.lin1"));
      x = add(x, linear(hidden, block + "ffn.lin2"));
      x = layerNorm(x, block + "output_layer_norm", epsilon);
    }
    return x;
  }

  /** Attention of an encoder, each token to all. */
  private double[][] seesAll(
      double[][] x, String outer, String query, String key, String value, int heads) {
    return attention(
        linear(x, outer + query),
        linear(x, outer + key),
        linear(x, outer + value),
        heads,
        heads,
        false,
        0);
  }

  private double[][] llama(int[] ids) {
    int heads = files.whole("num_attention_heads");
    int kvHeads = files.whole("num_key_value_heads");
    double epsilon = files.number("rms_norm_eps");
    int window = files.hasSetting("sliding_window") ? files.whole("sliding_window") : 0;
    double[][] x = rows("model.embed_tokens.weight", ids);
    for (int n = 0; n < files.whole("num_hidden_layers"); n++) {
      String block = "model.layers." + n + ".";
      double[][] normal = rmsNorm(x, block + "input_layernorm.weight", epsilon);
      double[][] joined =
          attention(
              turned(linear(normal, block + "self_attn.q_proj"), heads),
              turned(linear(normal, block + "self_attn.k_proj"), kvHeads),
              linear(normal, block + "self_attn.v_proj"),
              heads,
              kvHeads,
              true,
              window);
      x = add(x, linear(joined, block + "self_attn.o_proj"));
      normal = rmsNorm(x, block + "post_attention_layernorm.weight", epsilon);
      double[][] gate = linear(normal, block + "mlp.gate_proj");
      double[][] up = linear(normal, block + "mlp.up_proj");
      for (int i = 0; i < up.length; i++) {
        for (int j = 0; j < up[i].length; j++) {
          up[i][j] *= gate[i][j] / (1 + Math.exp(-gate[i][j]));
        }
      }
      x = add(x, linear(up, block + "mlp.down_proj"));
    }
    return rmsNorm(x, "model.norm.weight", epsilon);
  }

  /** Rows of a table. */
  private double[][] rows(String table, int[] indexes) {
    int width = (int) files.shape(table)[1];
    float[] values = files.values(table);
    double[][] rows = new double[indexes.length][width];
    for (int i = 0; i < indexes.length; i++) {
      for (int j = 0; j < width; j++) {
        rows[i][j] = values[indexes[i] * width + j];
      }
    }
    return rows;
  }

  private static int[] positions(int[] ids) {
    int[] positions = new int[ids.length];
    Arrays.setAll(positions, i -> i);
    return positions;
  }

  private static double[][] add(double[][] a, double[][] b) {
    double[][] sum = new double[a.length][];
    for (int i = 0; i < a.length; i++) {
      sum[i] = a[i].clone();
      for (int j = 0; j < sum[i].length; j++) {
        sum[i][j] += b[i][j];
      }
    }
    return sum;
  }

  private static double[][] columns(double[][] x, int begin, int end) {
    return Arrays.stream(x)
        .map(row -> Arrays.copyOfRange(row, begin, end))
        .toArray(double[][]::new);
  }

  /** nn.Linear, whose weight is [out, in]; its bias may be missing. */
  private double[][] linear(double[][] x, String name) {
    return apply(x, name + ".weight", files.has(name + ".bias") ? name + ".bias" : null);
  }

  private double[][] apply(double[][] x, String weight, String bias) {
    float[] w = files.values(weight);
    int out = (int) files.shape(weight)[0];
    int in = (int) files.shape(weight)[1];
    double[][] y = new double[x.length][out];
    for (int i = 0; i < x.length; i++) {
      for (int o = 0; o < out; o++) {
        double sum = bias == null ? 0 : files.values(bias)[o];
        for (int j = 0; j < in; j++) {
          sum += x[i][j] * w[o * in + j];
        }
        y[i][o] = sum;
      }
    }
    return y;
  }

  /** GPT-2's Conv1D, whose weight is [in, out]. */
  private double[][] conv1d(double[][] x, String name) {
    float[] w = files.values(name + ".weight");
    float[] bias = files.values(name + ".bias");
    double[][] y = new double[x.length][bias.length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[i].length; j++) {
        for (int o = 0; o < bias.length; o++) {
          y[i][o] += x[i][j] * w[j * bias.length + o];
        }
      }
      for (int o = 0; o < bias.length; o++) {
        y[i][o] += bias[o];
      }
    }
    return y;
  }

  private double[][] layerNorm(double[][] x, String name, double epsilon) {
    return layerNorm(x, name + ".weight", name + ".bias", epsilon);
  }

  private double[][] layerNorm(double[][] x, String gain, String shift, double epsilon) {
    double[][] y = new double[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      double mean = Arrays.stream(x[i]).average().orElseThrow();
      double variance = Arrays.stream(x[i]).map(v -> Math.pow(v - mean, 2)).average().orElseThrow();
      for (int j = 0; j < y[i].length; j++) {
        double normal = (x[i][j] - mean) / Math.sqrt(variance + epsilon);
        y[i][j] = normal * files.values(gain)[j] + files.values(shift)[j];
      }
    }
    return y;
  }

  private double[][] rmsNorm(double[][] x, String gain, double epsilon) {
    double[][] y = new double[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      double meanSquare = Arrays.stream(x[i]).map(v -> v * v).average().orElseThrow();
      for (int j = 0; j < y[i].length; j++) {
        y[i][j] = x[i][j] / Math.sqrt(meanSquare + epsilon) * files.values(gain)[j];
      }
    }
    return y;
  }

  private static double[][] tanhGelu(double[][] x) {
    double[][] y = new double[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < y[i].length; j++) {
        double v = x[i][j];
        double inner = Math.sqrt(2 / Math.PI) * (v + 0.044715 * Math.pow(v, 3));
        y[i][j] = 0.5 * v * (1 + Math.tanh(inner));
      }
    }
    return y;
  }

  private static double[][] erfGelu(double[][] x) {
    double[][] y = new double[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < y[i].length; j++) {
        y[i][j] = 0.5 * x[i][j] * (1 + erf(x[i][j] / Math.sqrt(2)));
      }
    }
    return y;
  }

  /** erf by Simpson's rule on its integral, within 1e-11. */
  private static double erf(double x) {
    double end = Math.min(Math.abs(x), 6);
    int pieces = 200;
    double step = end / pieces;
    double sum = 1 + Math.exp(-end * end);
    for (int i = 1; i < pieces; i++) {
      sum += (i % 2 == 0 ? 2 : 4) * Math.exp(-Math.pow(i * step, 2));
    }
    return Math.signum(x) * 2 / Math.sqrt(Math.PI) * sum * step / 3;
  }

  /** Turns each pair of values of each head by its token's position. */
  private double[][] turned(double[][] x, int heads) {
    int headDim = x[0].length / heads;
    int half = headDim / 2;
    double[][] y = new double[x.length][x[0].length];
    for (int position = 0; position < x.length; position++) {
      for (int head = 0; head < heads; head++) {
        for (int pair = 0; pair < half; pair++) {
          boolean halves = pairs == Pairs.HALVES;
          int a = head * headDim + (halves ? pair : 2 * pair);
          int b = halves ? a + half : a + 1;
          double angle = position * frequency(pair, headDim);
          // (a + bi) · (cos + i sin)
          y[position][a] = x[position][a] * Math.cos(angle) - x[position][b] * Math.sin(angle);
          y[position][b] = x[position][a] * Math.sin(angle) + x[position][b] * Math.cos(angle);
        }
      }
    }
    return y;
  }

  /** By the wave's length, as Llama 3's own code scales it. */
  private double frequency(int pair, int headDim) {
    double frequency = 1 / Math.pow(files.number("rope_theta"), 2.0 * pair / headDim);
    if (!files.hasSetting("rope_scaling")) {
      return frequency;
    }
    double factor = files.number("rope_scaling", "factor");
    double low = files.number("rope_scaling", "low_freq_factor");
    double high = files.number("rope_scaling", "high_freq_factor");
    double context = files.number("rope_scaling", "original_max_position_embeddings");
    double length = 2 * Math.PI / frequency;
    if (length < context / high) {
      return frequency;
    }
    if (length > context / low) {
      return frequency / factor;
    }
    double smooth = (context / length - low) / (high - low);
    return (1 - smooth) * frequency / factor + smooth * frequency;
  }

  private static double[][] attention(
      double[][] q,
      double[][] k,
      double[][] v,
      int heads,
      int kvHeads,
      boolean causal,
      int window) {
    int headDim = q[0].length / heads;
    double[][] context = new double[q.length][q[0].length];
    for (int head = 0; head < heads; head++) {
      int from = head * headDim;
      int kv = head * kvHeads / heads * headDim;
      for (int i = 0; i < q.length; i++) {
        double[] weights = new double[q.length];
        double sum = 0;
        for (int j = 0; j < weights.length; j++) {
          boolean seen = (!causal || j <= i) && (window == 0 || i - j < window);
          double score = 0;
          for (int d = 0; d < headDim; d++) {
            score += q[i][from + d] * k[j][kv + d] / Math.sqrt(headDim);
          }
          weights[j] = seen ? Math.exp(score) : 0;
          sum += weights[j];
        }
        for (int j = 0; j < weights.length; j++) {
          for (int d = 0; d < headDim; d++) {
            context[i][from + d] += weights[j] / sum * v[j][kv + d];
          }
        }
      }
    }
    return context;
  }
}
