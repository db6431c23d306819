package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

class NearestRowsTest {
  private static final long SEED = 20250104;
  private static final DataType FLOATS = DataTypes.createArrayType(DataTypes.FloatType);

  private static Dataset<Row> rows(DataType id, DataType vector, Object... idsAndVectors) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < idsAndVectors.length; i += 2) {
      rows.add(RowFactory.create(idsAndVectors[i], idsAndVectors[i + 1]));
    }
    StructType schema = new StructType().add("id", id).add("v", vector);
    return LocalSpark.session().createDataFrame(rows, schema);
  }

  private static List<String> found(Dataset<Row> result) {
    return result
        .selectExpr("id", "cast(nearest.id as string) as found")
        .orderBy("id")
        .collectAsList()
        .stream()
        .map(row -> row.get(0) + " " + row.get(1))
        .toList();
  }

  @Test
  void theNearestRowsComeFirstAndOfEqualOnesThoseWithLowerIds() {
    NearestRows table =
        NearestRows.of(
            rows(
                    DataTypes.StringType,
                    FLOATS,
                    "d",
                    new float[] {0, 1},
                    "b",
                    new float[] {2, 0},
                    "a",
                    new float[] {-1, 0},
                    "c",
                    new float[] {1, 0},
                    "e",
                    new float[] {0, 0})
                .repartition(3),
            "id",
            "v");
    Dataset<Row> queries =
        rows(
            DataTypes.LongType,
            SQLDataTypes.VectorType(),
            1L,
            Vectors.dense(5, 1),
            2L,
            null,
            3L,
            Vectors.sparse(2, new int[] {1}, new double[] {-3}));
    Dataset<Row> result = table.search(queries, "v", 3, "nearest");
    assertThat(result.schema().apply("nearest").dataType().catalogString())
        .isEqualTo("array<struct<id:string,similarity:double>>");
    assertThat(found(result)).containsExactly("1 [b, c, d]", "2 null", "3 [a, b, c]");
    assertThat(found(table.search(queries, "v", 9, "nearest")).get(0))
        .isEqualTo("1 [b, c, d, e, a]");
  }

  @Test
  void theyAreThoseThatSortingAllPairsGives() {
    Random random = new Random(SEED);
    Object[] values = new Object[2 * 200];
    for (int i = 0; i < values.length; i += 2) {
      values[i] = i / 2;
      // Of few values, so that many are equally near.
      values[i + 1] =
          new float[] {random.nextInt(3) - 1, random.nextInt(3) - 1, random.nextInt(3) - 1};
    }
    Dataset<Row> rows = rows(DataTypes.IntegerType, FLOATS, values);
    Dataset<Row> result =
        NearestRows.of(rows, "id", "v").search(rows.repartition(4), "v", 7, "nearest");
    List<Row> pairs =
        rows.alias("a")
            .crossJoin(rows.alias("b"))
            .selectExpr("a.id", "b.id", "cosine_similarity(a.v, b.v)")
            .collectAsList();
    for (Row row : result.collectAsList()) {
      List<String> expected =
          pairs.stream()
              .filter(pair -> pair.getInt(0) == row.getInt(0))
              .sorted(
                  Comparator.<Row>comparingDouble(pair -> -pair.getDouble(2))
                      .thenComparing(pair -> pair.getInt(1)))
              .limit(7)
              .map(pair -> pair.getInt(1) + " " + pair.getDouble(2))
              .toList();
      assertThat(row.<Row>getList(2))
          .as("seed %d, row %d", SEED, row.getInt(0))
          .extracting(found -> found.getInt(0) + " " + found.getDouble(1))
          .containsExactlyElementsOf(expected);
    }
  }

  @Test
  void anEmptyTableHasNoNearestRows() {
    NearestRows empty = NearestRows.of(rows(DataTypes.LongType, FLOATS), "id", "v");
    Dataset<Row> queries = rows(DataTypes.LongType, FLOATS, 1L, new float[] {1});
    assertThat(found(empty.search(queries, "v", 3, "nearest"))).containsExactly("1 []");
  }

  @Test
  void whatDoesntFitIsRefused() {
    assertRefused(
        rows(DataTypes.DoubleType, FLOATS),
        "NearestRows: Column 'id' (idCol) must be bigint, int or string, but is double.");
    assertRefused(
        rows(DataTypes.LongType, DataTypes.StringType),
        "NearestRows: Column 'v' (vectorCol) must be vector, array<float> or array<double>, but is"
            + " string.");
    assertRefused(
        rows(DataTypes.LongType, FLOATS, 1L, new float[] {1}, 1L, new float[] {2}),
        "NearestRows: Column 'id' must have each id once, but has 1 twice.");
    assertRefused(
        rows(DataTypes.LongType, FLOATS, 1L, new float[] {1}, 2L, new float[] {2, 3}),
        "NearestRows: Column 'v' must have vectors of one length, but has 1 and 2 values, these in"
            + " the row with the id 2.");
    assertRefused(
        rows(DataTypes.LongType, FLOATS, 1L, new float[] {1, Float.NaN}),
        "NearestRows: Column 'v' must have finite values, but value 1 in the row with the id 1 is"
            + " none.");
    assertRefused(
        rows(DataTypes.LongType, FLOATS, 1L, null),
        "NearestRows: Column 'v' must have no nulls, but has one in the row with the id 1.");
    assertRefused(
        rows(DataTypes.LongType, FLOATS, null, new float[] {1}),
        "NearestRows: Column 'id' must have no nulls, but has one.");
    NearestRows table =
        NearestRows.of(rows(DataTypes.LongType, FLOATS, 1L, new float[] {1}), "id", "v");
    Dataset<Row> wide = rows(DataTypes.LongType, FLOATS, 1L, new float[] {1, 2});
    assertThatThrownBy(() -> table.search(wide, "v", 0, "nearest"))
        .hasMessage("NearestRows: count must be at least 1, but is 0.");
    assertThatThrownBy(() -> table.search(wide, "v", 1, "id"))
        .hasMessage(
            "NearestRows: Column 'id' exists already; drop it, or set outputCol to another name.");
    assertThatThrownBy(() -> table.search(wide, "v", 1, "nearest").collectAsList())
        .hasStackTraceContaining(
            "column 'v' must have vectors of 1 values, as the table has, but one has 2.");
  }

  private static void assertRefused(Dataset<Row> table, String message) {
    assertThatThrownBy(() -> NearestRows.of(table, "id", "v"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }
}
