package io.github.sparkattention.kernels.files;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import io.github.sparkattention.kernels.files.SafeTensors.Sink;
import io.github.sparkattention.kernels.files.SafeTensorsHeader.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The weights in an ONNX file, by the names that the modules of the model had. The graph is not
 * run; what the model computes is for the configuration beside the file to say.
 *
 * <p>Exporters keep the names of most parameters, but fold the transposition of an {@code
 * nn.Linear} into its weight, which leaves it [in, out] and without a name. The MatMul that uses it
 * is named after the module, {@code /encoder/layer.0/attention/self/query/MatMul}, and so the
 * weight is called {@code encoder.layer.0.attention.self.query.weight}. Constants without names of
 * modules are left out.
 *
 * <p>Source: onnx.proto of the ONNX project.
 */
public final class OnnxWeights implements TensorSource {
  private static final int LONGEST_NAME = 1000;
  private static final int MOST_TENSORS = 100_000;

  /** Names of parameters: those of modules, joined by dots. */
  private static final Pattern PARAMETER = Pattern.compile("\\w+(\\.\\w+)+");

  /** What a node is called after its module: the path of the module, and its own type. */
  private static final Pattern NODE = Pattern.compile("/([\\w./]+)/(MatMul|Gemm)(_\\d+)?");

  /** Types of nodes that compute on quantized weights. */
  private static final Set<String> QUANTIZED =
      Set.of(
          "DequantizeLinear",
          "DynamicQuantizeLinear",
          "DynamicQuantizeMatMul",
          "MatMulInteger",
          "MatMulIntegerToFloat",
          "MatMulNBits",
          "QAttention",
          "QGemm",
          "QLinearMatMul");

  /** The types of elements, by the numbers that the format gives them. */
  private static final Map<Long, DType> TYPES =
      Map.ofEntries(
          Map.entry(1L, DType.F32),
          Map.entry(2L, DType.U8),
          Map.entry(3L, DType.I8),
          Map.entry(4L, DType.U16),
          Map.entry(5L, DType.I16),
          Map.entry(6L, DType.I32),
          Map.entry(7L, DType.I64),
          Map.entry(9L, DType.BOOL),
          Map.entry(10L, DType.F16),
          Map.entry(11L, DType.F64),
          Map.entry(12L, DType.U32),
          Map.entry(13L, DType.U64),
          Map.entry(16L, DType.BF16));

  private final ModelPath path;
  private final long length;
  private final Contents contents;

  private OnnxWeights(ModelPath path, long length, Contents contents) {
    this.path = path;
    this.length = length;
    this.contents = contents;
  }

  /**
   * What a file holds.
   *
   * @param entries the tensors by the names of their parameters, in the order of their data;
   *     offsets count from the start of the file
   * @param transposed whether those that products use are kept as [in, out]
   */
  private record Contents(Map<String, Entry> entries, Map<String, Boolean> transposed) {}

  /**
   * Looks at a file. Of its data nothing is read.
   *
   * @param path the file
   * @param length bytes in the file
   * @return its weights
   * @throws SafeTensorsException if the file is damaged, is quantized, or has its weights elsewhere
   * @throws IOException if reading fails
   */
  public static OnnxWeights open(ModelPath path, long length) throws IOException {
    return new OnnxWeights(path, length, scan(path, length));
  }

  private static Contents scan(ModelPath path, long length) throws IOException {
    try (InputStream in = path.open()) {
      Scan scan = new Scan(new ProtoReader(in, length, path.toString()), path.toString());
      scan.model();
      return scan.contents();
    }
  }

  @Override
  public String source() {
    return path.toString();
  }

  @Override
  public String source(String name) {
    return source();
  }

  @Override
  public Set<String> names() {
    return Collections.unmodifiableSet(contents.entries.keySet());
  }

  @Override
  public Entry entry(String name) {
    return contents.entries.get(name);
  }

  @Override
  public boolean isTransposed(String name, boolean usual) {
    return contents.transposed.getOrDefault(name, usual);
  }

  @Override
  public boolean namesAll() {
    return false;
  }

  @Override
  public void read(Set<String> names, Sink sink) throws IOException {
    if (path.status().length() != length || !scan(path, length).equals(contents)) {
      throw ModelTensors.changed(path);
    }
    // Two modules that share a weight have the same bytes, which a pass forward can't read twice.
    List<Entry> once = new ArrayList<>();
    List<Entry> again = new ArrayList<>();
    long end = 0;
    for (Entry entry : contents.entries.values()) {
      if (names.contains(entry.name())) {
        (entry.begin() >= end ? once : again).add(entry);
        end = Math.max(end, entry.end());
      }
    }
    try (InputStream in = path.open()) {
      SafeTensors.read(in, source(), once, sink);
    }
    for (Entry entry : again) {
      try (InputStream in = path.open()) {
        SafeTensors.read(in, source(), List.of(entry), sink);
      }
    }
  }

