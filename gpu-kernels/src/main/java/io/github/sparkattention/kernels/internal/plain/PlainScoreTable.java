package io.github.sparkattention.kernels.internal.plain;

import io.github.sparkattention.kernels.contract.ContractMath;
import io.github.sparkattention.kernels.contract.ScoreParts;
import io.github.sparkattention.kernels.internal.loops.ScoreTable;
import java.util.Arrays;

/** Scores in plain Java: the table is cut into panels of ids [panel][k][id of the panel]. */
final class PlainScoreTable implements ScoreTable {
  private static final int BLOCK = ContractMath.KEY_BLOCK;

  /** Ids of a panel: a whole number of blocks, and a segment is a whole number of panels. */
  private static final int PANEL = 5 * BLOCK;

  private final int vocabulary;
  private final int width;
  private final float[][][] panels;

  PlainScoreTable(float[] rows, int vocabulary, int width) {
    this.vocabulary = vocabulary;
    this.width = width;
    panels = new float[(vocabulary + PANEL - 1) / PANEL][width][];
    for (int p = 0; p < panels.length; p++) {
      int ids = Math.min(PANEL, vocabulary - p * PANEL);
      for (int k = 0; k < width; k++) {
        panels[p][k] = new float[ids];
        for (int i = 0; i < ids; i++) {
          panels[p][k][i] = rows[(p * PANEL + i) * width + k];
        }
      }
    }
  }

  @Override
  public void copyRow(int id, float[] to, int at) {
    float[][] panel = panels[id / PANEL];
    for (int k = 0; k < width; k++) {
      to[at + k] = panel[k][id % PANEL];
    }
  }

  @Override
  public void score(Rows rows, int firstSegment, int endSegment) {
    float[][] scores = new float[PlainGemm.ROWS][PANEL];
    for (int segment = firstSegment; segment < endSegment; segment++) {
      for (int r = 0; r < rows.count(); r++) {
        rows.layout().clear(rows.parts(), rows.part(r, segment));
      }
      int first = segment * ContractMath.SEGMENT;
      int end = Math.min(vocabulary, first + ContractMath.SEGMENT);
      for (int id = first; id < end; id += PANEL) {
        rows.cancellation().check();
        int ids = Math.min(PANEL, end - id);
        for (int r = 0; r < rows.count(); r += PlainGemm.ROWS) {
          int count = Math.min(PlainGemm.ROWS, rows.count() - r);
          for (int i = 0; i < count; i++) {
            Arrays.fill(scores[i], 0, ids, 0f);
          }
          PlainGemm.accumulate(
              rows.x(),
              rows.offset() + r * width,
              width,
              count,
              panels[id / PANEL],
              width,
              scores,
              0,
              ids);
          for (int i = 0; i < count; i++) {
            take(rows, r + i, segment, scores[i], id, ids);
          }
        }
      }
    }
  }

  /** Takes the products of a row with the ids of a panel into its part, block by block. */
  private static void take(Rows rows, int row, int segment, float[] scores, int firstId, int ids) {
    float[] parts = rows.parts();
    int at = rows.part(row, segment);
    int target = rows.target(row) - firstId;
    for (int block = 0; block < ids; block += BLOCK) {
      int end = Math.min(ids, block + BLOCK);
      float old = parts[at + ScoreParts.MAXIMUM];
      float maximum = old;
      for (int i = block; i < end; i++) {
        scores[i] = Math.fma(scores[i], ContractMath.LOG2_E, 0f);
        maximum = scores[i] > maximum ? scores[i] : maximum;
        rows.layout().offer(parts, at, scores[i], firstId + i);
      }
      if (target >= block && target < end) {
        parts[at + ScoreParts.TARGET] = scores[target];
      }
      float total = 0f;
      for (int i = block; i < end; i++) {
        total += ContractMath.exp2(scores[i] - maximum);
      }
      parts[at + ScoreParts.MAXIMUM] = maximum;
      parts[at + ScoreParts.TOTAL] =
          Math.fma(parts[at + ScoreParts.TOTAL], ContractMath.exp2(old - maximum), total);
    }
  }
}
