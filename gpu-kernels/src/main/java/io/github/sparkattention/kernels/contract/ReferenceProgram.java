package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.Tensors;
import java.util.Arrays;

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
      double[][][] slots = new double[program.slots().size()][][];
      slots[Program.INPUT] = tokens(batch, s);
      double[][][] attention = new double[program.steps().size()][][];
      double[][] logSumExp = new double[program.steps().size()][];
      int layer = 0;
      for (int i = 0; i < program.steps().size(); i++) {
        Step step = program.steps().get(i);
        double[][] x = slots[step.from()];
        if (step instanceof Project project) {
          double[][] residual = project.residual() < 0 ? null : slots[project.residual()];
          slots[step.to()] = project(project, x, residual);
        } else if (step instanceof Attend attend) {
          Heads heads = attend.heads();
          attention[i] = new double[heads.numHeads() * x.length][x.length];
          logSumExp[i] = new double[heads.numHeads() * x.length];
          slots[step.to()] = new double[x.length][heads.dOut()];
          for (int h = 0; h < heads.numHeads(); h++) {
            for (int q = 0; q < x.length; q++) {
              double[] p = attention[i][h * x.length + q];
              scores(heads, h, q, x, p);
              logSumExp[i][h * x.length + q] = softmax(p);
              if (dropout.isActive()) {
                drop(heads, p, dropout.generatorKey(s), layer, h, q);
              }
              addValues(heads, h, p, x, slots[step.to()][q]);
            }
          }
          layer++;
        }
      }
      for (int o = 0; o < written.length; o++) {
        if (program.outputs().get(o) instanceof Output.Values values) {
          written[o] = store(slots[values.slot()], outputs.array(o), written[o]);
        } else if (program.outputs().get(o) instanceof Output.AttentionWeights weights) {
          written[o] = store(attention[weights.step()], outputs.array(o), written[o]);
        } else if (program.outputs().get(o) instanceof Output.LogSumExp sums) {
          double[][] row = {logSumExp[sums.step()]};
          written[o] = store(row, outputs.array(o), written[o]);
        }
      }
    }
  }

  private static double[][] tokens(PackedSequences batch, int sequence) {
    double[][] x = new double[batch.length(sequence)][batch.width()];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < x[i].length; j++) {
        x[i][j] = batch.tokens()[(batch.offset(sequence) + i) * batch.width() + j];
      }
    }
    return x;
  }

  /** y = W x + b, plus the residual, for each token. */
  private double[][] project(Project step, double[][] x, double[][] residual) {
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
          y[i][column + o] = residual == null ? sum : sum + residual[i][column + o];
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
