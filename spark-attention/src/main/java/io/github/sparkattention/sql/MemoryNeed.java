package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionConfig;
import java.util.List;

/** The bytes of heap that a task takes for its sequences. */
final class MemoryNeed {
  private final AttentionSpec spec;
  private final List<ResultWriter> writers;

  MemoryNeed(AttentionSpec spec) {
    this.spec = spec;
    this.writers = spec.writers();
  }

  /**
   * What a batch holds of a sequence besides its row.
   *
   * @param length number of tokens
   * @return bytes of the packed tokens and of all that is computed of them, at most 2^62
   */
  long inBatch(long length) {
    AttentionConfig config = spec.config();
    long floats = length * ((long) config.dIn() + config.dOut());
    if (spec.wants(ResultKind.ATTENTION_WEIGHTS)) {
      floats += Math.min(spec.weightCount(length), 1L << 58);
    }
    if (spec.wants(ResultKind.LOG_SUM_EXP)) {
      floats += length * config.numHeads();
    }
    return floats * Float.BYTES;
  }

  /**
   * What a sequence takes at most when it is a batch of its own, until its row has been handed on.
   *
   * @param rowBytes the size of its row as it came
   * @param length number of tokens
   * @return bytes: two copies of the row and its results, one of them joined, the batch, and the
   *     projected tokens
   */
  long alone(long rowBytes, long length) {
    AttentionConfig config = spec.config();
    long projected = length * (2L * config.dOut() + 2L * config.kvWidth()) * Float.BYTES;
    return 2 * (rowBytes + RowEncoder.resultBytes(writers, length)) + inBatch(length) + projected;
  }
}
