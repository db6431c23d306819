package io.github.sparkattention.internal.batches;

import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.internal.results.ResultKind;
import io.github.sparkattention.internal.results.ResultWriter;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.SlotPlan;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.contract.ScoreParts;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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
  private final Program program;
  private final TaskHeap heap;
  private final Optional<ResultColumn> weights;
  private final int numHeads;
  private final boolean keepsWeights;
  private final List<ResultWriter> allWriters;
  private final List<ResultWriter> writers;

  /** By output: what a batch holds of it, or nothing if it isn't wanted. */
  private final List<OutputSize> kept;

  /** Floats per token that a pass takes beside its tokens and results. */
  private final long activations;

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
    this.program = spec.program();
    this.heap = heap;
    this.weights = spec.attentionWeights();
    this.numHeads =
        weights
            .map(column -> ((ResultKind.AttentionWeights) column.kind()).numHeads(program))
            .orElse(0);
    this.keepsWeights = spec.wantsAttentionWeights();
    this.allWriters = spec.results().stream().map(column -> column.kind().writer(program)).toList();
    this.writers = spec.writers();
    this.kept =
        IntStream.range(0, program.outputs().size())
            .mapToObj(
                output ->
                    spec.wantsOutput(output)
                        ? OutputSize.of(program, program.outputs().get(output))
                        : OutputSize.NOTHING)
            .toList();
    this.activations = activations(spec);
    // Two batches may be there at once, and the copies of one row while it is handed on.
    this.byteBudget = Math.min(spec.limits().bytes(), heap.share() / 3);
    long bytesOfAToken = inputWidth() * Float.BYTES;
    for (Output output : program.outputs()) {
      bytesOfAToken += valuesWidth(output) * Float.BYTES;
    }
    this.tokenBudget =
        Math.max(
            1,
            Math.min(
                spec.limits().tokens(),
                Math.min(MAX_ARRAY / widest(), spec.limits().bytes() / bytesOfAToken)));
  }

  /**
   * The number of values that an output has, which grows with a sequence in one of three ways.
   *
   * @param perToken values for each token
   * @param perPair values for each pair of tokens
   * @param perSequence values for each sequence, empty ones included
   */
  record OutputSize(long perToken, long perPair, long perSequence) {
    static final OutputSize NOTHING = new OutputSize(0, 0, 0);

    static OutputSize of(Program program, Output output) {
      if (output instanceof Output.Values) {
        return new OutputSize(valuesWidth(program, output), 0, 0);
      } else if (output instanceof Output.AttentionWeights shown) {
        return new OutputSize(0, program.attend(shown.step()).heads().numHeads(), 0);
      } else if (output instanceof Output.LogSumExp shown) {
        return new OutputSize(program.attend(shown.step()).heads().numHeads(), 0, 0);
      } else if (output instanceof Output.LogProbability shown) {
        return ofRows(program.score(shown.step()), 1);
      } else if (output instanceof Output.TopIds shown) {
        Score score = program.score(shown.step());
        return ofRows(score, score.top());
      }
      Score score = program.score(((Output.TopLogProbabilities) output).step());
      return ofRows(score, score.top());
    }

    private static OutputSize ofRows(Score score, int values) {
      return score.rows() == Score.Rows.EACH_TOKEN
          ? new OutputSize(values, 0, 0)
          : new OutputSize(0, 0, values);
    }

    long of(long length) {
      return plus(
          plus(times(perToken, length), times(perPair, times(length, length))), perSequence);
    }
  }

  private static long valuesWidth(Program program, Output output) {
    return output instanceof Output.Values values ? program.width(values.slot()) : 0;
  }

  private long valuesWidth(Output output) {
    return valuesWidth(program, output);
  }

  /** Values per token of the input; an id is one. */
  private long inputWidth() {
    return Math.max(1, program.inputWidth());
  }

  private int widest() {
    long widest = inputWidth();
    for (Output output : program.outputs()) {
      widest = Math.max(widest, valuesWidth(output));
    }
    return Math.toIntExact(widest);
  }

  /** What steps read and write, as far as nobody gave it, and the parts of scores. */
  private static long activations(AttentionSpec spec) {
    Program program = spec.program();
    long widest = SlotPlan.of(program).activationWidth();
    long parts = 0;
    for (int i = 0; i < program.steps().size(); i++) {
      Step step = program.steps().get(i);
      long reads = step.from() == Program.INPUT ? 0 : program.width(step.from());
      long writes = step.to() == Step.NONE ? 0 : program.width(step.to());
      widest = Math.max(widest, reads + writes);
      int output = program.outputs().indexOf(new Output.LogProbability(i));
      if (output >= 0 && spec.wantsOutput(output)) {
        parts += new ScoreParts((Score) step).rowWidth();
      }
    }
    return widest + parts;
  }

  /**
   * The number of attention weights of a sequence, whether or not they are wanted.
   *
   * @param length number of tokens
   * @return heads x length x length
   */
  long weightCount(long length) {
    return times(times(length, length), numHeads);
  }

  /** The number of attention weights that a batch holds of a sequence. */
  long keptWeights(long length) {
    return keepsWeights ? weightCount(length) : 0;
  }

  /**
   * Where a sequence's values of an output start in their array.
   *
   * @param output index of the output, which is wanted
   * @param sequences number of sequences before it
   * @param tokens number of tokens before it
   * @param pairs sum of the squares of the lengths before it
   * @return number of values before its own; for what follows the last, the number of them all
   */
  public long valuesBefore(int output, int sequences, long tokens, long pairs) {
    OutputSize size = kept.get(output);
    return plus(
        plus(times(size.perToken(), tokens), times(size.perPair(), pairs)),
        times(size.perSequence(), sequences));
  }

  /**
   * Finds what is too large for any machine in a row, if anything.
   *
   * @param rowBytes the size of the row as it came
   * @param length number of tokens
   * @return what is wrong, or null if nothing is
   */
  public String fault(long rowBytes, long length) {
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
          length, numHeads, length, length, name, MAX_ARRAY / Float.BYTES);
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
  public String heapFault(long rowBytes, long length) {
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
    long projected = times(length, activations * Float.BYTES);
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
    long values = times(length, inputWidth());
    for (OutputSize size : kept) {
      values = plus(values, size.of(length));
    }
    return times(values, Float.BYTES);
  }

  private long resultBytes(List<ResultWriter> of, long length) {
    boolean weighs = of == writers ? keepsWeights : weights.isPresent();
    return weighs && weightCount(length) > MAX_ARRAY
        ? Long.MAX_VALUE
        : ResultWriter.rowBytes(of, length);
  }

  /** A batch that gathers rows. */
  public Load load() {
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
  public int tokensLength(int current, long tokens, int width) {
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

  /**
   * The length of an array that is to hold the values of an output.
   *
   * @param output index of the output, which is wanted
   * @param current the length of the array at hand
   * @param count number of values
   * @return a length that holds them; {@code current} if that does
   * @throws IllegalStateException if no array holds them
   */
  public int valuesLength(int output, int current, long count) {
    OutputSize size = kept.get(output);
    return size.perPair() > 0
        ? weightsLength(current, count)
        : length(current, count, times(tokenBudget, size.perToken() + size.perSequence()));
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
  public final class Load {
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
    public boolean add(long rowBytes, long length) {
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
    public boolean isFull() {
      return full;
    }
  }
}
