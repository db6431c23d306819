package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.internal.results.ResultKind;
import io.github.sparkattention.internal.results.ResultWriter;
import io.github.sparkattention.kernels.AttentionConfig;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.unsafe.array.ByteArrayMethods;

/**
 * Every size of a row and of a batch: what arrays and rows can hold, what the params allow, and
 * what the heap has room for. All sizes are longs, and a product that no long holds is {@link
 * Long#MAX_VALUE}; a size becomes an int where an array of it is made, and nowhere before.
 *
 * <p>Results that are not wanted count among what refuses a row, like the others: what a plan
 * leaves out must not change which rows are refused. They take no memory.
 */
public final class BatchSizes {
  /** The longest array of a JVM, and the largest row of Spark. */
  static final int MAX_ARRAY = ByteArrayMethods.MAX_ROUNDED_ARRAY_LENGTH;

  private final AttentionSpec spec;
  private final AttentionConfig config;
  private final TaskHeap heap;
  private final Optional<ResultColumn> weights;
  private final boolean keepsWeights;
  private final boolean keepsLogSumExp;
  private final List<ResultWriter> allWriters;
  private final List<ResultWriter> writers;
  private final long byteBudget;
  private final long tokenBudget;

  /**
   * The sizes of a task's rows.
   *
   * @param spec the stage
   * @param heap the heap that the task has a share of
   */
  public BatchSizes(AttentionSpec spec, TaskHeap heap) {
    this.spec = spec;
    this.config = spec.config();
    this.heap = heap;
    this.weights = spec.result(ResultKind.ATTENTION_WEIGHTS);
    this.keepsWeights = spec.wants(ResultKind.ATTENTION_WEIGHTS);
    this.keepsLogSumExp = spec.wants(ResultKind.LOG_SUM_EXP);
    this.allWriters = spec.results().stream().map(column -> column.kind().writer(config)).toList();
    this.writers = spec.writers();
    // Two batches may be there at once, and the copies of one row while it is handed on.
    this.byteBudget = Math.min(spec.limits().bytes(), heap.share() / 3);
    long bytesOfAToken = ((long) config.dIn() + config.dOut()) * Float.BYTES;
    this.tokenBudget =
        Math.max(
            1,
            Math.min(
                spec.limits().tokens(),
                Math.min(MAX_ARRAY / widest(), spec.limits().bytes() / bytesOfAToken)));
  }

  private int widest() {
    return Math.max(config.dIn(), config.dOut());
  }

  /**
   * The number of attention weights of a sequence, whether or not they are wanted.
   *
   * @param length number of tokens
   * @return heads x length x length
   */
  long weightCount(long length) {
    return times(times(length, length), config.numHeads());
  }

  /** The number of attention weights that a batch holds of a sequence. */
  long keptWeights(long length) {
    return keepsWeights ? weightCount(length) : 0;
  }

  /**
   * Finds what is too large for any machine in a row, if anything.
   *
   * @param rowBytes the size of the row as it came
   * @param length number of tokens
   * @return what is wrong, or null if nothing is
   */
  String fault(long rowBytes, long length) {
    if (times(length, widest()) > MAX_ARRAY) {
      return String.format(
          "the sequence has %d tokens, and %d x %d values are more than an array holds, which is"
              + " %d",
          length, length, widest(), MAX_ARRAY);
    }
    String fault = weights.isEmpty() ? null : weightsFault(length, weights.get().name());
    if (fault != null) {
      return fault;
    }
    long bytes = plus(rowBytes, resultBytes(allWriters, length));
    if (bytes > MAX_ARRAY) {
      return String.format(
          "the sequence has %d tokens, and with %s the row would have %d bytes, more than a row"
              + " holds, which is %d",
          length, columns(), bytes, MAX_ARRAY);
    }
    return null;
  }

  private String weightsFault(long length, String name) {
    if (length > spec.limits().weightsLength()) {
      return String.format(
          "the sequence has %d tokens, more than maxAttentionWeightsLength, which is %d and bounds"
              + " the attention weights of column '%s' (attentionWeightsCol)",
          length, spec.limits().weightsLength(), name);
    }
    if (weightCount(length) > MAX_ARRAY / Float.BYTES) {
      return String.format(
          "the sequence has %d tokens, and the %d x %d x %d attention weights of column '%s'"
              + " (attentionWeightsCol) are more than a row holds, which is %d",
          length, config.numHeads(), length, length, name, MAX_ARRAY / Float.BYTES);
    }
    return null;
  }

  private String columns() {
    return spec.results().stream()
        .map(column -> String.format("'%s' (%s)", column.name(), column.kind().param()))
        .collect(Collectors.joining(", "));
  }

