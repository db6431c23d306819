package io.github.sparkattention.sql;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Random;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CosineSimilarityTest {
  private static final long SEED = 20250105;

  private static Object sql(String a, String b) {
    return ExtendedSession.get()
        .sql(String.format("select cosine_similarity(%s, %s)", a, b))
        .first()
        .get(0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "array(1d, 0d) | array(1d, 1d) | 0.7071067811865475",
        "array(1f, 2f) | array(2d, 4d) | 1.0",
        "array(1f, 2f) | array(-1d, -2d) | -1.0",
        "array(1d, 0d) | array(0f, 3f) | 0.0",
        "array(0d, 0d) | array(1d, 1d) | 0.0",
        "array(1e-300, 1e-300) | array(1e-310, 0d) | 0.7071067811865476",
        "array(1e300, 1e300) | array(1e300, 0d) | 0.7071067811865475",
        "array(double('nan'), 1d) | array(1d, 0d) | NaN",
        "array(double('inf'), 1d) | array(1d, 0d) | NaN",
        "cast(array() as array<double>) | cast(array() as array<float>) | 0.0",
      })
  void vectorsHaveTheCosineOfTheirAngle(String a, String b, Double expected) {
    assertThat(sql(a, b)).isEqualTo(expected);
    assertThat(sql(b, a)).isEqualTo(expected);
  }

  @Test
  void nullGivesNull() {
    assertThat(sql("cast(null as array<float>)", "array(1d)")).isNull();
    assertThat(sql("array(1d)", "cast(null as array<float>)")).isNull();
  }

  @Test
  void itIsExactToTheLastBits() {
    Random random = new Random(SEED);
    for (int i = 0; i < 20; i++) {
      double[] a = random.doubles(50, -1, 1).toArray();
      double[] b = random.doubles(50, -1, 1).toArray();
      Row row = columns(RowFactory.create(Vectors.dense(a), b));
      assertThat(row.getDouble(0))
          .as("seed %d, pair %d", SEED, i)
          .isCloseTo(exact(a, b), within(1e-15));
    }
  }

  private static double exact(double[] a, double[] b) {
    BigDecimal squares = dot(a, a).multiply(dot(b, b));
    return dot(a, b)
        .divide(squares.sqrt(MathContext.DECIMAL128), MathContext.DECIMAL128)
        .doubleValue();
  }

  private static BigDecimal dot(double[] a, double[] b) {
    BigDecimal sum = BigDecimal.ZERO;
    for (int i = 0; i < a.length; i++) {
      sum = sum.add(new BigDecimal(a[i]).multiply(new BigDecimal(b[i])));
    }
    return sum;
  }

  private static Row columns(Row row) {
    StructType schema =
        new StructType()
            .add("a", SQLDataTypes.VectorType())
            .add("b", DataTypes.createArrayType(DataTypes.DoubleType));
    Dataset<Row> rows = ExtendedSession.get().createDataFrame(List.of(row), schema);
    return rows.select(AttentionFunctions.cosineSimilarity(col("a"), col("b"))).first();
  }

  @Test
  void sparseVectorsCountAsDenseOnes() {
    Row row =
        RowFactory.create(
            Vectors.sparse(3, new int[] {1}, new double[] {2}), new double[] {1, 1, 0});
    assertThat(columns(row).getDouble(0)).isEqualTo(0.7071067811865475);
  }

  @Test
  void whatDoesntFitIsRefused() {
    assertThatThrownBy(() -> sql("array(1)", "array(1d)"))
        .hasMessageContaining(
            "the first argument of cosine_similarity must be vector, array<float> or array<double>,"
                + " but is array<int>");
    assertThatThrownBy(() -> sql("array(1d)", "'x'"))
        .hasMessageContaining(
            "the second argument of cosine_similarity must be vector, array<float> or"
                + " array<double>, but is string");
    assertThatThrownBy(() -> sql("array(1d)", "array(1d), array(1d)"))
        .hasStackTraceContaining("cosine_similarity takes 2 vectors, but was given 3 arguments.");
    assertThatThrownBy(() -> sql("array(1d)", "array(1d, 2d)"))
        .hasStackTraceContaining(
            "cosine_similarity must be given vectors of one length, but these have 1 and 2"
                + " values.");
    assertThatThrownBy(() -> sql("array(1d, null)", "array(1d, 2d)"))
        .hasStackTraceContaining(
            "the first argument of cosine_similarity must have no nulls, but value 1 of a vector is"
                + " null.");
  }
}