  /** One pass over the messages of a file. */
  private static final class Scan {
    private final ProtoReader in;
    private final String source;
    private final Map<String, Entry> initializers = new LinkedHashMap<>();
    private final List<Use> uses = new ArrayList<>();
    private boolean hasGraph;

    Scan(ProtoReader in, String source) {
      this.in = in;
      this.source = source;
    }

    /** A MatMul or Gemm: the path of its module, and the names of its weight and bias. */
    private record Use(String module, String weight, String bias, boolean transposed) {}

    void model() throws IOException {
      for (int field = in.next(); field != 0; field = in.next()) {
        if (field == 7 && in.wireType() == ProtoReader.BYTES) {
          if (hasGraph) {
            throw refuse("the model must have one graph, but has more");
          }
          hasGraph = true;
          long outer = in.enter();
          graph();
          in.leave(outer);
        } else {
          in.skip();
        }
      }
      if (!hasGraph) {
        throw refuse("an ONNX model must have a graph, but has none");
      }
    }

    private void graph() throws IOException {
      for (int field = in.next(); field != 0; field = in.next()) {
        if ((field == 1 || field == 5) && in.wireType() == ProtoReader.BYTES) {
          long outer = in.enter();
          if (field == 1) {
            node();
          } else {
            initializer();
          }
          in.leave(outer);
        } else {
          in.skip();
        }
      }
    }

    private void node() throws IOException {
      String type = "";
      String name = "";
      List<String> inputs = new ArrayList<>();
      boolean transB = false;
      for (int field = in.next(); field != 0; field = in.next()) {
        if (in.wireType() != ProtoReader.BYTES) {
          in.skip();
          continue;
        }
        switch (field) {
          case 1 -> {
            // A weight is the second input, and a bias the third.
            if (inputs.size() < 3) {
              inputs.add(in.text(LONGEST_NAME));
            } else {
              in.skip();
            }
          }
          case 3 -> name = in.text(LONGEST_NAME);
          case 4 -> type = in.text(LONGEST_NAME);
          case 5 -> {
            long outer = in.enter();
            transB |= isTransB();
            in.leave(outer);
          }
          default -> in.skip();
        }
      }
      if (QUANTIZED.contains(type)) {
        throw refuse(
            "the model must have float weights, but is quantized: its node %s is a %s"
                .formatted(quote(name), type));
      }
      boolean gemm = type.equals("Gemm");
      var module = NODE.matcher(name);
      if ((gemm || type.equals("MatMul")) && inputs.size() > 1 && module.matches()) {
        if (uses.size() == MOST_TENSORS) {
          throw refuse("the graph must have at most %d products".formatted(MOST_TENSORS));
        }
        String bias = inputs.size() > 2 ? inputs.get(2) : "";
        uses.add(new Use(module.group(1).replace('/', '.'), inputs.get(1), bias, !transB));
      }
    }

    private boolean isTransB() throws IOException {
      String name = "";
      long value = 0;
      for (int field = in.next(); field != 0; field = in.next()) {
        if (field == 1 && in.wireType() == ProtoReader.BYTES) {
          name = in.text(LONGEST_NAME);
        } else if (field == 3 && in.wireType() == ProtoReader.VARINT) {
          value = in.varint();
        } else {
          in.skip();
        }
      }
      return name.equals("transB") && value != 0;
    }

