package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Embed;
import io.github.sparkattention.kernels.Step.Normalize;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.Step.Rotate;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Tensors;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The oracle: programs computed to be read, in double precision, one loop per line of the formula.
 *
 * <p>Slow on purpose; the backends are tested against it. Source of attention: Vaswani et al.,
 * "Attention Is All You Need", 2017, section 3.2, with the variations that {@link Heads} names.
 */
public final class ReferenceProgram {
  private final Program program;
  private final Tensors tensors;

  /**
   * Takes a program and its weights.
   *
   * @param program the program
   * @param tensors its weights
   * @throws IllegalArgumentException if they contradict each other
   */
  public ReferenceProgram(Program program, Tensors tensors) {
    tensors.check(program);
    this.program = program;
    this.tensors = tensors;
  }

  /**
   * Computes a batch, each value rounded to float once, at the end.
   *
   * @param batch the batch
   * @param outputs the arrays to fill
   * @param dropout the draws that drop attention weights, or {@link Dropout#NONE}
   * @throws IllegalArgumentException if the batch or the arrays don't fit
   */
  public void run(PackedSequences batch, Outputs outputs, Dropout dropout) {
    outputs.check(program, batch, dropout);
    int[] written = new int[program.outputs().size()];
    for (int s = 0; s < batch.count(); s++) {
      Sequence sequence = new Sequence(batch, s, dropout);
      for (int i = 0; i < program.steps().size(); i++) {
        sequence.run(i);
      }
      for (int o = 0; o < written.length; o++) {
        double[][] rows = sequence.rows(program.outputs().get(o));
        written[o] = store(rows, outputs.array(o), written[o]);
      }
    }
  }

  /** One sequence on its way through the steps. */
  private final class Sequence {
    private final PackedSequences batch;
    private final int sequence;
    private final Dropout dropout;
    private final double[][][] slots = new double[program.slots().size()][][];
    private final double[][][] attention = new double[program.steps().size()][][];
    private final double[][] logSumExp = new double[program.steps().size()][];

    /** By step: for each row the log-probabilities of all ids. */
    private final double[][][] scores = new double[program.steps().size()][][];

    private int layer;

    Sequence(PackedSequences batch, int sequence, Dropout dropout) {
      this.batch = batch;
      this.sequence = sequence;
      this.dropout = dropout;
      slots[Program.INPUT] = tokens(batch, sequence);
    }

    void run(int index) {
      Step step = program.steps().get(index);
      double[][] x = slots[step.from()];
      if (step instanceof Embed embed) {
        slots[step.to()] = embed(embed, batch, sequence);
      } else if (step instanceof Normalize normalize) {
        slots[step.to()] = normalize(normalize, x);
      } else if (step instanceof Project project) {
        double[][] gate = project.gate() < 0 ? null : slots[project.gate()];
        double[][] residual = project.residual() < 0 ? null : slots[project.residual()];
        slots[step.to()] = project(project, x, gate, residual);
      } else if (step instanceof Rotate rotate) {
        rotate(rotate, x);
      } else if (step instanceof Attend attend) {
        attend(index, attend, x);
      } else if (step instanceof Score score) {
        scores[index] = score(score, x);
      }
    }

    private void attend(int index, Attend attend, double[][] x) {
      Heads heads = attend.heads();
      attention[index] = new double[heads.numHeads() * x.length][x.length];
      logSumExp[index] = new double[heads.numHeads() * x.length];
      slots[attend.to()] = new double[x.length][heads.dOut()];
      for (int h = 0; h < heads.numHeads(); h++) {
        for (int q = 0; q < x.length; q++) {
          double[] p = attention[index][h * x.length + q];
          scores(heads, h, q, x, p);
          logSumExp[index][h * x.length + q] = softmax(p);
          if (dropout.isActive()) {
            drop(heads, p, dropout.generatorKey(sequence), layer, h, q);
          }
          addValues(heads, h, p, x, slots[attend.to()][q]);
        }
      }
      layer++;
    }

    double[][] rows(Output output) {
      if (output instanceof Output.Values values) {
        return slots[values.slot()];
      } else if (output instanceof Output.AttentionWeights weights) {
        return attention[weights.step()];
      } else if (output instanceof Output.LogSumExp sums) {
        return new double[][] {logSumExp[sums.step()]};
      } else if (output instanceof Output.LogProbability probability) {
        return targets(program.score(probability.step()), scores[probability.step()]);
      } else if (output instanceof Output.TopIds ids) {
        return top(program.score(ids.step()), scores[ids.step()], true);
      }
      int step = ((Output.TopLogProbabilities) output).step();
      return top(program.score(step), scores[step], false);
    }

