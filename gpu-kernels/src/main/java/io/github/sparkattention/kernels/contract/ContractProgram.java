package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.Norm;
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

/**
 * The numeric contract written out element by element, with nothing blocked, packed or shared: what
 * every backend must equal to the last bit. It shares this package with the backends, and no other
 * code. Slow on purpose.
 */
public final class ContractProgram {
  private final Program program;
  private final Tensors tensors;

  /**
   * Takes a program and its weights.
   *
   * @param program the program
   * @param tensors its weights
   * @throws IllegalArgumentException if they contradict each other
   */
  public ContractProgram(Program program, Tensors tensors) {
    tensors.check(program);
    this.program = program;
    this.tensors = tensors;
  }

  /**
   * Computes a batch.
   *
   * @param batch the batch
   * @param outputs the arrays to fill, as a backend fills them
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
        float[] values = sequence.output(program.outputs().get(o));
        if (outputs.array(o) != null) {
          System.arraycopy(values, 0, outputs.array(o), written[o], values.length);
          written[o] += values.length;
        }
      }
    }
  }

  /** One sequence on its way through the steps. */
  private final class Sequence {
    private final PackedSequences batch;
    private final int n;
    private final Dropout dropout;
    private final int sequence;
    private final float[][] slots = new float[program.slots().size()][];
    private final float[][] attention = new float[program.steps().size()][];
    private final float[][] logSumExp = new float[program.steps().size()][];

    /** By step: the parts of the scored rows. */
    private final float[][] parts = new float[program.steps().size()][];

    private int layer;

    Sequence(PackedSequences batch, int sequence, Dropout dropout) {
      this.batch = batch;
      this.n = batch.length(sequence);
      this.dropout = dropout;
      this.sequence = sequence;
      if (!batch.hasIds()) {
        slots[Program.INPUT] = new float[n * batch.width()];
        System.arraycopy(
            batch.tokens(),
            batch.offset(sequence) * batch.width(),
            slots[Program.INPUT],
            0,
            n * batch.width());
      }
    }

    float[] output(Output output) {
      if (output instanceof Output.Values values) {
        return slots[values.slot()];
      }
      if (output instanceof Output.AttentionWeights weights) {
        return attention[weights.step()];
      }
      if (output instanceof Output.LogSumExp sums) {
        return logSumExp[sums.step()];
      }
      if (output instanceof Output.LogProbability probability) {
        return finish(probability.step(), 0);
      }
      return output instanceof Output.TopIds ids
          ? finish(ids.step(), 1)
          : finish(((Output.TopLogProbabilities) output).step(), 2);
    }

    /** One of the three outputs of a scoring step, for this sequence. */
    private float[] finish(int index, int output) {
      Score score = program.score(index);
      float[][] arrays = new float[3][];
      int perRow = output == 0 ? 1 : score.top();
      arrays[output] = new float[score.rows().count(batch) * perRow];
      new ScoreParts(score)
          .finish(parts[index], 0, batch, sequence, sequence + 1, arrays[0], arrays[1], arrays[2]);
      boolean each = score.rows() == Score.Rows.EACH_TOKEN;
      int from = each ? batch.offset(sequence) : sequence;
      int rows = each ? n : 1;
      return Arrays.copyOfRange(arrays[output], from * perRow, (from + rows) * perRow);
    }

    void run(int index) {
      Step step = program.steps().get(index);
      if (step instanceof Embed embed) {
        slots[step.to()] = embed(embed);
      } else if (step instanceof Normalize normalize) {
        slots[step.to()] = normalize(normalize);
      } else if (step instanceof Rotate rotate) {
        rotate(rotate);
      } else if (step instanceof Score score) {
        parts[index] = score(score);
      } else if (step instanceof Project project) {
        slots[step.to()] = project(project);
      } else if (step instanceof Attend attend) {
        Heads heads = attend.heads();
        attention[index] = new float[heads.numHeads() * n * n];
        logSumExp[index] = new float[heads.numHeads() * n];
        slots[step.to()] = new float[n * heads.dOut()];
        for (int h = 0; h < heads.numHeads(); h++) {
          for (int i = 0; i < n; i++) {
            query(
                heads,
                h,
                i,
                slots[step.from()],
                slots[step.to()],
                attention[index],
                logSumExp[index]);
          }
        }
        layer++;
      }
    }

