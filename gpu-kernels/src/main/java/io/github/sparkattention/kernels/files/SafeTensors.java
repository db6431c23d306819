package io.github.sparkattention.kernels.files;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.sparkattention.kernels.files.SafeTensorsHeader.Entry;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * A safetensors file: named tensors, and a few strings about them.
 *
 * <p>Reading is strict, since a file may come from anywhere: it keeps every rule of the format or
 * is refused as a whole, before any tensor is allocated. It is one pass forward over a stream, so
 * that it works on any file system, and keeps only the tensors that were asked for.
 *
 * <p>Source: <a href="https://github.com/huggingface/safetensors">the safetensors project</a>.
 */
public final class SafeTensors {
  /** The longest array that every virtual machine can make. */
  private static final int MOST_ELEMENTS = Integer.MAX_VALUE - 8;

  private static final int CHUNK_BYTES = 1 << 16;

  private static final JsonFactory JSON = new JsonFactory();

  private final SafeTensorsHeader header;
  private final Map<String, Tensor> tensors;

  private SafeTensors(SafeTensorsHeader header, Map<String, Tensor> tensors) {
    this.header = header;
    this.tensors = tensors;
  }

  /**
   * Reads the wanted tensors of a file. The stream is read up to the last of them, and not closed.
   *
   * @param in the file from its start
   * @param length bytes in the whole file
   * @param source name of the file, for messages
   * @param wanted which tensors to read, by name
   * @return the file, with the wanted tensors
   * @throws SafeTensorsException if the file breaks a rule of the format, or a wanted tensor is
   *     neither F32, F64, F16, BF16, I32 nor I64, or has more elements than an array can hold
   * @throws IOException if the stream fails
   */
  public static SafeTensors read(
      InputStream in, long length, String source, Predicate<String> wanted) throws IOException {
    Objects.requireNonNull(wanted, "wanted");
    return read(in, SafeTensorsHeader.read(in, length, source), wanted);
  }

  /** Reads the wanted tensors from a stream that is at the first byte of the data. */
  static SafeTensors read(InputStream in, SafeTensorsHeader header, Predicate<String> wanted)
      throws IOException {
    List<Entry> entries =
        header.entries().values().stream().filter(entry -> wanted.test(entry.name())).toList();
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    read(in, header.source(), entries, tensor -> tensors.put(tensor.name(), tensor));
    return new SafeTensors(header, tensors);
  }