    private double[][] targets(Score step, double[][] logProbabilities) {
      int n = batch.length(sequence);
      boolean each = step.rows() == Score.Rows.EACH_TOKEN;
      double[][] rows = new double[logProbabilities.length][1];
      for (int i = 0; i < rows.length; i++) {
        int target = n == 0 ? PackedSequences.NO_TARGET : batch.target(sequence, each ? i : n - 1);
        rows[i][0] = target == PackedSequences.NO_TARGET ? Double.NaN : logProbabilities[i][target];
      }
      return rows;
    }
  }

  /** The most probable ids of each row, or their log-probabilities. */
  private static double[][] top(Score step, double[][] logProbabilities, boolean ids) {
    double[][] rows = new double[logProbabilities.length][step.top()];
    for (int i = 0; i < rows.length; i++) {
      double[] row = logProbabilities[i];
      // The sort is stable, so that the lower id comes first among equals.
      int[] sorted =
          IntStream.range(0, row.length)
              .boxed()
              .sorted((a, b) -> Double.compare(row[b], row[a]))
              .mapToInt(Integer::intValue)
              .toArray();
      for (int k = 0; k < step.top(); k++) {
        boolean none = row.length == 0;
        rows[i][k] = ids ? (none ? -1 : sorted[k]) : none ? Double.NaN : row[sorted[k]];
      }
    }
    return rows;
  }

  /** The rows of id, position and type, added. */
  private double[][] embed(Embed step, PackedSequences batch, int sequence) {
    double[][] y = new double[batch.length(sequence)][program.width(step.to())];
    for (int i = 0; i < y.length; i++) {
      int token = batch.offset(sequence) + i;
      addRow(step.tokens(), batch.id(token), y[i]);
      if (step.positions() != null) {
        addRow(step.positions(), i, y[i]);
      }
      if (step.types() != null) {
        addRow(step.types(), batch.type(token), y[i]);
      }
    }
    return y;
  }

  private void addRow(Step.Table table, int row, double[] to) {
    float[] values = tensors.values(table.weightName());
    for (int j = 0; j < to.length; j++) {
      to[j] += values[row * to.length + j];
    }
  }

  private double[][] normalize(Normalize step, double[][] x) {
    float[] gain = tensors.values(step.gainName());
    float[] shift = step.norm().hasShift() ? tensors.values(step.shiftName()) : null;
    double[][] y = new double[x.length][gain.length];
    for (int i = 0; i < x.length; i++) {
      double mean = shift == null ? 0 : Arrays.stream(x[i]).sum() / gain.length;
      double squares = Arrays.stream(x[i]).map(v -> (v - mean) * (v - mean)).sum();
      double deviation = Math.sqrt(squares / gain.length + step.norm().epsilon());
      for (int j = 0; j < gain.length; j++) {
        y[i][j] = (x[i][j] - mean) / deviation * gain[j] + (shift == null ? 0 : shift[j]);
      }
    }
    return y;
  }

  private static void rotate(Rotate step, double[][] x) {
    int pairs = step.rotary().pairs();
    for (int position = 0; position < x.length; position++) {
      for (int head = 0; head < step.numHeads(); head++) {
        for (int pair = 0; pair < pairs; pair++) {
          double angle = position * step.rotary().frequency(pair);
          int a = head * step.rotary().headDim() + pair;
          double first = x[position][a];
          double second = x[position][a + pairs];
          x[position][a] = first * Math.cos(angle) - second * Math.sin(angle);
          x[position][a + pairs] = second * Math.cos(angle) + first * Math.sin(angle);
        }
      }
    }
  }

  /** For each scored row the log-probabilities of all ids; none for a row without a token. */
  private double[][] score(Score step, double[][] x) {
    boolean each = step.rows() == Score.Rows.EACH_TOKEN;
    float[] table = tensors.values(step.table().weightName());
    double[][] rows = new double[each ? x.length : 1][];
    for (int i = 0; i < rows.length; i++) {
      if (x.length == 0) {
        rows[i] = new double[0];
        continue;
      }
      double[] token = x[each ? i : x.length - 1];
      rows[i] = new double[step.table().rows()];
      for (int id = 0; id < rows[i].length; id++) {
        for (int j = 0; j < token.length; j++) {
          rows[i][id] += token[j] * table[id * token.length + j];
        }
      }
      double[] exponentials = rows[i].clone();
      double logSum = softmax(exponentials);
      for (int id = 0; id < rows[i].length; id++) {
        rows[i][id] -= logSum;
      }
    }
    return rows;
  }

  private static double activate(Activation activation, double x) {
    return switch (activation) {
      case NONE -> x;
      case GELU_TANH ->
          x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case GELU_ERF -> x * normalDistribution(x);
      case SILU -> x / (1 + Math.exp(-x));
      case RELU -> Math.max(x, 0);
    };
  }

