package io.github.sparkattention.internal.forms;

/** The fields of the structs that Spark ML keeps its own types in. */
public final class StructFields {
  private StructFields() {}

  /** The fields of the struct that Spark keeps a {@code vector} in. */
  public static final class Vector {
    public static final int TYPE = 0;
    public static final int SIZE = 1;
    public static final int INDICES = 2;
    public static final int VALUES = 3;
    public static final int COUNT = 4;

    /** The type of a dense vector, which has neither size nor indices. */
    public static final byte DENSE = 1;

    private Vector() {}
  }

  /** The fields of the struct that Spark keeps a {@code matrix} in. */
  public static final class Matrix {
    public static final int TYPE = 0;
    public static final int ROWS = 1;
    public static final int COLUMNS = 2;

    /** Where each column (of a transposed matrix: row) starts among the values; sparse only. */
    public static final int STARTS = 3;

    /** The row (of a transposed matrix: column) of each value; sparse only. */
    public static final int INDICES = 4;

    public static final int VALUES = 5;

    /** Whether values go row by row, not column by column. */
    public static final int TRANSPOSED = 6;

    public static final int COUNT = 7;

    /** The type of a dense matrix, which has neither starts nor indices. */
    public static final byte DENSE = 1;

    private Matrix() {}
  }
}