    private float[] embed(Embed step) {
      int width = program.width(step.to());
      float[] ids = rows(step.tokens());
      float[] positions = rows(step.positions());
      float[] types = rows(step.types());
      float[] y = new float[n * width];
      for (int t = 0; t < n; t++) {
        int token = batch.offset(sequence) + t;
        for (int j = 0; j < width; j++) {
          float value = ids[batch.id(token) * width + j];
          if (positions != null) {
            value += positions[t * width + j];
          }
          if (types != null) {
            value += types[batch.type(token) * width + j];
          }
          y[t * width + j] = value;
        }
      }
      return y;
    }

    /** The rows of a table, or null if there is none. */
    private float[] rows(Step.Table table) {
      return table == null ? null : tensors.values(table.weightName());
    }

    private float[] normalize(Normalize step) {
      int width = program.width(step.to());
      float[] x = slots[step.from()];
      float[] gain = tensors.values(step.gainName());
      float inverse = (float) (1.0 / width);
      float[] y = new float[n * width];
      for (int t = 0; t < n; t++) {
        float mean = 0f;
        if (step.norm().kind() == Norm.Kind.LAYER) {
          float[] sums = new float[16];
          for (int j = 0; j < width; j++) {
            sums[j % 16] += x[t * width + j];
          }
          mean = Math.fma(ContractMath.join(sums), inverse, 0f);
        }
        float[] squares = new float[16];
        for (int j = 0; j < width; j++) {
          float d = x[t * width + j] - mean;
          squares[j % 16] = Math.fma(d, d, squares[j % 16]);
        }
        float variance = Math.fma(ContractMath.join(squares), inverse, step.norm().epsilon());
        float factor = ContractMath.rsqrt(variance);
        for (int j = 0; j < width; j++) {
          float normal = (x[t * width + j] - mean) * factor;
          float shift = step.norm().hasShift() ? tensors.values(step.shiftName())[j] : 0f;
          y[t * width + j] = Math.fma(normal, gain[j], shift);
        }
      }
      return y;
    }

    private void rotate(Rotate step) {
      int width = program.width(step.to());
      int pairs = step.rotary().pairs();
      float[] x = slots[step.to()];
      float[] table = new float[n * pairs * 2];
      Rotations.fill(step.rotary(), 0, table, 0, n);
      for (int t = 0; t < n; t++) {
        for (int h = 0; h < step.numHeads(); h++) {
          for (int p = 0; p < pairs; p++) {
            int at = t * width + h * step.rotary().headDim() + p;
            float cos = table[2 * t * pairs + p];
            float sin = table[(2 * t + 1) * pairs + p];
            float a = x[at];
            float b = x[at + pairs];
            x[at] = Rotations.first(a, b, cos, sin);
            x[at + pairs] = Rotations.second(a, b, cos, sin);
          }
        }
      }
    }

    private float[] score(Score step) {
      ScoreParts layout = new ScoreParts(step);
      boolean each = step.rows() == Score.Rows.EACH_TOKEN;
      int rows = each ? n : Math.min(n, 1);
      float[] all = new float[rows * layout.rowWidth()];
      for (int i = 0; i < rows; i++) {
        int position = each ? i : n - 1;
        for (int segment = 0; segment < layout.segments(); segment++) {
          int at = i * layout.rowWidth() + segment * layout.width();
          layout.clear(all, at);
          int first = segment * ContractMath.SEGMENT;
          int end = Math.min(step.table().rows(), first + ContractMath.SEGMENT);
          for (int block = first; block < end; block += ContractMath.KEY_BLOCK) {
            int blockEnd = Math.min(end, block + ContractMath.KEY_BLOCK);
            score(step, position, block, blockEnd, layout, all, at);
          }
        }
      }
      return all;
    }

    /** Takes a block of ids into a part. */
    private void score(
        Score step, int position, int first, int end, ScoreParts layout, float[] all, int at) {
      int width = program.width(step.from());
      float[] x = slots[step.from()];
      float[] rows = rows(step.table());
      float[] s = new float[end - first];
      float old = all[at + ScoreParts.MAXIMUM];
      float max = old;
      for (int id = first; id < end; id++) {
        float sum = 0f;
        for (int j = 0; j < width; j++) {
          sum = Math.fma(x[position * width + j], rows[id * width + j], sum);
        }
        s[id - first] = Math.fma(sum, ContractMath.LOG2_E, 0f);
        max = Math.max(max, s[id - first]);
        layout.offer(all, at, s[id - first], id);
        if (batch.target(sequence, position) == id) {
          all[at + ScoreParts.TARGET] = s[id - first];
        }
      }
      float total = 0f;
      for (float value : s) {
        total += ContractMath.exp2(value - max);
      }
      all[at + ScoreParts.MAXIMUM] = max;
      all[at + ScoreParts.TOTAL] =
          Math.fma(all[at + ScoreParts.TOTAL], ContractMath.exp2(old - max), total);
    }

