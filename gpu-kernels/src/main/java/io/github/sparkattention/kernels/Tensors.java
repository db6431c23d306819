package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.Step.Map;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The weights of a program: matrices and vectors of floats, by name. The arrays are borrowed, not
 * copied; whoever hands them over must not change them afterwards.
 */
public final class Tensors {
  private static final int FLOATS_PER_DIGEST = 1 << 12;

  private final SortedMap<String, Tensor> byName;

  private Tensors(SortedMap<String, Tensor> byName) {
    this.byName = byName;
  }

  /**
   * The shape of a tensor.
   *
   * @param rows number of rows; 0 for a vector
   * @param columns values per row
   */
  public record Shape(int rows, int columns) {
    /** In place of the number of rows: the tensor has one dimension. */
    private static final int VECTOR = 0;

    /**
     * The shape of a matrix.
     *
     * @param rows number of rows
     * @param columns values per row
     * @return [rows, columns]
     */
    public static Shape matrix(int rows, int columns) {
      return new Shape(rows, columns);
    }

    /**
     * The shape of a vector.
     *
     * @param length number of values
     * @return [length]
     */
    public static Shape vector(int length) {
      return new Shape(VECTOR, length);
    }

    /**
     * Whether this is one of a vector.
     *
     * @return false for a matrix
     */
    public boolean isVector() {
      return rows == VECTOR;
    }

    /**
     * The number of values.
     *
     * @return the product of the dimensions
     */
    public long size() {
      return isVector() ? columns : (long) rows * columns;
    }

    @Override
    public String toString() {
      return isVector() ? "[" + columns + "]" : "[" + rows + ", " + columns + "]";
    }
  }

  /**
   * One tensor.
   *
   * @param values its values, row-major
   * @param shape its shape
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two
  private record Tensor(float[] values, Shape shape) {}

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
      return add(name, values, Shape.matrix(rows, columns));
    }

    /**
     * Adds a tensor.
     *
     * @param name its name
     * @param values its values, row-major
     * @param shape its shape
     * @return this builder
     * @throws IllegalArgumentException if there are more or fewer values, or the name is taken
     */
    public Builder add(String name, float[] values, Shape shape) {
      if (values.length != shape.size()) {
        throw new IllegalArgumentException(
            String.format(
                "the tensor '%s' %s needs %d values, but has %d",
                name, shape, shape.size(), values.length));
      }
      return add(name, new Tensor(values, shape));
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
      return add(name, values, Shape.vector(values.length));
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
        weight.values,
        map.bias() ? values(map.biasName()) : null,
        weight.shape.rows,
        weight.shape.columns);
  }

  /**
   * Checks that these are the tensors that a program asks for, and no others.
   *
   * @param program the program
   * @throws IllegalArgumentException if one is missing, left over or of another shape; the message
   *     names it
   */
  public void check(Program program) {
    java.util.Map<String, Shape> wanted = program.tensors();
    wanted.forEach(this::check);
    for (String name : byName.keySet()) {
      if (!wanted.containsKey(name)) {
        throw new IllegalArgumentException(
            String.format("the program has no use for the tensor '%s'", name));
      }
    }
  }

  private void check(String name, Shape wanted) {
    Shape found = tensor(name).shape;
    if (!found.equals(wanted)) {
      throw new IllegalArgumentException(
          String.format("%s must be %s by the configuration, but is %s", name, wanted, found));
    }
  }

  /**
   * Those of these tensors that a program asks for.
   *
   * @param program the program
   * @return the tensors, over the same arrays
   * @throws IllegalArgumentException if one is missing or of another shape; the message names it
   */
  public Tensors only(Program program) {
    SortedMap<String, Tensor> some = new TreeMap<>();
    program
        .tensors()
        .forEach(
            (name, shape) -> {
              check(name, shape);
              some.put(name, tensor(name));
            });
    return new Tensors(some);
  }

  /**
   * The shapes of these tensors.
   *
   * @return shapes by name
   */
  public SortedMap<String, Shape> shapes() {
    SortedMap<String, Shape> shapes = new TreeMap<>();
    byName.forEach((name, tensor) -> shapes.put(name, tensor.shape));
    return shapes;
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
          digest.update((name + tensor.shape).getBytes(StandardCharsets.UTF_8));
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