    private void initializer() throws IOException {
      String name = "";
      long type = 0;
      List<Long> shape = new ArrayList<>();
      List<long[]> data = new ArrayList<>();
      boolean external = false;
      boolean scattered = false;
      for (int field = in.next(); field != 0; field = in.next()) {
        boolean bytes = in.wireType() == ProtoReader.BYTES;
        if (field == 1 && (bytes || in.wireType() == ProtoReader.VARINT)) {
          dimensions(shape, bytes);
        } else if (field == 2 && in.wireType() == ProtoReader.VARINT) {
          type = in.varint();
        } else if (field == 8 && bytes) {
          name = in.text(LONGEST_NAME);
        } else if ((field == 4 || field == 9 || field == 10) && bytes) {
          long length = in.length();
          data.add(new long[] {in.position(), in.position() + length});
          in.skip(length);
        } else if (field == 14 && in.wireType() == ProtoReader.VARINT) {
          external |= in.varint() == 1;
        } else {
          external |= field == 13;
          // Halves as numbers, and floats one by one: allowed, and written by no exporter.
          scattered |= field == 4 || field == 5 || field == 10;
          in.skip();
        }
        if (data.size() > 1) {
          throw refuse(
              "tensor %s must have its data once, but has it twice".formatted(quote(name)));
        }
      }
      if (external) {
        throw refuse(
            "tensor %s must be in the file, but its data is in another; export the model with all in"
                    .formatted(quote(name))
                + " one file");
      }
      DType dtype = TYPES.get(type);
      if (dtype == null || (data.isEmpty() && !dtype.isFloat())) {
        return; // text, or small integers that the graph computes with
      }
      add(name, dtype, shape, data, scattered);
    }

    private void add(
        String name, DType dtype, List<Long> shape, List<long[]> data, boolean scattered)
        throws IOException {
      long count = 1;
      long size;
      try {
        for (long dimension : shape) {
          count = Math.multiplyExact(count, dimension);
        }
        size = Math.multiplyExact(count, dtype.bytes());
      } catch (ArithmeticException e) {
        throw new SafeTensorsException(
            source,
            "tensor %s must have a size that fits 63 bits, but is %s %s"
                .formatted(quote(name), dtype, shape),
            e);
      }
      if (scattered && data.isEmpty() && count > 0 && dtype.isFloat()) {
        throw refuse(
            "tensor %s must have its data as raw bytes or packed floats, but has it value by value"
                .formatted(quote(name)));
      }
      long begin = data.isEmpty() ? 0 : data.get(0)[0];
      long end = data.isEmpty() ? 0 : data.get(0)[1];
      if (end - begin != size) {
        throw refuse(
            "tensor %s must have %d bytes as %s %s, but has %d"
                .formatted(quote(name), size, dtype, shape, end - begin));
      }
      if (initializers.size() == MOST_TENSORS) {
        throw refuse("the graph must have at most %d tensors".formatted(MOST_TENSORS));
      }
      Entry entry = new Entry(name, dtype, List.copyOf(shape), count, begin, end);
      if (initializers.put(name, entry) != null) {
        throw refuse("tensor %s must come once, but comes twice".formatted(quote(name)));
      }
    }

    private void dimensions(List<Long> shape, boolean packed) throws IOException {
      if (!packed) {
        dimension(shape);
        return;
      }
      long outer = in.enter();
      while (in.hasMore()) {
        dimension(shape);
      }
      in.leave(outer);
    }

    private void dimension(List<Long> shape) throws IOException {
      long dimension = in.varint();
      if (dimension < 0 || shape.size() == SafeTensorsHeaderParser.MOST_DIMENSIONS) {
        throw refuse(
            "a tensor must have at most %d dimensions of at least 0, but has %d after %s"
                .formatted(SafeTensorsHeaderParser.MOST_DIMENSIONS, dimension, shape));
      }
      shape.add(dimension);
    }

    /** Names tensors after their modules, in the order of their data. */
    Contents contents() {
      Map<String, Entry> named = new HashMap<>();
      initializers.forEach(
          (name, entry) -> {
            if (PARAMETER.matcher(name).matches()) {
              named.put(name, entry);
            }
          });
      Map<String, Boolean> transposed = new HashMap<>();
      for (Use use : uses) {
        String weight = name(named, use.module + ".weight", use.weight);
        transposed.merge(weight, use.transposed, Boolean::logicalAnd);
        name(named, use.module + ".bias", use.bias);
      }
      Map<String, Entry> inOrder = new LinkedHashMap<>();
      named.values().stream()
          .sorted(Comparator.comparingLong(Entry::begin).thenComparing(Entry::name))
          .forEach(entry -> inOrder.put(entry.name(), entry));
      return new Contents(inOrder, transposed);
    }

    /** Names an initializer that has no name of its own; returns the name that it goes by. */
    private String name(Map<String, Entry> named, String name, String initializer) {
      Entry entry = initializers.get(initializer);
      if (entry == null || PARAMETER.matcher(initializer).matches()) {
        return initializer;
      }
      named.putIfAbsent(
          name,
          new Entry(name, entry.dtype(), entry.shape(), entry.count(), entry.begin(), entry.end()));
      return name;
    }

    private SafeTensorsException refuse(String message) {
      return new SafeTensorsException(source, message);
    }
  }
}
