package io.github.sparkattention.job;

import java.util.Locale;

/** The file formats that rows are read from and written to. */
enum Format {
  PARQUET,
  JSON,
  ORC;

  /** The name that Spark and the user know it by. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
