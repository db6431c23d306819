package io.github.sparkattention;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.ml.linalg.Matrix;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Token embeddings for tests, as floats and as rows, and what a layer alone makes of them. */
public final class Sequences {
  private Sequences() {}

  /** One random sequence [length, width] per length, the same ones for the same seed. */
  public static List<float[][]> random(long seed, int width, int... lengths) {
    Random random = new Random(seed);
    List<float[][]> sequences = new ArrayList<>();
    for (int length : lengths) {
      float[][] sequence = new float[length][width];
      for (float[] token : sequence) {
        for (int i = 0; i < width; i++) {
          token[i] = (float) random.nextGaussian();
        }
      }
      sequences.add(sequence);
    }
    return sequences;
  }

  /** Rows (id, tokens) of these sequences, with ids from 0. */
  public static Dataset<Row> floats(List<float[][]> sequences) {
    return rows(sequences, DataTypes.FloatType);
  }

  /** As {@link #floats}, with tokens of doubles. */
  public static Dataset<Row> doubles(List<float[][]> sequences) {
    return rows(sequences, DataTypes.DoubleType);
  }

  private static Dataset<Row> rows(List<float[][]> sequences, DataType type) {
    List<Row> rows = new ArrayList<>();
    for (float[][] sequence : sequences) {
      List<List<Object>> tokens = new ArrayList<>();
      for (float[] token : sequence) {
        List<Object> values = new ArrayList<>();
        for (float value : token) {
          values.add(type.equals(DataTypes.DoubleType) ? (Object) (double) value : (Object) value);
        }
        tokens.add(values);
      }
      rows.add(RowFactory.create((long) rows.size(), tokens));
    }
    return LocalSpark.session().createDataFrame(rows, schema(type));
  }

  /** The columns id and tokens. */
  public static StructType schema(DataType value) {
    return new StructType()
        .add("id", DataTypes.LongType)
        .add("tokens", DataTypes.createArrayType(DataTypes.createArrayType(value)));
  }

  /**
   * A column of nested arrays, vectors or matrices by id, written out: a float's shortest decimal
   * tells it apart.
   */
  public static Map<Long, String> byId(Dataset<Row> rows, String column) {
    Map<Long, String> values = new TreeMap<>();
    for (Row row : rows.select("id", column).collectAsList()) {
      String earlier = values.put(row.getLong(0), text(row.get(1)));
      if (earlier != null) {
        throw new AssertionError("id " + row.getLong(0) + " came twice");
      }
    }
    return values;
  }

  /** A sequence out of a row's column. */
  public static float[][] floats(Row row, int column) {
    List<scala.collection.Seq<Float>> tokens = row.getList(column);
    float[][] sequence = new float[tokens.size()][];
    for (int i = 0; i < sequence.length; i++) {
      sequence[i] = new float[tokens.get(i).size()];
      for (int j = 0; j < sequence[i].length; j++) {
        sequence[i][j] = tokens.get(i).apply(j);
      }
    }
    return sequence;
  }

  /** A column's value, written as {@link #byId} does. */
  public static String text(Object value) {
    if (value instanceof Vector vector) {
      return text(narrow(vector.toArray()));
    }
    if (value instanceof Matrix matrix) {
      List<String> rows = new ArrayList<>();
      matrix.rowIter().foreach(row -> rows.add(text(row)));
      return rows.toString();
    }
    if (value instanceof scala.collection.Iterable<?> elements) {
      List<String> texts = new ArrayList<>();
      elements.foreach(element -> texts.add(text(element)));
      return texts.toString();
    }
    if (value instanceof List<?> elements) {
      return elements.stream().map(Sequences::text).toList().toString();
    }
    return String.valueOf(value);
  }

  private static List<Float> narrow(double[] values) {
    List<Float> floats = new ArrayList<>();
    for (double value : values) {
      if ((float) value != value) {
        throw new AssertionError(value + " is no float");
      }
      floats.add((float) value);
    }
    return floats;
  }

  /** What a layer makes of each sequence alone, written as {@link #byId} does. */
  public static Map<Long, String> contextOf(
      AttentionConfig config, AttentionWeights weights, List<float[][]> sequences) {
    Map<Long, String> contexts = new TreeMap<>();
    try (Backend backend = Backends.open(BackendPolicy.THREADS, 1);
        Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      for (float[][] sequence : sequences) {
        float[] context = new float[sequence.length * config.dOut()];
        layer.run(packed(sequence, config.dIn()), context);
        contexts.put((long) contexts.size(), matrix(context, 0, sequence.length, config.dOut()));
      }
    }
    return contexts;
  }

  /** The attention weights of each sequence alone, written as {@link #byId} does. */
  public static Map<Long, String> weightsOf(
      AttentionConfig config, AttentionWeights weights, List<float[][]> sequences) {
    Map<Long, String> all = new TreeMap<>();
    try (Backend backend = Backends.open(BackendPolicy.THREADS, 1);
        Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      for (float[][] sequence : sequences) {
        int n = sequence.length;
        float[] context = new float[n * config.dOut()];
        float[] found = new float[config.numHeads() * n * n];
        PackedSequences batch = packed(sequence, config.dIn());
        layer.run(batch, Outputs.of(context, found), Dropout.NONE);
        List<String> heads = new ArrayList<>();
        for (int head = 0; head < config.numHeads(); head++) {
          heads.add(matrix(found, head * n * n, n, n));
        }
        all.put((long) all.size(), heads.toString());
      }
    }
    return all;
  }

  private static PackedSequences packed(float[][] sequence, int width) {
    float[] flat = new float[sequence.length * width];
    for (int i = 0; i < sequence.length; i++) {
      System.arraycopy(sequence[i], 0, flat, i * width, width);
    }
    return PackedSequences.pack(new float[][] {flat}, width);
  }

  private static String matrix(float[] values, int from, int rows, int columns) {
    List<List<Float>> matrix = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      List<Float> vector = new ArrayList<>();
      for (int column = 0; column < columns; column++) {
        vector.add(values[from + row * columns + column]);
      }
      matrix.add(vector);
    }
    return matrix.toString();
  }
}
