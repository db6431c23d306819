package io.github.sparkattention.kernels.internal.vector;

import static io.github.sparkattention.kernels.internal.vector.VectorGemm.COLUMNS;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.ROWS;

import io.github.sparkattention.kernels.contract.ContractMath;
import io.github.sparkattention.kernels.contract.ScoreParts;
import io.github.sparkattention.kernels.internal.loops.ScoreTable;
import io.github.sparkattention.kernels.internal.loops.Scratch;
import java.util.Arrays;

/**
 * Scores on the Vector API, one token a lane, as attention has its queries: the table is packed
 * once into groups of ids [group][k][ROWS], tokens once per call into panels [panel][k][COLUMNS].
 * Scores of a block of ids lie as [id][COLUMNS], so that {@link VectorSoftmax} runs down the ids.
 */
final class VectorScoreTable implements ScoreTable {
  private static final int BLOCK = ContractMath.KEY_BLOCK;
  private static final float[] ZEROS = new float[COLUMNS];

  private final int vocabulary;
  private final int width;
  private final float[] groups;

  VectorScoreTable(float[] rows, int vocabulary, int width) {
    this.vocabulary = vocabulary;
    this.width = width;
    groups = new float[Math.multiplyExact(VectorProjection.roundUp(vocabulary, ROWS), width)];
    for (int id = 0; id < vocabulary; id += ROWS) {
      int count = Math.min(ROWS, vocabulary - id);
      VectorProjection.packRows(rows, id * width, width, count, width, groups, id * width);
    }
  }

  @Override
  public void copyRow(int id, float[] to, int at) {
    int from = id / ROWS * ROWS * width + id % ROWS;
    for (int k = 0; k < width; k++) {
      to[at + k] = groups[from + k * ROWS];
    }
  }

  @Override
  public void score(Rows rows, int firstSegment, int endSegment) {
    int panels = (rows.count() + COLUMNS - 1) / COLUMNS;
    Scratch scratch = Scratch.current();
    float[] packed = scratch.packed(panels * COLUMNS * width);
    pack(rows, packed);
    float[] scores = scratch.tile((BLOCK + 1) * COLUMNS);
    float[] maximum = new float[panels * COLUMNS];
    float[] total = new float[panels * COLUMNS];
    float[] largest = new float[COLUMNS];
    for (int segment = firstSegment; segment < endSegment; segment++) {
      Arrays.fill(maximum, ContractMath.NO_MAXIMUM);
      Arrays.fill(total, 0f);
      for (int r = 0; r < rows.count(); r++) {
        rows.layout().clear(rows.parts(), rows.part(r, segment));
      }
      int first = segment * ContractMath.SEGMENT;
      int end = Math.min(vocabulary, first + ContractMath.SEGMENT);
      for (int id = first; id < end; id += BLOCK) {
        rows.cancellation().check();
        int ids = Math.min(BLOCK, end - id);
        for (int p = 0; p < panels; p++) {
          multiply(id, ids, packed, p * COLUMNS * width, scores);
          take(rows, p, segment, id, ids, scores, largest);
          VectorSoftmax.weigh(scores, ids, maximum, total, p * COLUMNS);
        }
      }
      for (int r = 0; r < rows.count(); r++) {
        int at = rows.part(r, segment);
        rows.parts()[at + ScoreParts.MAXIMUM] = maximum[r];
        rows.parts()[at + ScoreParts.TOTAL] = total[r];
      }
    }
  }

  /** What a last panel lacks is 0, so that nothing but finite numbers goes through its lanes. */
  private void pack(Rows rows, float[] packed) {
    for (int r = 0; r < VectorProjection.roundUp(rows.count(), COLUMNS); r++) {
      int to = r / COLUMNS * COLUMNS * width + r % COLUMNS;
      int from = rows.offset() + r * width;
      for (int k = 0; k < width; k++) {
        packed[to + k * COLUMNS] = r < rows.count() ? rows.x()[from + k] : 0f;
      }
    }
  }

  /** scores[id][token] = log2(e) · table[id] · token. */
  private void multiply(int firstId, int ids, float[] packed, int at, float[] scores) {
    for (int i = 0; i < ids; i += ROWS) {
      VectorGemm.tile(
          groups, (firstId + i) * width, packed, at, width, ZEROS, 0, scores, i * COLUMNS, COLUMNS);
    }
    VectorCopy.scaled(scores, 0, ids * COLUMNS, ContractMath.LOG2_E, scores, 0);
  }

  /** Takes the targets' scores of a panel, and those that are among the largest. */
  private static void take(
      Rows rows, int panel, int segment, int firstId, int ids, float[] scores, float[] largest) {
    int top = (rows.layout().width() - ScoreParts.TOP) / 2;
    if (top > 0) {
      VectorSoftmax.largest(scores, ids, largest);
    }
    int end = Math.min(COLUMNS, rows.count() - panel * COLUMNS);
    for (int lane = 0; lane < end; lane++) {
      int row = panel * COLUMNS + lane;
      int at = rows.part(row, segment);
      int target = rows.target(row) - firstId;
      if (target >= 0 && target < ids) {
        rows.parts()[at + ScoreParts.TARGET] = scores[target * COLUMNS + lane];
      }
      if (top > 0 && largest[lane] > rows.parts()[at + ScoreParts.TOP + top - 1]) {
        for (int i = 0; i < ids; i++) {
          rows.layout().offer(rows.parts(), at, scores[i * COLUMNS + lane], firstId + i);
        }
      }
    }
  }
}