  /**
   * Finds whether a row needs more memory than its task may take. A JVM that runs out of memory
   * takes all its tasks along.
   *
   * @param rowBytes the size of the row as it came
   * @param length number of tokens
   * @return why it can't be computed here, or null if it can
   */
  String heapFault(long rowBytes, long length) {
    long need = alone(rowBytes, length);
    return need <= heap.share()
        ? null
        : String.format(
            "the sequence has %d tokens, and takes %s of heap with its copies and results, but one"
                + " of the %d %s that share this JVM's %s may take %s. Raise spark.executor.memory"
                + " (in local mode spark.driver.memory), or spark.task.cpus, so that fewer tasks"
                + " share it.",
            length,
            megabytes(need),
            heap.tasks(),
            heap.tasks() == 1 ? "task" : "tasks",
            megabytes(heap.bytes()),
            megabytes(heap.share()));
  }

  private static String megabytes(long bytes) {
    return String.format("%,d MiB", bytes >> 20);
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
    long projected = times(length, (2L * config.dOut() + 2L * config.kvWidth()) * Float.BYTES);
    long copies = times(plus(rowBytes, resultBytes(writers, length)), 2);
    return plus(plus(copies, inBatch(length)), projected);
  }

  /**
   * What a batch holds of a sequence besides its row.
   *
   * @param length number of tokens
   * @return bytes of the packed tokens and of all that is computed of them
   */
  long inBatch(long length) {
    long perToken = (long) config.dIn() + config.dOut() + (keepsLogSumExp ? config.numHeads() : 0);
    return times(plus(times(length, perToken), keptWeights(length)), Float.BYTES);
  }

  private long resultBytes(List<ResultWriter> of, long length) {
    boolean weighs = of == writers ? keepsWeights : weights.isPresent();
    return weighs && weightCount(length) > MAX_ARRAY
        ? Long.MAX_VALUE
        : RowEncoder.resultBytes(of, length);
  }

  /** A batch that gathers rows. */
  Load load() {
    return new Load();
  }

  /**
   * The length of an array that is to hold some floats of each token of a batch.
   *
   * @param current the length of the array at hand
   * @param tokens number of tokens
   * @param width floats of each
   * @return a length that holds them; {@code current} if that does
   * @throws IllegalStateException if no array holds them
   */
  int tokensLength(int current, long tokens, int width) {
    return length(current, times(tokens, width), times(tokenBudget, width));
  }

  /**
   * The length of an array that is to hold the attention weights of a batch.
   *
   * @param current the length of the array at hand
   * @param count number of attention weights
   * @return a length that holds them; {@code current} if that does
   * @throws IllegalStateException if no array holds them
   */
  int weightsLength(int current, long count) {
    return length(current, count, byteBudget / Float.BYTES);
  }

  private static int length(int current, long needed, long full) {
    if (needed <= current) {
      return current;
    }
    if (needed > MAX_ARRAY) {
      throw new IllegalStateException(
          String.format(
              "a batch has %d values of a kind, more than an array holds, which is %d",
              needed, MAX_ARRAY));
    }
    // Doubles up to the size of a full batch, so that growing batches don't make an array each.
    return (int) Math.max(needed, Math.min(MAX_ARRAY, Math.min(full, 2L * current)));
  }

  private static long times(long a, long b) {
    return a != 0 && b > Long.MAX_VALUE / a ? Long.MAX_VALUE : a * b;
  }

  private static long plus(long a, long b) {
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
  }

  /** What the rows of one batch take together, as far as they have been gathered. */
  final class Load {
    private long rows;
    private long tokens;
    private long bytes;
    private long weightCount;
    private boolean full;

    /**
     * Adds a row if the batch has room for it. The first row always goes in: what no batch can take
     * was refused before.
     *
     * @param rowBytes the size of the row as it came
     * @param length number of tokens
     * @return whether it is in the batch
     */
    boolean add(long rowBytes, long length) {
      // An empty sequence counts, too, or a partition of them would be one batch.
      long moreTokens = plus(tokens, Math.max(1, length));
      long moreBytes = plus(bytes, plus(rowBytes, inBatch(length)));
      long moreWeights = plus(weightCount, keptWeights(length));
      boolean fits =
          moreTokens <= tokenBudget && moreBytes <= byteBudget && moreWeights <= MAX_ARRAY;
      if (rows > 0 && !fits) {
        return false;
      }
      rows++;
      tokens = moreTokens;
      bytes = moreBytes;
      weightCount = moreWeights;
      full = !fits;
      return true;
    }

    /** Whether its one row is more than a batch may have, so that no other can come to it. */
    boolean isFull() {
      return full;
    }
  }
}
