package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.contract.ContractMath;

/**
 * The numeric contract written out element by element, with nothing blocked, packed or shared: what
 * every backend must equal to the last bit. Shares {@link ContractMath} with the backends, and no
 * other code.
 */
final class ContractProgram {
  private final Program program;
  private final Tensors tensors;

  ContractProgram(Program program, Tensors tensors) {
    this.program = program;
    this.tensors = tensors;
  }

  /** Computes a batch, and fills the outputs as a backend would. */
  void run(PackedSequences batch, Outputs outputs, Dropout dropout) {
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
    private final int n;
    private final Dropout dropout;
    private final int sequence;
    private final float[][] slots = new float[program.slots().size()][];
    private final float[][] attention = new float[program.steps().size()][];
    private final float[][] logSumExp = new float[program.steps().size()][];
    private int layer;

    Sequence(PackedSequences batch, int sequence, Dropout dropout) {
      this.n = batch.length(sequence);
      this.dropout = dropout;
      this.sequence = sequence;
      slots[Program.INPUT] = new float[n * batch.width()];
      System.arraycopy(
          batch.tokens(),
          batch.offset(sequence) * batch.width(),
          slots[Program.INPUT],
          0,
          n * batch.width());
    }

    float[] output(Output output) {
      if (output instanceof Output.Values values) {
        return slots[values.slot()];
      }
      return output instanceof Output.AttentionWeights weights
          ? attention[weights.step()]
          : logSumExp[((Output.LogSumExp) output).step()];
    }

    void run(int index) {
      Step step = program.steps().get(index);
      if (step instanceof Project project) {
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
            y[at] = step.residual() == Step.NONE ? sum : sum + slots[step.residual()][at];
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
