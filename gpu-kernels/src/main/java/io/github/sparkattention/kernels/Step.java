package io.github.sparkattention.kernels;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * One step of a {@link Program}: it reads slots, and writes one, or results alone. A slot holds a
 * row for each token of a batch.
 */
public sealed interface Step extends Serializable {
  /** Where a step has no such slot. */
  int NONE = -1;

  /**
   * The slot that is read first.
   *
   * @return index of the slot
   */
  int from();

  /**
   * The slot that is written.
   *
   * @return index of the slot; {@link #NONE} for a {@link Score}
   */
  int to();

  /**
   * All slots that are read.
   *
   * @return their indexes
   */
  default List<Integer> reads() {
    return List.of(from());
  }

  /**
   * Whether a token's row depends on the rows of that token alone, so that tokens may go through
   * several such steps one after the other, in blocks of any size.
   *
   * @return false for {@link Attend}, and for {@link Score}, whose rows are results
   */
  default boolean isTokenwise() {
    return true;
  }

  /**
   * Embeddings of ids: for each token the row of its id, plus the row of its position in its
   * sequence, plus the row of its type, where there are such tables.
   *
   * @param from {@link Program#INPUT}, which must hold ids
   * @param to the slot of the embeddings
   * @param tokens the table of the ids, [vocabulary, width]
   * @param positions the table of the positions, with at least as many rows as the program's
   *     context length, or null
   * @param types the table of the types, or null; batches that have no types have type 0
   */
  record Embed(int from, int to, Table tokens, Table positions, Table types) implements Step {
    private static final long serialVersionUID = 1L;
  }

  /**
   * A table of rows, one for each id.
   *
   * @param name name of its tensor, to which {@code .weight} [rows, width] is appended, as {@code
   *     nn.Embedding} names it
   * @param rows number of rows, at least 1
   */
  record Table(String name, int rows) implements Serializable {
    private static final long serialVersionUID = 1L;

    /**
     * The name of the rows.
     *
     * @return name of the tensor [rows, width]
     */
    public String weightName() {
      return name + ".weight";
    }
  }

  /**
   * The norm of each token's values.
   *
   * @param from the slot that is normalized
   * @param to the slot of the results, as wide
   * @param name name of its tensors, to which {@code .weight} and, where there is a shift, {@code
   *     .bias} are appended, as {@code nn.LayerNorm} names them
   * @param norm which norm
   */
  record Normalize(int from, int to, String name, Norm norm) implements Step {
    private static final long serialVersionUID = 1L;

    /**
     * The name of the gain.
     *
     * @return name of the tensor [width]
     */
    public String gainName() {
      return name + ".weight";
    }

    /**
     * The name of the shift.
     *
     * @return name of the tensor [width]
     */
    public String shiftName() {
      return name + ".bias";
    }
  }

  /**
   * Affine maps of the same tokens, their results side by side: y = activation(W x + b) · gate +
   * residual, value by value.
   *
   * @param from the slot of x
   * @param to the slot of y, as wide as all maps together
   * @param maps the maps, in the order of their columns
   * @param activation the function of each sum
   * @param gate the slot that results are multiplied by, or {@link #NONE}; it may be {@code to}
   *     itself, which then holds the product
   * @param residual the slot that is added at last, or {@link #NONE}; it may be {@code to} itself,
   *     which then holds the sum
   */
  record Project(int from, int to, List<Map> maps, Activation activation, int gate, int residual)
      implements Step {
    private static final long serialVersionUID = 1L;

    /**
     * Copies the list.
     *
     * @param from the component {@link #from}
     * @param to the component {@link #to}
     * @param maps the component {@link #maps}
     * @param activation the component {@link #activation}
     * @param gate the component {@link #gate}
     * @param residual the component {@link #residual}
     */
    public Project {
      maps = List.copyOf(maps);
    }

    /**
     * Maps alone.
     *
     * @param from the slot of x
     * @param to the slot of y
     * @param maps the maps
     */
    public Project(int from, int to, List<Map> maps) {
      this(from, to, maps, Activation.NONE, NONE, NONE);
    }

    /**
     * Maps with a residual.
     *
     * @param from the slot of x
     * @param to the slot of y
     * @param maps the maps
     * @param residual the slot that is added, or {@link #NONE}
     */
    public Project(int from, int to, List<Map> maps, int residual) {
      this(from, to, maps, Activation.NONE, NONE, residual);
    }

    @Override
    public List<Integer> reads() {
      List<Integer> slots = new ArrayList<>(List.of(from));
      if (gate != NONE) {
        slots.add(gate);
      }
      if (residual != NONE) {
        slots.add(residual);
      }
      return slots;
    }

    /**
     * The width of y.
     *
     * @return values per token of all maps
     */
    public int width() {
      return maps.stream().mapToInt(Map::outFeatures).reduce(0, Math::addExact);
    }
  }

