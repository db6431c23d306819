package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.forms.RowDecoder;
import io.github.sparkattention.internal.forms.ValueArray;
import io.github.sparkattention.internal.results.BatchResults;
import io.github.sparkattention.internal.results.ResultKind;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.Prepared;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * The sequences of one batch, packed, and what was computed of them. Its arrays serve one batch
 * after another.
 */
public final class SequenceBatch implements BatchResults {
  /** Marks a row that is dropped. */
  static final int DROPPED = -2;

  /** Marks a row whose results are null. */
  static final int NULL = -1;

  private static final float[] NONE = {};

  private final AttentionSpec spec;
  private final RowLayout layout;
  private final Refusals refusals;
  private final RowDecoder decoder;
  private final SequenceChecks checks;
  private final BatchSizes sizes;

  private Prepared layer;
  private long firstRow;
  private int[] slots = {};
  private int[] offsets = {0};
  private long[] keys = {};
  private long[] weightOffsets = {0};
  private int count;
  private float[] tokens = NONE;
  private float[] context = NONE;
  private float[] weights = NONE;
  private float[] logSumExp = NONE;

  public SequenceBatch(AttentionSpec spec, RowLayout layout, BatchSizes sizes, Refusals refusals) {
    this.spec = spec;
    this.layout = layout;
    this.refusals = refusals;
    this.decoder = layout.decoder(spec);
    this.checks = new SequenceChecks(spec, layout, decoder, sizes);
    this.sizes = sizes;
  }

  /**
   * Packs a batch.
   *
   * @param rows its rows
   * @param ordinal the first row's ordinal in its partition
   */
  void pack(List<UnsafeRow> rows, long ordinal) {
    firstRow = ordinal;
    resize(rows.size());
    String[] faults = new String[rows.size()];
    long total = 0;
    for (int i = 0; i < faults.length; i++) {
      faults[i] = checks.fault(rows.get(i));
      total += faults[i] == null ? decoder.length(rows.get(i)) : 0;
    }
    tokens = tokensArray(tokens, total, spec.config().dIn());
    count = 0;
    for (int i = 0; i < faults.length; i++) {
      UnsafeRow row = rows.get(i);
      String fault = faults[i] == null ? decoder.decode(row, tokens, offsets[count]) : faults[i];
      if (fault == null) {
        append(row);
        slots[i] = count - 1;
      } else {
        refuse(i, fault);
      }
    }
  }

  private void resize(int rows) {
    if (slots.length < rows) {
      slots = new int[rows];
      offsets = new int[rows + 1];
      keys = new long[rows];
      weightOffsets = new long[rows + 1];
    }
  }

  private void append(UnsafeRow row) {
    long length = decoder.length(row);
    offsets[count + 1] = offsets[count] + (int) length;
    weightOffsets[count + 1] = weightOffsets[count] + sizes.keptWeights(length);
    keys[count] = layout.dropoutKey() < 0 ? 0 : row.getLong(layout.dropoutKey());
    count++;
  }

  private void refuse(int row, String fault) {
    slots[row] = refusals.refuse(firstRow + row, fault) ? NULL : DROPPED;
  }

  /** The number of tokens that were packed. */
  int totalTokens() {
    return offsets[count];
  }

  /** Begins to compute the packed sequences; all arrays belong to the pass until it has ended. */
  Pass begin(Prepared prepared, Cancellation cancellation) {
    layer = prepared;
    context = tokensArray(context, totalTokens(), spec.config().dOut());
    boolean wantsWeights = spec.wants(ResultKind.ATTENTION_WEIGHTS);
    if (wantsWeights) {
      weights = ofLength(weights, sizes.weightsLength(weights.length, weightOffsets[count]));
    }
    boolean wantsLogSumExp = spec.wants(ResultKind.LOG_SUM_EXP);
    if (wantsLogSumExp) {
      logSumExp = tokensArray(logSumExp, totalTokens(), spec.config().numHeads());
    }
    PackedSequences sequences = PackedSequences.of(tokens, spec.config().dIn(), offsets, count);
    Outputs output =
        Outputs.of(context, wantsWeights ? weights : null, wantsLogSumExp ? logSumExp : null);
    return layer.begin(sequences, output, dropout(sequences), cancellation);
  }

  private Dropout dropout(PackedSequences sequences) {
    if (spec.dropout() == null) {
      return Dropout.NONE;
    }
    return layout.dropoutKey() < 0
        ? Dropout.byContents(spec.dropout().seed(), sequences)
        : Dropout.byKeys(spec.dropout().seed(), keys, count);
  }

  /**
   * The sequence of a row; refuses it if its results are not finite.
   *
   * @param row the row's index in its batch
   * @return the sequence's index, {@link #NULL} or {@link #DROPPED}
   */
  int sequence(int row) {
    if (slots[row] >= 0) {
      int width = spec.config().dOut();
      int from = offsets[slots[row]] * width;
      int bad = ValueArray.nonFinite(context, from, offsets[slots[row] + 1] * width);
      if (bad >= 0) {
        refuse(
            row,
            ContextFaults.notFinite(
                spec.config(),
                layer,
                tokens,
                offsets[slots[row]],
                offsets[slots[row] + 1],
                context[bad],
                bad - from));
      }
    }
    return slots[row];
  }

  @Override
  public float[] context() {
    return context;
  }

  @Override
  public float[] weights() {
    return weights;
  }

  @Override
  public float[] logSumExp() {
    return logSumExp;
  }

  @Override
  public int length(int sequence) {
    return offsets[sequence + 1] - offsets[sequence];
  }

  @Override
  public int contextOffset(int sequence) {
    return offsets[sequence] * spec.config().dOut();
  }

  @Override
  public int weightOffset(int sequence) {
    return (int) weightOffsets[sequence];
  }

  @Override
  public int logSumExpOffset(int sequence) {
    return offsets[sequence] * spec.config().numHeads();
  }

  private float[] tokensArray(float[] array, long count, int width) {
    return ofLength(array, sizes.tokensLength(array.length, count, width));
  }

  /** The array at hand, or a longer one, contents lost. */
  private static float[] ofLength(float[] array, int length) {
    return length <= array.length ? array : new float[length];
  }
}
