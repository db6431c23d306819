package io.github.sparkattention.internal.rows;

import io.github.sparkattention.kernels.Prepared;
import java.util.function.Supplier;

/** A task's program, taken into use when the first batch needs it. */
interface TaskProgram extends Supplier<Prepared>, AutoCloseable {
  /** Gives the program back, if it was taken, for good; closing again does nothing. */
  @Override
  void close();
}
