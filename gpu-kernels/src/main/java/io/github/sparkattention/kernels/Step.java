package io.github.sparkattention.kernels;

import java.io.Serializable;
import java.util.List;

/**
 * One step of a {@link Program}: it reads slots, and writes one. A slot holds a row for each token
 * of a batch.
 */
public sealed interface Step extends Serializable {
  /** Where a step has no such slot. */
  int NONE = -1;

  /**
   * The slot that is read.
   *
   * @return index of the slot
   */
  int from();

  /**
   * The slot that is written.
   *
   * @return index of the slot
   */
  int to();

  /**
   * Affine maps of the same tokens, their results side by side: y = W x + b, plus what another slot
   * holds.
   *
   * @param from the slot of x
   * @param to the slot of y, as wide as all maps together
   * @param maps the maps, in the order of their columns
   * @param residual the slot that is added, or {@link #NONE}; it may be {@code to} itself, which
   *     then holds the sum
   */
  record Project(int from, int to, List<Map> maps, int residual) implements Step {
    private static final long serialVersionUID = 1L;

    /**
     * Copies the list.
     *
     * @param from the component {@link #from}
     * @param to the component {@link #to}
     * @param maps the component {@link #maps}
     * @param residual the component {@link #residual}
     */
    public Project {
      maps = List.copyOf(maps);
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
   * Attention within each sequence: softmax(Q Kᵀ · scale) V per head, heads side by side.
   *
   * @param from the slot of queries, keys and values, side by side: [dOut | kvWidth | kvWidth]
   * @param to the slot of the context vectors, dOut wide
   * @param heads how the heads attend
   */
  record Attend(int from, int to, Heads heads) implements Step {
    private static final long serialVersionUID = 1L;

    /**
     * The width of queries, keys and values together.
     *
     * @return dOut + 2 · kvWidth
     */
    public int fromWidth() {
      return Math.addExact(heads.dOut(), Math.multiplyExact(2, heads.kvWidth()));
    }
  }
}