  /**
   * One affine map.
   *
   * @param name name of its tensors, to which {@code .weight} [outFeatures, inFeatures] and {@code
   *     .bias} [outFeatures] are appended, as {@code nn.Linear} names them
   * @param outFeatures values per result
   * @param bias whether there is a bias
   */
  record Map(String name, int outFeatures, boolean bias) implements Serializable {
    private static final long serialVersionUID = 1L;

    /**
     * The name of W.
     *
     * @return name of the tensor [outFeatures, inFeatures]
     */
    public String weightName() {
      return name + ".weight";
    }

    /**
     * The name of b.
     *
     * @return name of the tensor [outFeatures]
     */
    public String biasName() {
      return name + ".bias";
    }
  }

  /**
   * Rotary positions: the heads at the beginning of each row turn by their token's position in its
   * sequence; what stands behind them stays.
   *
   * @param slot the slot, which is read and written in its place
   * @param rotary the angles
   * @param numHeads number of heads that turn: those of queries and keys
   */
  record Rotate(int slot, Rotary rotary, int numHeads) implements Step {
    private static final long serialVersionUID = 1L;

    @Override
    public int from() {
      return slot;
    }

    @Override
    public int to() {
      return slot;
    }

    /**
     * The width of the heads that turn.
     *
     * @return values per token
     */
    public int width() {
      return Math.multiplyExact(numHeads, rotary.headDim());
    }
  }

  /**
   * Attention within each sequence: softmax(Q Kᵀ · scale) V per head, heads side by side.
   *
   * @param from the slot of queries, keys and values, side by side: [dOut | kvWidth | kvWidth]
   * @param to the slot of the context vectors, dOut wide
   * @param heads how the heads attend
   */
  record Attend(int from, int to, Heads heads) implements Step {
    private static final long serialVersionUID = 1L;

    @Override
    public boolean isTokenwise() {
      return false;
    }

    /**
     * The width of queries, keys and values together.
     *
     * @return dOut + 2 · kvWidth
     */
    public int fromWidth() {
      return Math.addExact(heads.dOut(), Math.multiplyExact(2, heads.kvWidth()));
    }
  }

  /**
   * Probabilities of ids: the softmax over a vocabulary of the products of a token's values with
   * the rows of a table. Of all these only the logarithm of one id's and those of the most probable
   * ids are kept; {@link Output.LogProbability}, {@link Output.TopIds} and {@link
   * Output.TopLogProbabilities} hand them over.
   *
   * @param from the slot of the tokens' values
   * @param table the table, [vocabulary, width]
   * @param top number of most probable ids, 0 to {@link #MOST_TOP}, at most the vocabulary
   * @param rows the tokens that are scored
   */
  record Score(int from, Table table, int top, Rows rows) implements Step {
    private static final long serialVersionUID = 1L;

    /** The most ids that may be asked for. */
    public static final int MOST_TOP = 64;

    /** The largest vocabulary: each id is exactly a float. */
    public static final int MOST_IDS = 1 << 24;

    /** Which tokens are scored. */
    public enum Rows {
      /** Each token: rows lie as tokens do. */
      EACH_TOKEN,

      /** The last token of each sequence: there is a row for each sequence, empty ones included. */
      LAST_TOKEN;

      /**
       * The number of rows of a batch.
       *
       * @param batch the batch
       * @return its tokens, or its sequences
       */
      public int count(PackedSequences batch) {
        return this == EACH_TOKEN ? batch.total() : batch.count();
      }
    }

    @Override
    public int to() {
      return NONE;
    }

    @Override
    public boolean isTokenwise() {
      return false;
    }
  }
}
