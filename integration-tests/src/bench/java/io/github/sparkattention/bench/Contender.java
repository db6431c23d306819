package io.github.sparkattention.bench;

/** Somebody who computes attention: this project, or a peer. */
interface Contender extends AutoCloseable {

  /** What the tables call it. */
  String name();

  /** How many threads compute. */
  int threads();

  /** Does all that comes before the computation: inputs and weights are put where it wants them. */
  PreparedCase prepare(Workload workload);

  @Override
  void close();
}
