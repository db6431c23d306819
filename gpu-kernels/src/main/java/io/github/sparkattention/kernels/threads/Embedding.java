package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step.Embed;
import io.github.sparkattention.kernels.Step.Table;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.internal.loops.ScoreTable;
import io.github.sparkattention.kernels.threads.TokenwiseStage.TokenwiseStep;

/** Embeddings of ids: rows of tables, added. */
final class Embedding implements TokenwiseStep {
  private final int to;
  private final int width;
  private final RowCopy tokens;

  /** Null where there are no positions. */
  private final float[] positions;

  /** Null where there are no types. */
  private final float[] types;

  /** Copies the row of an id. */
  @FunctionalInterface
  interface RowCopy {
    void copyRow(int id, float[] to, int at);
  }

  /**
   * Takes a step.
   *
   * @param scored the table of the ids, if a step scores against it and so has laid it out; or null
   */
  Embedding(Embed step, Program program, Tensors tensors, ScoreTable scored) {
    to = step.to();
    width = program.width(to);
    tokens = scored == null ? rowCopy(rows(step.tokens(), tensors)) : scored::copyRow;
    positions = rows(step.positions(), tensors);
    types = rows(step.types(), tensors);
  }

  private static float[] rows(Table table, Tensors tensors) {
    return table == null ? null : tensors.values(table.weightName());
  }

  private RowCopy rowCopy(float[] rows) {
    return (id, y, at) -> System.arraycopy(rows, id * width, y, at, width);
  }

  @Override
  public void run(Span.Block block) {
    PackedSequences batch = block.batch();
    float[] y = block.array(to);
    for (int t = 0; t < block.count; t++) {
      int token = block.firstToken() + t;
      int at = block.offset(to) + t * width;
      tokens.copyRow(batch.id(token), y, at);
      if (positions != null) {
        int position = token - batch.offset(batch.sequenceOf(token));
        add(positions, position * width, y, at);
      }
      if (types != null) {
        add(types, batch.type(token) * width, y, at);
      }
    }
  }

  private void add(float[] rows, int from, float[] y, int at) {
    for (int j = 0; j < width; j++) {
      y[at + j] += rows[from + j];
    }
  }
}