  /**
   * Φ(x), within 1e-15: the Taylor series of erf near 0, and the continued fraction of erfc
   * elsewhere. Source: Abramowitz and Stegun, 7.1.6 and 7.1.14.
   */
  static double normalDistribution(double x) {
    double z = Math.abs(x) / Math.sqrt(2);
    double upper;
    if (z < 2.5) {
      double term = z;
      double sum = z;
      for (int n = 1; n < 100; n++) {
        term *= 2 * z * z / (2 * n + 1);
        sum += term;
      }
      upper = 0.5 - sum * Math.exp(-z * z) / Math.sqrt(Math.PI);
    } else {
      double fraction = z;
      for (int k = 200; k > 0; k--) {
        fraction = z + k / 2.0 / fraction;
      }
      upper = Math.exp(-z * z) / fraction / Math.sqrt(Math.PI) / 2;
    }
    return x < 0 ? upper : 1 - upper;
  }

  /** The embeddings of a sequence; rows without values where tokens are ids. */
  private static double[][] tokens(PackedSequences batch, int sequence) {
    double[][] x = new double[batch.length(sequence)][batch.width()];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[i].length; j++) {
        x[i][j] = batch.tokens()[(batch.offset(sequence) + i) * batch.width() + j];
      }
    }
    return x;
  }

  /** y = activation(W x + b), times the gate, plus the residual, for each token. */
  private double[][] project(Project step, double[][] x, double[][] gate, double[][] residual) {
    double[][] y = new double[x.length][step.width()];
    int column = 0;
    for (Step.Map map : step.maps()) {
      Linear linear = tensors.linear(map);
      for (int i = 0; i < x.length; i++) {
        for (int o = 0; o < linear.outFeatures(); o++) {
          double sum = linear.hasBias() ? linear.bias()[o] : 0;
          for (int j = 0; j < linear.inFeatures(); j++) {
            sum += linear.weight()[o * linear.inFeatures() + j] * x[i][j];
          }
          double value = activate(step.activation(), sum);
          value *= gate == null ? 1 : gate[i][column + o];
          y[i][column + o] = value + (residual == null ? 0 : residual[i][column + o]);
        }
      }
      column += linear.outFeatures();
    }
    return y;
  }

  /** q·k · scale for each key, capped, and minus infinity where the mask hides the key. */
  private static void scores(Heads heads, int head, int query, double[][] x, double[] scores) {
    int q = head * heads.headDim();
    int k = heads.dOut() + heads.kvHead(head) * heads.headDim();
    Arrays.fill(scores, Double.NEGATIVE_INFINITY);
    int end = heads.endKey(query, x.length);
    for (int j = heads.firstKey(query); j < end; j++) {
      double dot = 0;
      for (int d = 0; d < heads.headDim(); d++) {
        dot += x[query][q + d] * x[j][k + d];
      }
      double s = dot * heads.scale();
      scores[j] = heads.softcap() == 0 ? s : heads.softcap() * Math.tanh(s / heads.softcap());
    }
  }

  /** Turns scores into their softmax, and returns the logarithm of the sum of exponentials. */
  private static double softmax(double[] p) {
    double max = Arrays.stream(p).max().orElse(0);
    double sum = 0;
    for (int j = 0; j < p.length; j++) {
      p[j] = Math.exp(p[j] - max);
      sum += p[j];
    }
    for (int j = 0; j < p.length; j++) {
      p[j] /= sum;
    }
    return max + Math.log(sum);
  }

  private static void drop(
      Heads heads, double[] p, long generatorKey, int layer, int head, int query) {
    int threshold = Dropout.threshold(heads.dropout());
    for (int j = 0; j < p.length; j++) {
      boolean kept = Dropout.keeps(generatorKey, layer, head, query, j, threshold);
      p[j] = kept ? p[j] / (1 - (double) heads.dropout()) : 0;
    }
  }

  /** Adds the values, weighted, to the head's part of the context vector. */
  private static void addValues(Heads heads, int head, double[] p, double[][] x, double[] context) {
    int v = heads.dOut() + heads.kvWidth() + heads.kvHead(head) * heads.headDim();
    for (int j = 0; j < p.length; j++) {
      for (int d = 0; d < heads.headDim(); d++) {
        context[head * heads.headDim() + d] += p[j] * x[j][v + d];
      }
    }
  }

  /** Appends rows to an array, if it is wanted, and says where the next ones go. */
  private static int store(double[][] rows, float[] out, int at) {
    for (double[] row : rows) {
      for (double value : row) {
        if (out != null) {
          out[at++] = (float) value;
        }
      }
    }
    return at;
  }
}
