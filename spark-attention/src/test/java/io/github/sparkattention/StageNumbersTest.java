package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens of every type of number, down to the bits that the layer gets. */
class StageNumbersTest {
  private final SparkSession spark = LocalSpark.session();

  /** Its context vector of a sequence of one token is the token itself: nothing hides a bit. */
  private static CausalAttention identity(int width) {
    float[] diagonal = new float[width * width];
    for (int i = 0; i < width; i++) {
      diagonal[i * width + i] = 1;
    }
    Linear value = new Linear(diagonal, null, width, width);
    Linear zero = new Linear(new float[width * width], null, width, width);
    return new CausalAttention("stage")
        .setWeights(new AttentionWeights(zero, zero, value, null))
        .setBackend("threads");
  }

  private static float[] only(Dataset<Row> result) {
    float[][] context = Sequences.floats(result.select("context").first(), 0);
    assertThat(context).hasDimensions(1, context[0].length);
    return context[0];
  }

  private static String array(String type, String values) {
    return Arrays.stream(values.split(" ", -1))
        .map(value -> String.format("cast('%s' as %s)", value, type))
        .collect(Collectors.joining(", ", "array(", ")"));
  }

  private static float[] floats(String values) {
    String[] texts = values.split(" ", -1);
    float[] floats = new float[texts.length];
    for (int i = 0; i < texts.length; i++) {
      floats[i] = Float.parseFloat(texts[i]);
    }
    return floats;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tinyint | -128 0 127 | -128 0 127",
        "smallint | -32768 1 32767 | -32768 1 32767",
        // Beyond 2^24, floats are even numbers: a number halfway goes to the even significand.
        "int | 16777216 16777217 16777219 -16777217 | 16777216 16777216 16777220 -16777216",
        "int | 2147483647 -2147483648 | 2147483648 -2147483648",
        "bigint | 16777217 9007199254740993 | 16777216 9007199254740992",
        "bigint | 9223372036854775807 -9223372036854775808 | 9.223372036854775807e18 -9.223372036854775808e18",
        // One more than halfway between two floats, and by way of a double it would be halfway.
        "bigint | 1152921573326323713 | 1152921642045800448",
        "decimal(10,4) | 0.1000 12345.6789 -999999.9999 0 | 0.1 12345.6789 -999999.9999 0",
        "decimal(18,0) | 999999999999999999 16777217 | 999999999999999999 16777216",
        "decimal(18,18) | 0.000000000000000001 | 1e-18",
        // Less than halfway between two floats, and as a double it would be halfway.
        "decimal(16,15) | 8.000001430511474 | 8.00000095367431640625",
        "decimal(38,18) | 16777217.000000000000000001 | 16777218",
        "decimal(38,0) | 99999999999999999999999999999999999999 | 1e38",
        "float | 0.1 -3.5 | 0.1 -3.5",
        "double | 0.1 16777217 | 0.1 16777216"
      })
  void eachTypeOfNumberBecomesTheNearestFloatAsByACast(String type, String values, String nearest) {
    String flat = array(type, values);
    Dataset<Row> rows =
        spark
            .range(1)
            .selectExpr(
                "array(" + flat + ") as nested",
                flat + " as flat",
                "cast(" + flat + " as array<float>) as cast");
    float[] expected = floats(nearest);
    CausalAttention stage = identity(expected.length);
    assertThat(only(stage.setInputCol("nested").transform(rows))).containsExactly(expected);
    assertThat(only(stage.setInputCol("flat").transform(rows))).containsExactly(expected);
    assertThat(only(stage.setInputCol("cast").transform(rows))).containsExactly(expected);
  }

  @ParameterizedTest
  @CsvSource({"5,2", "16,15", "18,0", "18,9", "18,18", "19,10", "38,0", "38,38"})
  void anyDecimalBecomesTheNearestFloat(int precision, int scale) {
    int width = 512;
    Random random = new Random(31 * precision + scale);
    List<BigDecimal> values = new ArrayList<>();
    for (int i = 0; i < width; i++) {
      values.add(i % 2 == 0 ? random(random, precision, scale) : halfway(random, precision, scale));
    }
    StructType schema =
        new StructType()
            .add(
                "tokens", DataTypes.createArrayType(DataTypes.createDecimalType(precision, scale)));
    Dataset<Row> rows = spark.createDataFrame(List.of(RowFactory.create(values)), schema);
    float[] found = only(identity(width).transform(rows));
    for (int i = 0; i < width; i++) {
      assertThat(found[i]).as(values.get(i).toPlainString()).isEqualTo(nearest(values.get(i)));
    }
  }

  private static BigDecimal random(Random random, int precision, int scale) {
    BigInteger unscaled = new BigInteger(precision * 10 / 3 - 1, random);
    return new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), scale);
  }

  /** As near to a number halfway between two floats as these decimals get. */
  private static BigDecimal halfway(Random random, int precision, int scale) {
    float below = Math.abs(random(random, precision, scale).floatValue());
    BigDecimal sum = new BigDecimal(below).add(new BigDecimal(Math.nextUp(below)));
    return sum.divide(BigDecimal.valueOf(2)).setScale(scale, java.math.RoundingMode.HALF_EVEN);
  }

  /** By exact arithmetic, and without any narrowing of Java's. */
  private static float nearest(BigDecimal value) {
    float guess = Float.parseFloat(value.toString());
    float best = Math.nextDown(guess);
    for (float candidate : new float[] {guess, Math.nextUp(guess)}) {
      int order = distance(value, candidate).compareTo(distance(value, best));
      boolean even = (Float.floatToRawIntBits(candidate) & 1) == 0;
      best = order < 0 || (order == 0 && even) ? candidate : best;
    }
    return best;
  }

  private static BigDecimal distance(BigDecimal value, float candidate) {
    return value.subtract(new BigDecimal(candidate)).abs();
  }

  @Test
  void whatJsonHoldsIsTakenAsItIs(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("rows.json");
    Files.writeString(file, "{\"id\": 0, \"tokens\": [[1, 2, 3], [4, 5, 6]]}\n");
    Dataset<Row> rows = spark.read().json(file.toString());
    assertThat(rows.schema().apply("tokens").dataType().simpleString())
        .isEqualTo("array<array<bigint>>");
    CausalAttention stage =
        new CausalAttention().setDIn(3).setDOut(2).setSeed(7).setBackend("threads");
    List<float[][]> same = new ArrayList<>();
    same.add(new float[][] {{1, 2, 3}, {4, 5, 6}});
    assertThat(Sequences.byId(stage.transform(rows), "context"))
        .isEqualTo(Sequences.contextOf(stage.config(), stage.weights(), same));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tinyint", "smallint", "int", "bigint", "decimal(7,2)", "decimal(30,2)"})
  void aNullOrAnotherWidthIsRefusedInEachType(String type) {
    CausalAttention stage = identity(2);
    Dataset<Row> missing =
        spark.range(1).selectExpr("array(array(cast(1 as " + type + "), null)) as tokens");
    assertThatThrownBy(() -> stage.transform(missing).collectAsList())
        .rootCause()
        .hasMessageContaining("row 0: token 0 is null at dimension 1.");
    Dataset<Row> wide = spark.range(1).selectExpr(array(type, "1 2 3") + " as tokens");
    assertThatThrownBy(() -> stage.transform(wide).collectAsList())
        .rootCause()
        .hasMessageContaining("row 0: the sequence has 3 values, no multiple of dIn, which is 2.");
  }
}
