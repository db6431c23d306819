package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.Step.Map;
import io.github.sparkattention.kernels.Step.Project;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The weights of a program: matrices and vectors of floats, by name. The arrays are borrowed, not
 * copied; whoever hands them over must not change them afterwards.
 */
public final class Tensors {
  private static final int FLOATS_PER_DIGEST = 1 << 12;

  /** In place of the number of rows: the tensor has one dimension. */
  private static final int VECTOR = 0;

  private final SortedMap<String, Tensor> byName;

  private Tensors(SortedMap<String, Tensor> byName) {
    this.byName = byName;
  }

  /**
   * One tensor.
   *
   * @param values its values, row-major
   * @param rows number of rows, or {@link #VECTOR}
   * @param columns values per row
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two
  private record Tensor(float[] values, int rows, int columns) {
    String shape() {
      return Tensors.shape(rows, columns);
    }
  }

  private static String shape(int rows, int columns) {
    return rows == VECTOR ? "[" + columns + "]" : "[" + rows + ", " + columns + "]";
  }

  /** Collects tensors; each call returns this builder. */
  public static final class Builder {
    private final SortedMap<String, Tensor> byName = new TreeMap<>();

    private Builder() {}

    /**
     * Adds a matrix.
     *
     * @param name its name
     * @param values its values [rows, columns], row-major
     * @param rows number of rows
     * @param columns values per row
     * @return this builder
     * @throws IllegalArgumentException if there are more or fewer values, or the name is taken
     */
    public Builder matrix(String name, float[] values, int rows, int columns) {
      if (values.length != (long) rows * columns) {
        throw new IllegalArgumentException(
            String.format(
                "the tensor '%s' [%d, %d] needs %d values, but has %d",
                name, rows, columns, (long) rows * columns, values.length));
      }
      return add(name, new Tensor(values, rows, columns));
    }

    private Builder add(String name, Tensor tensor) {
      if (byName.putIfAbsent(name, tensor) != null) {
        throw new IllegalArgumentException(String.format("there are two tensors '%s'", name));
      }
      return this;
    }

    /**
     * Adds a vector.
     *
     * @param name its name
     * @param values its values
     * @return this builder
     * @throws IllegalArgumentException if the name is taken
     */
    public Builder vector(String name, float[] values) {
      return add(name, new Tensor(values, VECTOR, values.length));
    }

    /**
     * Adds an affine map under the names that {@code nn.Linear} has in a state dict.
     *
     * @param name name of the map
     * @param linear the map
     * @return this builder
     * @throws IllegalArgumentException if a name is taken
     */
    public Builder linear(String name, Linear linear) {
      matrix(name + ".weight", linear.weight(), linear.outFeatures(), linear.inFeatures());
      return linear.hasBias() ? vector(name + ".bias", linear.bias()) : this;
    }

    /**
     * Ends the collection.
     *
     * @return the tensors
     */
    public Tensors build() {
      return new Tensors(new TreeMap<>(byName));
    }
  }

  /**
   * Starts a collection.
   *
   * @return an empty builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The values of a tensor.
   *
   * @param name its name
   * @return the borrowed array, row-major
   * @throws IllegalArgumentException if there is none of this name
   */
  public float[] values(String name) {
    return tensor(name).values;
  }

  /**
   * An affine map of a step.
   *
   * @param map its names
   * @return the map over the borrowed arrays
   */
  public Linear linear(Map map) {
    Tensor weight = tensor(map.weightName());
    return new Linear(
        weight.values, map.bias() ? values(map.biasName()) : null, weight.rows, weight.columns);
  }

  /**
   * Checks that these are the tensors that a program asks for, and no others.
   *
   * @param program the program
   * @throws IllegalArgumentException if one is missing, left over or of another shape; the message
   *     names it
   */
  public void check(Program program) {
    Set<String> wanted = new HashSet<>();
    for (Step step : program.steps()) {
      if (step instanceof Project project) {
        for (Map map : project.maps()) {
          check(map.weightName(), map.outFeatures(), program.width(project.from()));
          wanted.add(map.weightName());
          if (map.bias()) {
            check(map.biasName(), VECTOR, map.outFeatures());
            wanted.add(map.biasName());
          }
        }
      }
    }
    for (String name : byName.keySet()) {
      if (!wanted.contains(name)) {
        throw new IllegalArgumentException(
            String.format("the program has no use for the tensor '%s'", name));
      }
    }
  }

  private void check(String name, int rows, int columns) {
    Tensor tensor = tensor(name);
    if (tensor.rows != rows || tensor.columns != columns) {
      throw new IllegalArgumentException(
          String.format(
              "%s must be %s by the configuration, but is %s",
              name, shape(rows, columns), tensor.shape()));
    }
  }

  private Tensor tensor(String name) {
    Tensor tensor = byName.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          String.format("the tensor '%s' must be there, but there are %s", name, byName.keySet()));
    }
    return tensor;
  }

  /**
   * The memory of all values.
   *
   * @return bytes
   */
  public long bytes() {
    return byName.values().stream().mapToLong(tensor -> tensor.values.length).sum() * Float.BYTES;
  }

  /**
   * Tells a program with these tensors apart from all others.
   *
   * @param program the program
   * @return a hash of both, in hexadecimal digits
   */
  public String fingerprint(Program program) {
    MessageDigest digest = sha256();
    digest.update(program.toString().getBytes(StandardCharsets.UTF_8));
    ByteBuffer buffer = ByteBuffer.allocate(FLOATS_PER_DIGEST * Float.BYTES);
    byName.forEach(
        (name, tensor) -> {
          digest.update((name + tensor.shape()).getBytes(StandardCharsets.UTF_8));
          for (int i = 0; i < tensor.values.length; i += FLOATS_PER_DIGEST) {
            int count = Math.min(FLOATS_PER_DIGEST, tensor.values.length - i);
            buffer.clear();
            buffer.asFloatBuffer().put(tensor.values, i, count);
            digest.update(buffer.limit(count * Float.BYTES));
          }
        });
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