    private float[] project(Project step) {
      int in = program.width(step.from());
      int width = step.width();
      float[] y = new float[n * width];
      int column = 0;
      for (Step.Map map : step.maps()) {
        Linear linear = tensors.linear(map);
        for (int t = 0; t < n; t++) {
          for (int o = 0; o < linear.outFeatures(); o++) {
            float sum = linear.hasBias() ? linear.bias()[o] : 0f;
            for (int j = 0; j < in; j++) {
              sum = Math.fma(linear.weight()[o * in + j], slots[step.from()][t * in + j], sum);
            }
            int at = t * width + column + o;
            float value = ContractMath.activate(step.activation(), sum);
            if (step.gate() != Step.NONE) {
              value = Math.fma(value, slots[step.gate()][at], 0f);
            }
            y[at] = step.residual() == Step.NONE ? value : value + slots[step.residual()][at];
          }
        }
        column += linear.outFeatures();
      }
      return y;
    }

    private void query(
        Heads heads, int h, int i, float[] qkv, float[] joined, float[] weights, float[] sums) {
      int from = heads.firstKey(i);
      int to = heads.endKey(i, n);
      float[] s = new float[n];
      for (int j = from; j < to; j++) {
        s[j] = score(heads, h, i, j, qkv);
      }
      int stride = heads.dOut() + 2 * heads.kvWidth();
      int v = heads.dOut() + heads.kvWidth() + heads.kvHead(h) * heads.headDim();
      float max = ContractMath.NO_MAXIMUM;
      float total = 0f;
      float[] context = new float[heads.headDim()];
      int keyBlock = ContractMath.KEY_BLOCK;
      for (int block = from / keyBlock * keyBlock; block < to; block += keyBlock) {
        float old = max;
        for (int j = Math.max(from, block); j < Math.min(to, block + keyBlock); j++) {
          max = Math.max(max, s[j]);
        }
        float rescale = ContractMath.exp2(old - max);
        float blockTotal = 0f;
        for (int d = 0; d < context.length; d++) {
          context[d] *= rescale;
        }
        for (int j = Math.max(from, block); j < Math.min(to, block + keyBlock); j++) {
          float p = ContractMath.exp2(s[j] - max);
          blockTotal += p;
          float kept = keeps(heads, h, i, j) ? p : 0f;
          for (int d = 0; d < context.length; d++) {
            context[d] = Math.fma(kept, qkv[j * stride + v + d], context[d]);
          }
        }
        total = Math.fma(total, rescale, blockTotal);
      }
      sums[h * n + i] = ContractMath.logSumExp(max, total);
      float normalizer = ContractMath.reciprocal(total);
      if (dropout.isActive()) {
        normalizer *= Dropout.keptScale(heads.dropout());
      }
      for (int d = 0; d < context.length; d++) {
        joined[i * heads.dOut() + h * heads.headDim() + d] = Math.fma(context[d], normalizer, 0f);
      }
      for (int j = from; j < to; j++) {
        float p = keeps(heads, h, i, j) ? ContractMath.exp2(s[j] - max) : 0f;
        weights[(h * n + i) * n + j] = p * normalizer;
      }
    }

    private float score(Heads heads, int h, int i, int j, float[] qkv) {
      int stride = heads.dOut() + 2 * heads.kvWidth();
      int q = i * stride + h * heads.headDim();
      int k = j * stride + heads.dOut() + heads.kvHead(h) * heads.headDim();
      float sum = 0f;
      for (int d = 0; d < heads.headDim(); d++) {
        sum = Math.fma(qkv[q + d] * heads.queryScale(), qkv[k + d], sum);
      }
      return heads.softcap() == 0 ? sum : ContractMath.softcap(sum, heads.base2Cap());
    }

    private boolean keeps(Heads heads, int h, int i, int j) {
      return !dropout.isActive()
          || Dropout.keeps(
              dropout.generatorKey(sequence), layer, h, i, j, Dropout.threshold(heads.dropout()));
    }
  }
}
