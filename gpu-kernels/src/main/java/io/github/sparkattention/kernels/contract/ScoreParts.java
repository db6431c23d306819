package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Step.Score;

/**
 * What a scoring step keeps of each row and each segment of the vocabulary, and how that becomes
 * probabilities. A part holds the running maximum of its scores and the running sum of their
 * exponentials, both in base two, the score of the target if that is in the segment, and the
 * largest scores with their ids, largest first and the lower id first among equals.
 *
 * <p>Segments are joined on the host, wherever their parts were computed, in double and in their
 * order.
 */
public final class ScoreParts {
  /** Where the maximum stands in a part. */
  public static final int MAXIMUM = 0;

  /** Where the sum of exponentials stands in a part. */
  public static final int TOTAL = 1;

  /** Where the target's score stands in a part; undefined if the target is elsewhere. */
  public static final int TARGET = 2;

  /** Where the largest scores begin in a part; their ids follow them. */
  public static final int TOP = 3;

  /** What stands for an id where a segment has fewer ids than are kept. */
  public static final float NO_ID = -1f;

  private static final double LN_2 = 0.6931471805599453;

  private final Score step;
  private final int width;
  private final int segments;

  /**
   * The parts of a step.
   *
   * @param step the step
   */
  public ScoreParts(Score step) {
    this.step = step;
    width = width(step.top());
    segments = segments(step.table().rows());
  }

  /**
   * The size of a part.
   *
   * @param top number of largest scores that are kept
   * @return number of floats
   */
  public static int width(int top) {
    return TOP + 2 * top;
  }

  /**
   * The number of segments.
   *
   * @param vocabulary number of ids
   * @return segments of {@link ContractMath#SEGMENT} ids, of which the last may have fewer
   */
  public static int segments(int vocabulary) {
    return (vocabulary + ContractMath.SEGMENT - 1) / ContractMath.SEGMENT;
  }

  /**
   * The size of all parts of a row.
   *
   * @return number of floats
   */
  public int rowWidth() {
    return segments * width;
  }

  /**
   * The size of a part.
   *
   * @return number of floats
   */
  public int width() {
    return width;
  }

  /**
   * The number of parts of a row.
   *
   * @return segments of the vocabulary
   */
  public int segments() {
    return segments;
  }

  /**
   * Begins a part: no score yet.
   *
   * @param parts the parts
   * @param at where the part begins
   */
  public void clear(float[] parts, int at) {
    parts[at + MAXIMUM] = ContractMath.NO_MAXIMUM;
    parts[at + TOTAL] = 0f;
    for (int i = 0; i < step.top(); i++) {
      parts[at + TOP + i] = Float.NEGATIVE_INFINITY;
      parts[at + TOP + step.top() + i] = NO_ID;
    }
  }

  /**
   * Keeps a score among the largest, if it is one of them. Ids must come in ascending order.
   *
   * @param parts the parts
   * @param at where the part begins
   * @param score the score
   * @param id its id
   */
  public void offer(float[] parts, int at, float score, int id) {
    int scores = at + TOP;
    int ids = scores + step.top();
    int i = step.top();
    while (i > 0 && score > parts[scores + i - 1]) {
      i--;
    }
    if (i < step.top()) {
      int moved = step.top() - 1 - i;
      System.arraycopy(parts, scores + i, parts, scores + i + 1, moved);
      System.arraycopy(parts, ids + i, parts, ids + i + 1, moved);
      parts[scores + i] = score;
      parts[ids + i] = id;
    }
  }

  /**
   * Turns the parts of some rows into probabilities.
   *
   * @param parts the parts, [rows, segments, width]
   * @param at where the first row's parts begin
   * @param batch the batch
   * @param begin first sequence whose rows these are
   * @param end end of the sequences
   * @param logProbability receives the log-probabilities of the targets, or null
   * @param topIds receives the most probable ids, or null
   * @param topLogProbability receives their log-probabilities, or null; this and the other arrays
   *     are those of the whole batch
   */
  public void finish(
      float[] parts,
      int at,
      PackedSequences batch,
      int begin,
      int end,
      float[] logProbability,
      float[] topIds,
      float[] topLogProbability) {
    boolean each = step.rows() == Score.Rows.EACH_TOKEN;
    int from = at;
    for (int s = begin; s < end; s++) {
      int n = batch.length(s);
      int first = each ? 0 : Math.max(0, n - 1);
      int rows = each ? n : 1;
      for (int i = 0; i < rows; i++, from += rowWidth()) {
        int row = each ? batch.offset(s) + i : s;
        if (n == 0) {
          finishNothing(row, logProbability, topIds, topLogProbability);
        } else {
          int target = batch.target(s, first + i);
          finish(parts, from, target, row, logProbability, topIds, topLogProbability);
        }
      }
    }
  }

  private void finishNothing(
      int row, float[] logProbability, float[] topIds, float[] topLogProbability) {
    if (logProbability != null) {
      logProbability[row] = Float.NaN;
    }
    for (int i = row * step.top(); i < (row + 1) * step.top(); i++) {
      if (topIds != null) {
        topIds[i] = NO_ID;
      }
      if (topLogProbability != null) {
        topLogProbability[i] = Float.NaN;
      }
    }
  }

  private void finish(
      float[] parts,
      int from,
      int target,
      int row,
      float[] logProbability,
      float[] topIds,
      float[] topLogProbability) {
    double maximum = parts[from + MAXIMUM];
    double total = parts[from + TOTAL];
    for (int segment = 1; segment < segments; segment++) {
      int at = from + segment * width;
      double joined = Math.max(maximum, parts[at + MAXIMUM]);
      total =
          total * StrictMath.pow(2, maximum - joined)
              + parts[at + TOTAL] * StrictMath.pow(2, parts[at + MAXIMUM] - joined);
      maximum = joined;
    }
    double logTotal = StrictMath.log(total);
    if (logProbability != null) {
      logProbability[row] = Float.NaN;
      if (target != PackedSequences.NO_TARGET) {
        int at = from + target / ContractMath.SEGMENT * width + TARGET;
        logProbability[row] = logProbability(parts[at], maximum, logTotal);
      }
    }
    int[] next = new int[segments];
    for (int i = 0; i < step.top(); i++) {
      int best = largest(parts, from, next);
      // Only scores that overflowed leave fewer than there are to be.
      boolean none = next(parts, from, best, next) == Float.NEGATIVE_INFINITY;
      int at = from + best * width + TOP + next[best];
      next[best] += none ? 0 : 1;
      if (topIds != null) {
        topIds[row * step.top() + i] = none ? NO_ID : parts[at + step.top()];
      }
      if (topLogProbability != null) {
        topLogProbability[row * step.top() + i] =
            none ? Float.NaN : logProbability(parts[at], maximum, logTotal);
      }
    }
  }

  private static float logProbability(float score, double maximum, double logTotal) {
    return (float) (LN_2 * (score - maximum) - logTotal);
  }

  /** The segment whose next score is the largest; the first among equals has the lower id. */
  private int largest(float[] parts, int from, int[] next) {
    int best = 0;
    for (int segment = 1; segment < segments; segment++) {
      float score = next(parts, from, segment, next);
      if (score > next(parts, from, best, next)) {
        best = segment;
      }
    }
    return best;
  }

  private float next(float[] parts, int from, int segment, int[] next) {
    return next[segment] == step.top()
        ? Float.NEGATIVE_INFINITY
        : parts[from + segment * width + TOP + next[segment]];
  }
}
