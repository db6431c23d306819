package io.github.sparkattention.internal.rows;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.SelfAttention;
import io.github.sparkattention.Sequences;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RowEncoderTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(12, 3, 0, 1, 2, 5, 64, 65, 66);

  /** Widths around the 64 bits of a null word, and odd ones, whose last word is half empty. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 63, 64, 65, 130})
  void rowsHaveTheBytesThatSparkItselfWrites(int dOut) {
    SelfAttention stage =
        new SelfAttention()
            .setDIn(3)
            .setDOut(dOut)
            .setSeed(2)
            .setBackend("threads")
            .setHandleInvalid("keep")
            .setContextLength(65)
            .setAttentionWeightsCol("w");
    Dataset<Row> result =
        stage.transform(
            Sequences.floats(SEQUENCES).selectExpr("id", "tokens", "concat('x', id) as name"));
    assertThat(result.filter("w is null").count()).isEqualTo(1);
    assertBytesOfSpark(result);
  }

  @ParameterizedTest
  @CsvSource({"flat, last", "vectors, mean", "matrix, max"})
  void otherFormsHaveTheBytesThatSparkItselfWrites(String format, String pooling) {
    SelfAttention stage =
        new SelfAttention()
            .setDIn(3)
            .setDOut(5)
            .setSeed(2)
            .setBackend("threads")
            .setHandleInvalid("keep")
            .setContextLength(65)
            .setOutputFormat(format)
            .setPooling(pooling)
            .setLogSumExpCol("lse");
    Dataset<Row> result = stage.transform(Sequences.floats(SEQUENCES));
    assertThat(result.columns()).containsExactly("id", "tokens", "context", "pooled", "lse");
    assertThat(result.filter("context is null and pooled is null and lse is null").count())
        .isEqualTo(1);
    assertBytesOfSpark(result);
  }

  private static void assertBytesOfSpark(Dataset<Row> result) {
    UnsafeProjection bySpark = UnsafeProjection.create(result.schema());
    for (InternalRow row : result.queryExecution().executedPlan().executeCollect()) {
      UnsafeRow ours = (UnsafeRow) row;
      UnsafeRow theirs = bySpark.apply(unpacked(ours, result.schema()));
      assertThat(ours.getBytes()).as("id %d", ours.getLong(0)).isEqualTo(theirs.getBytes());
    }
  }

  private static InternalRow unpacked(InternalRow row, StructType schema) {
    Object[] values = new Object[row.numFields()];
    for (int i = 0; i < values.length; i++) {
      DataType type = schema.fields()[i].dataType();
      values[i] = row.isNullAt(i) ? null : unpacked(row.get(i, type), type);
    }
    return new GenericInternalRow(values);
  }

  private static Object unpacked(Object value, DataType type) {
    if (type instanceof UserDefinedType<?> form) {
      return unpacked((InternalRow) value, (StructType) form.sqlType());
    }
    if (!(type instanceof ArrayType array) || !(value instanceof ArrayData data)) {
      return value;
    }
    Object[] elements = new Object[data.numElements()];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = unpacked(data.get(i, array.elementType()), array.elementType());
    }
    return new GenericArrayData(elements);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7})
  void theSizeIsKnownBeforehand(int length) {
    LocalSpark.session();
    SelfAttention stage = new SelfAttention().setDIn(3).setDOut(5).setSeed(2).setBackend("threads");
    Dataset<Row> result =
        stage.transform(Sequences.floats(Sequences.random(1, 3, length))).select("context");
    InternalRow row = result.queryExecution().executedPlan().executeCollect()[0];
    int header = 8 + 8 * ((length + 63) / 64);
    assertThat(((UnsafeRow) row).getSizeInBytes())
        .isEqualTo(16 + header + length * (8 + 8 + 8 + 24));
    assertThat(row.getArray(0).numElements()).isEqualTo(length);
  }
}
