package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.PackedSequences;

/** Somebody who computes a whole model: this project, or a peer. */
interface ModelContender extends AutoCloseable {

  /** What the tables call it. */
  String name();

  /** Does all that comes before the computation of a batch. */
  PreparedCase prepare(PackedSequences batch);

  @Override
  void close();
}