  /** Takes tensors one by one, so that none needs to stay for the next one to be read. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes a tensor.
     *
     * @param tensor the tensor, which is the sink's to keep
     * @throws IOException if the sink fails
     */
    void accept(Tensor tensor) throws IOException;
  }

  /**
   * Reads tensors one by one.
   *
   * @param in a stream at the byte that offsets are counted from
   * @param source name of the file, for messages
   * @param entries the tensors, in the order of their data
   * @param sink takes each
   * @throws SafeTensorsException if a tensor can't be read, before any is, or the file ends early
   * @throws IOException if the stream fails
   */
  static void read(InputStream in, String source, List<Entry> entries, Sink sink)
      throws IOException {
    for (Entry entry : entries) {
      checkReadable(entry, source);
    }
    byte[] chunk = new byte[CHUNK_BYTES];
    long position = 0;
    for (Entry entry : entries) {
      Tensor tensor;
      try {
        in.skipNBytes(entry.begin() - position);
        tensor = readTensor(in, entry, chunk);
      } catch (EOFException e) {
        throw new SafeTensorsException(
            source,
            "the file is truncated: the stream ends before the end of tensor %s"
                .formatted(quote(entry.name())),
            e);
      }
      position = entry.end();
      sink.accept(tensor);
    }
  }

  private static void checkReadable(Entry entry, String source) throws SafeTensorsException {
    if (!entry.dtype().isFloat() && !entry.dtype().isInteger()) {
      throw new SafeTensorsException(
          source,
          "tensor %s must be F32, F64, F16, BF16, I32 or I64 to be read, but is %s"
              .formatted(quote(entry.name()), entry.dtype()));
    }
    if (entry.count() > MOST_ELEMENTS) {
      throw new SafeTensorsException(
          source,
          "tensor %s must have at most %d elements to be read, but has %d as %s"
              .formatted(quote(entry.name()), MOST_ELEMENTS, entry.count(), entry.shape()));
    }
  }

  private static Tensor readTensor(InputStream in, Entry entry, byte[] chunk) throws IOException {
    int count = (int) entry.count();
    DType dtype = entry.dtype();
    float[] floats = dtype.isFloat() ? new float[count] : null;
    long[] integers = dtype.isFloat() ? null : new long[count];
    int chunkCount = CHUNK_BYTES / dtype.bytes();
    int now;
    for (int done = 0; done < count; done += now) {
      now = Math.min(count - done, chunkCount);
      int bytes = now * dtype.bytes();
      if (in.readNBytes(chunk, 0, bytes) < bytes) {
        throw new EOFException();
      }
      ByteBuffer buffer = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
      if (dtype.isFloat()) {
        dtype.decode(buffer, floats, done, now);
      } else {
        dtype.decode(buffer, integers, done, now);
      }
    }
    return new Tensor(entry.name(), dtype, entry.shape(), floats, integers);
  }

  /**
   * The strings that the file has in its {@code __metadata__}.
   *
   * @return strings by key; empty where the file has none
   */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * The names of all tensors of the file, wanted or not.
   *
   * @return names in the order of the data
   */
  public Set<String> names() {
    return header.entries().keySet();
  }

  /**
   * A tensor that was read.
   *
   * @param name name of a wanted tensor
   * @return the tensor
   * @throws SafeTensorsException if the file has no such tensor, or it was not wanted
   */
  public Tensor tensor(String name) throws SafeTensorsException {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new SafeTensorsException(
          header.source(),
          "tensor %s must be there, but %s"
              .formatted(
                  quote(name), names().contains(name) ? "was not read" : "the file has none"));
    }
    return tensor;
  }

  /**
   * Writes a file. Equal tensors and metadata give equal bytes; the data starts at a multiple of 8.
   * The stream is neither flushed nor closed.
   *
   * @param out receives the file
   * @param metadata strings for {@code __metadata__}, written in the order of their keys
   * @param tensors what to write, in this order, as F32
   * @throws IllegalArgumentException if a tensor holds integers, or a name comes twice or is {@code
   *     __metadata__}, or the header would be longer than 100 MB
   * @throws IOException if the stream fails
   */
  public static void write(OutputStream out, Map<String, String> metadata, List<Tensor> tensors)
      throws IOException {
    List<Lazy> lazy = new ArrayList<>();
    for (Tensor tensor : tensors) {
      if (tensor.floats == null) {
        throw new IllegalArgumentException("%s must hold floats to be written".formatted(tensor));
      }
      lazy.add(new Lazy(tensor.name, tensor.shape, () -> tensor.floats));
    }
    writeLazily(out, metadata, lazy);
  }

  /**
   * A tensor whose values are made when they are written.
   *
   * @param name name of the tensor
   * @param shape its dimensions
   * @param values makes its values, row-major
   */
  public record Lazy(String name, List<Long> shape, Supplier<float[]> values) {
    long count() {
      return shape.stream().reduce(1L, Math::multiplyExact);
    }

    @Override
    public String toString() {
      return "tensor %s, %s %s".formatted(quote(name), DType.F32, shape);
    }
  }

  /**
   * Writes a file as {@link #write} does, with the values of one tensor at a time in memory.
   *
   * @param out receives the file; stays open
   * @param metadata strings about the file, written in their order
   * @param tensors the tensors, written in their order
   * @throws IllegalArgumentException if two tensors have one name
   * @throws IOException if the stream fails
   */
  public static void writeLazily(OutputStream out, Map<String, String> metadata, List<Lazy> tensors)
      throws IOException {
    Set<String> names = new LinkedHashSet<>(List.of(SafeTensorsHeader.METADATA));
    for (Lazy tensor : tensors) {
      if (!names.add(tensor.name)) {
        throw new IllegalArgumentException("%s must have a name of its own".formatted(tensor));
      }
    }
    byte[] json = header(metadata, tensors);
    if (json.length > SafeTensorsHeader.LONGEST) {
      throw new IllegalArgumentException(
          "the header must have at most %d bytes, but would have %d"
              .formatted(SafeTensorsHeader.LONGEST, json.length));
    }
    byte[] padded = Arrays.copyOf(json, json.length + Math.floorMod(-json.length, Long.BYTES));
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.write(chunk.putLong(padded.length).array(), 0, Long.BYTES);
    out.write(padded);
    int chunkCount = CHUNK_BYTES / Float.BYTES;
    for (Lazy tensor : tensors) {
      float[] values = tensor.values.get();
      int now;
      for (int done = 0; done < values.length; done += now) {
        now = Math.min(values.length - done, chunkCount);
        chunk.clear().asFloatBuffer().put(values, done, now);
        out.write(chunk.array(), 0, now * Float.BYTES);
      }
    }
  }

  private static byte[] header(Map<String, String> metadata, List<Lazy> tensors)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (!metadata.isEmpty()) {
        json.writeObjectFieldStart(SafeTensorsHeader.METADATA);
        for (Map.Entry<String, String> entry : new TreeMap<>(Map.copyOf(metadata)).entrySet()) {
          json.writeStringField(entry.getKey(), entry.getValue());
        }
        json.writeEndObject();
      }
      long begin = 0;
      for (Lazy tensor : tensors) {
        long end = begin + tensor.count() * Float.BYTES;
        json.writeObjectFieldStart(tensor.name);
        json.writeStringField("dtype", DType.F32.name());
        writeIntegers(json, "shape", tensor.shape);
        writeIntegers(json, "data_offsets", List.of(begin, end));
        json.writeEndObject();
        begin = end;
      }
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static void writeIntegers(JsonGenerator json, String name, List<Long> integers)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (long integer : integers) {
      json.writeNumber(integer);
    }
    json.writeEndArray();
  }

  /** A tensor of a file: floats or integers, row-major. Its array is not copied. */
  public static final class Tensor {
    private final String name;
    private final DType dtype;
    private final List<Long> shape;
    private final float[] floats;
    private final long[] integers;

    private Tensor(String name, DType dtype, List<Long> shape, float[] floats, long[] integers) {
      this.name = name;
      this.dtype = dtype;
      this.shape = shape;
      this.floats = floats;
      this.integers = integers;
    }

    /**
     * Names floats, to write them.
     *
     * @param name name of the tensor
     * @param values its elements, row-major; borrowed
     * @param shape its dimensions; none for a scalar
     * @return an F32 tensor
     * @throws IllegalArgumentException if the shape asks for another number of values
     */
    public static Tensor of(String name, float[] values, long... shape) {
      Objects.requireNonNull(name, "name");
      List<Long> dimensions = LongStream.of(shape).boxed().collect(Collectors.toUnmodifiableList());
      if (LongStream.of(shape).reduce(1, Math::multiplyExact) != values.length) {
        throw new IllegalArgumentException(
            "tensor %s must have as many values as its shape %s asks for, but has %d"
                .formatted(quote(name), dimensions, values.length));
      }
      return new Tensor(name, DType.F32, dimensions, values, null);
    }

    /**
     * The name of the tensor.
     *
     * @return its name in the file
     */
    public String name() {
      return name;
    }

    /**
     * The type of the elements.
     *
     * @return the type that the file has them in
     */
    public DType dtype() {
      return dtype;
    }

    /**
     * The dimensions, outermost first.
     *
     * @return the shape; empty for a scalar
     */
    public List<Long> shape() {
      return shape;
    }

    /**
     * The elements of an F32, F64, F16 or BF16 tensor. F16 and BF16 are widened exactly; F64 is
     * rounded to the nearest float, or to infinity where it is too large for one.
     *
     * @return the elements, row-major; the tensor's own array
     * @throws IllegalStateException if the tensor holds integers
     */
    public float[] floats() {
      if (floats == null) {
        throw new IllegalStateException("%s holds integers, not floats".formatted(this));
      }
      return floats;
    }

    /**
     * The elements of an I32 or I64 tensor.
     *
     * @return the elements, row-major; the tensor's own array
     * @throws IllegalStateException if the tensor holds floats
     */
    public long[] integers() {
      if (integers == null) {
        throw new IllegalStateException("%s holds floats, not integers".formatted(this));
      }
      return integers;
    }

    @Override
    public String toString() {
      return "tensor %s, %s %s".formatted(quote(name), dtype, shape);
    }
  }
}
