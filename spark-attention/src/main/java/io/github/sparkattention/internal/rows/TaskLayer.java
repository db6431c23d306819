package io.github.sparkattention.internal.rows;

import io.github.sparkattention.kernels.Prepared;
import java.util.function.Supplier;

/** A task's layer, taken into use when the first batch needs it. */
interface TaskLayer extends Supplier<Prepared>, AutoCloseable {
  /** Gives the layer back, if it was taken, for good; closing again does nothing. */
  @Override
  void close();
}
