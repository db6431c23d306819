package io.github.sparkattention.bench;

import java.io.Serializable;
import java.nio.file.Path;
import java.util.List;

/** A model that makes vectors of texts inside a task. Tasks share it. */
interface TextEncoder {

  /** The vector of each text. */
  List<float[]> embed(List<String> texts);

  /** Loads a model. */
  @FunctionalInterface
  interface Loader extends Serializable {
    TextEncoder load(Path folder);
  }
}
