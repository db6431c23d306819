package io.github.sparkattention.internal.forms;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** Decodes Spark's {@code matrix}, dense or sparse, by rows or by columns: a row is a token. */
final class MatrixDecoder implements RowDecoder<float[]> {
  private final int column;
  private final int width;
  private final ValueArray values;

  MatrixDecoder(int column, int width, ValueArray values) {
    this.column = column;
    this.width = width;
    this.values = values;
  }

  @Override
  public int length(UnsafeRow row) {
    return Math.max(0, matrix(row).getInt(StructFields.Matrix.ROWS));
  }

  private UnsafeRow matrix(UnsafeRow row) {
    return row.getStruct(column, StructFields.Matrix.COUNT);
  }

  private static boolean isDense(UnsafeRow matrix) {
    return matrix.getByte(StructFields.Matrix.TYPE) == StructFields.Matrix.DENSE;
  }

  @Override
  public String shapeFault(UnsafeRow row) {
    UnsafeRow matrix = matrix(row);
    int rows = matrix.getInt(StructFields.Matrix.ROWS);
    int columns = matrix.getInt(StructFields.Matrix.COLUMNS);
    if (rows < 0 || columns < 0) {
      return String.format("the matrix is %d x %d", rows, columns);
    }
    // A matrix without rows has no token that could be of another width.
    if (rows > 0 && columns != width) {
      return String.format("the matrix has %d columns, but dIn is %d", columns, width);
    }
    boolean sparse = !isDense(matrix);
    if (matrix.isNullAt(StructFields.Matrix.VALUES)
        || (sparse
            && (matrix.isNullAt(StructFields.Matrix.STARTS)
                || matrix.isNullAt(StructFields.Matrix.INDICES)))) {
      return "the matrix has no values";
    }
    int count = matrix.getArray(StructFields.Matrix.VALUES).numElements();
    return sparse || count == (long) rows * columns
        ? null
        : String.format("the matrix is %d x %d, but has %d values", rows, columns, count);
  }

  @Override
  public String decode(UnsafeRow row, float[] tokens, int firstToken) {
    UnsafeRow matrix = matrix(row);
    int rows = matrix.getInt(StructFields.Matrix.ROWS);
    if (rows == 0) {
      return null;
    }
    values.pointTo(
        matrix.getBaseObject(), matrix.getBaseOffset(), matrix.getLong(StructFields.Matrix.VALUES));
    boolean byRows = matrix.getBoolean(StructFields.Matrix.TRANSPOSED);
    if (!isDense(matrix)) {
      return sparse(matrix, rows, byRows, tokens, firstToken);
    }
    return byRows ? denseRows(rows, tokens, firstToken) : denseColumns(rows, tokens, firstToken);
  }

  private String denseRows(int rows, float[] tokens, int firstToken) {
    for (int i = 0; i < rows; i++) {
      String fault = values.copyToken(i, i * width, width, tokens, firstToken);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private String denseColumns(int rows, float[] tokens, int firstToken) {
    for (int d = 0; d < width; d++) {
      for (int i = 0; i < rows; i++) {
        String fault = put(i, d, values.value(d * rows + i), tokens, firstToken);
        if (fault != null) {
          return fault;
        }
      }
    }
    return null;
  }

  private String put(int token, int dimension, double value, float[] tokens, int firstToken) {
    float narrow = (float) value;
    tokens[(firstToken + token) * width + dimension] = narrow;
    return Float.isFinite(narrow) ? null : TokenFaults.notFinite(token, dimension, value);
  }

  private String sparse(
      UnsafeRow matrix, int rows, boolean byRows, float[] tokens, int firstToken) {
    UnsafeArrayData starts = matrix.getArray(StructFields.Matrix.STARTS);
    UnsafeArrayData indices = matrix.getArray(StructFields.Matrix.INDICES);
    int lines = byRows ? rows : width;
    int across = byRows ? width : rows;
    if (starts.numElements() != lines + 1 || indices.numElements() != values.count()) {
      return String.format(
          "the sparse matrix is %d x %d, but has %d starts, %d indices and %d values",
          rows, width, starts.numElements(), indices.numElements(), values.count());
    }
    Arrays.fill(tokens, firstToken * width, (firstToken + rows) * width, 0f);
    for (int line = 0; line < lines; line++) {
      int from = starts.getInt(line);
      int to = starts.getInt(line + 1);
      if (from < 0 || to < from || to > values.count()) {
        return String.format(
            "the sparse matrix has the values %d up to %d in line %d, but %d values in all",
            from, to, line, values.count());
      }
      for (int k = from; k < to; k++) {
        int index = indices.getInt(k);
        if (index < 0 || index >= across) {
          return String.format(
              "the sparse matrix has the index %d in line %d, but must have less than %d",
              index, line, across);
        }
        String fault =
            byRows
                ? put(line, index, values.value(k), tokens, firstToken)
                : put(index, line, values.value(k), tokens, firstToken);
        if (fault != null) {
          return fault;
        }
      }
    }
    return null;
  }
}
