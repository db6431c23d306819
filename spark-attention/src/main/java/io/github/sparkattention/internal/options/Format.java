package io.github.sparkattention.internal.options;

import java.util.Locale;

/** The file formats that rows are read from and written to. */
public enum Format {
  PARQUET,
  JSON,
  ORC;

  /** The name that Spark and the user know it by. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
