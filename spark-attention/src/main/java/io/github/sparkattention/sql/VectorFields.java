package io.github.sparkattention.sql;

/** The fields of the struct that Spark keeps a {@code vector} in. */
final class VectorFields {
  static final int TYPE = 0;
  static final int SIZE = 1;
  static final int INDICES = 2;
  static final int VALUES = 3;
  static final int COUNT = 4;

  /** The type of a dense vector, which has neither size nor indices. */
  static final byte DENSE = 1;

  private VectorFields() {}
}
