package io.github.sparkattention;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.ml.linalg.DenseMatrix;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The same sequences in each form that a stage takes, one column a form. */
final class SequenceForms {
  /** Spark NLP's annotation, written out as its documentation does. */
  static final String ANNOTATION =
      "struct<annotatorType:string,begin:int,end:int,result:string,metadata:map<string,string>,"
          + "embeddings:array<float>>";

  private static final Map<String, Form> FORMS = new LinkedHashMap<>();

  private record Form(DataType type, Function<float[][], Object> value) {}

  static {
    DataType vectors = DataTypes.createArrayType(SQLDataTypes.VectorType());
    DataType matrix = SQLDataTypes.MatrixType();
    add("floats", type("array<array<float>>"), tokens -> each(tokens, SequenceForms::floats));
    add("doubles", type("array<array<double>>"), tokens -> each(tokens, SequenceForms::doubles));
    add("dense_vectors", vectors, tokens -> each(tokens, token -> Vectors.dense(wide(token))));
    add(
        "sparse_vectors",
        vectors,
        tokens -> each(tokens, token -> Vectors.dense(wide(token)).toSparse()));
    add("columns_matrix", matrix, SequenceForms::matrix);
    add("rows_matrix", matrix, tokens -> matrix(tokens).toDenseRowMajor());
    add("sparse_columns_matrix", matrix, tokens -> matrix(tokens).toSparseColMajor());
    add("sparse_rows_matrix", matrix, tokens -> matrix(tokens).toSparseRowMajor());
    add("flat_floats", type("array<float>"), tokens -> floats(joined(tokens)));
    add("flat_doubles", type("array<double>"), tokens -> doubles(joined(tokens)));
    add(
        "annotations",
        type("array<" + ANNOTATION + ">"),
        tokens -> each(tokens, token -> annotation(floats(token))));
  }

  private SequenceForms() {}

  private static void add(String name, DataType type, Function<float[][], Object> value) {
    FORMS.put(name, new Form(type, value));
  }

  static DataType type(String ddl) {
    return StructType.fromDDL("a " + ddl).fields()[0].dataType();
  }

  /** The names of the columns. */
  static List<String> names() {
    return List.copyOf(FORMS.keySet());
  }

  /** The columns: id, and one a form. */
  static StructType schema() {
    StructType schema = new StructType().add("id", DataTypes.LongType);
    for (Map.Entry<String, Form> form : FORMS.entrySet()) {
      schema = schema.add(form.getKey(), form.getValue().type());
    }
    return schema;
  }

  /** Rows of these sequences, with ids from 0. */
  static Dataset<Row> rows(List<float[][]> sequences) {
    List<Row> rows = new ArrayList<>();
    for (float[][] sequence : sequences) {
      List<Object> values = new ArrayList<>();
      values.add((long) rows.size());
      FORMS.values().forEach(form -> values.add(form.value().apply(sequence)));
      rows.add(RowFactory.create(values.toArray()));
    }
    return LocalSpark.session().createDataFrame(rows, schema());
  }

  static Row annotation(Object embeddings) {
    return RowFactory.create("word_embeddings", 0, 3, "word", Map.of("token", "word"), embeddings);
  }

  private static List<Object> each(float[][] tokens, Function<float[], Object> value) {
    return Arrays.stream(tokens).map(value).toList();
  }

  private static List<Float> floats(float[] values) {
    List<Float> list = new ArrayList<>();
    for (float value : values) {
      list.add(value);
    }
    return list;
  }

  private static List<Double> doubles(float[] values) {
    return Arrays.stream(wide(values)).boxed().toList();
  }

  private static double[] wide(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static float[] joined(float[][] tokens) {
    int width = tokens.length == 0 ? 0 : tokens[0].length;
    float[] joined = new float[tokens.length * width];
    for (int i = 0; i < tokens.length; i++) {
      System.arraycopy(tokens[i], 0, joined, i * width, width);
    }
    return joined;
  }

  private static DenseMatrix matrix(float[][] tokens) {
    int width = tokens.length == 0 ? 0 : tokens[0].length;
    return new DenseMatrix(tokens.length, width, wide(joined(tokens)), true).toDenseColMajor();
  }
}
