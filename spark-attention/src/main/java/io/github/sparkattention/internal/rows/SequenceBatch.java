package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.BatchSizes;
import io.github.sparkattention.internal.batches.Refusals;
import io.github.sparkattention.internal.forms.RowDecoder;
import io.github.sparkattention.internal.results.BatchResults;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.Prepared;
import java.util.Arrays;
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
  private final RowDecoder<?> decoder;
  private final SequenceChecks checks;
  private final BatchSizes sizes;
  private final ResultFaults faults;
  private final PackedTokens tokens;

  /** By output of the program; not filled where it isn't wanted. */
  private final float[][] values;

  private Prepared prepared;
  private PackedSequences sequences;
  private long firstRow;
  private int[] slots = {};
  private int[] offsets = {0};
  private long[] keys = {};

  /** By sequence the sum of the squares of the lengths before it. */
  private long[] pairs = {0};

  private int count;

  public SequenceBatch(AttentionSpec spec, RowLayout layout, BatchSizes sizes, Refusals refusals) {
    this.spec = spec;
    this.layout = layout;
    this.refusals = refusals;
    this.decoder = layout.decoder(spec);
    this.checks = new SequenceChecks(spec, layout, decoder, sizes);
    this.sizes = sizes;
    this.faults = new ResultFaults(spec);
    this.tokens = layout.packed(spec, sizes);
    this.values = new float[spec.program().outputs().size()][];
    Arrays.fill(values, NONE);
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
    String[] found = new String[rows.size()];
    long total = 0;
    for (int i = 0; i < found.length; i++) {
      found[i] = checks.fault(rows.get(i));
      total += found[i] == null ? decoder.length(rows.get(i)) : 0;
    }
    tokens.reserve(total);
    count = 0;
    for (int i = 0; i < found.length; i++) {
      UnsafeRow row = rows.get(i);
      String fault = found[i] == null ? tokens.pack(row, offsets[count]) : found[i];
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
      pairs = new long[rows + 1];
    }
  }

  private void append(UnsafeRow row) {
    long length = decoder.length(row);
    offsets[count + 1] = offsets[count] + (int) length;
    pairs[count + 1] = pairs[count] + length * length;
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
  Pass begin(Prepared by, Cancellation cancellation) {
    prepared = by;
    float[][] wanted = new float[values.length][];
    for (int output = 0; output < values.length; output++) {
      if (spec.wantsOutput(output)) {
        long needed = sizes.valuesBefore(output, count, totalTokens(), pairs[count]);
        int length = sizes.valuesLength(output, values[output].length, needed);
        // Contents are lost.
        values[output] = length <= values[output].length ? values[output] : new float[length];
        wanted[output] = values[output];
      }
    }
    sequences = tokens.sequences(offsets, count);
    return prepared.begin(sequences, Outputs.of(wanted), dropout(sequences), cancellation);
  }

  private Dropout dropout(PackedSequences batch) {
    if (spec.dropout() == null) {
      return Dropout.NONE;
    }
    return layout.dropoutKey() < 0
        ? Dropout.byContents(spec.dropout().seed(), batch)
        : Dropout.byKeys(spec.dropout().seed(), keys, count);
  }

  /**
   * The sequence of a row; refuses it if its results are not finite.
   *
   * @param row the row's index in its batch
   * @return the sequence's index, {@link #NULL} or {@link #DROPPED}
   */
  int sequence(int row) {
    // A batch without tokens is not computed.
    if (slots[row] >= 0 && totalTokens() > 0) {
      String fault = faults.find(prepared, sequences, this, slots[row]);
      if (fault != null) {
        refuse(row, fault);
      }
    }
    return slots[row];
  }

  @Override
  public int length(int sequence) {
    return offsets[sequence + 1] - offsets[sequence];
  }

  @Override
  public float[] values(int output) {
    return values[output];
  }

  @Override
  public int offset(int output, int sequence) {
    return Math.toIntExact(
        sizes.valuesBefore(output, sequence, offsets[sequence], pairs[sequence]));
  }
}
