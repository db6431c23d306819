package io.github.sparkattention.sql;

/** The fields of the struct that Spark keeps a {@code matrix} in. */
final class MatrixFields {
  static final int TYPE = 0;
  static final int ROWS = 1;
  static final int COLUMNS = 2;

  /** Where each column (of a transposed matrix: row) starts among the values; sparse only. */
  static final int STARTS = 3;

  /** The row (of a transposed matrix: column) of each value; sparse only. */
  static final int INDICES = 4;

  static final int VALUES = 5;

  /** Whether values go row by row, not column by column. */
  static final int TRANSPOSED = 6;

  static final int COUNT = 7;

  /** The type of a dense matrix, which has neither starts nor indices. */
  static final byte DENSE = 1;

  private MatrixFields() {}
}
