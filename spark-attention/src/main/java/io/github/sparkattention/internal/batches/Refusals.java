package io.github.sparkattention.internal.batches;

import org.apache.spark.sql.execution.metric.SQLMetric;

/** Treats a partition's rows that can't be computed as the stage's policy says. */
public final class Refusals {
  private final AttentionSpec spec;
  private final int partition;
  private final SQLMetric count;

  public Refusals(AttentionSpec spec, int partition, SQLMetric count) {
    this.spec = spec;
    this.partition = partition;
    this.count = count;
  }

  /**
   * Refuses a row.
   *
   * @param row the row's ordinal in its partition
   * @param fault what is wrong with it
   * @return whether the row stays, with null results
   * @throws InvalidSequenceException if the policy is to fail
   */
  public boolean refuse(long row, String fault) {
    count.add(1L);
    if (spec.invalidRows() == InvalidRows.ERROR) {
      throw failure(
          row,
          fault
              + ". Set handleInvalid to 'skip' to drop such rows, or to 'keep' for null results.");
    }
    return spec.invalidRows() == InvalidRows.KEEP;
  }

  /**
   * What fails the task, whatever the policy.
   *
   * @param row the row's ordinal in its partition
   * @param fault what is wrong with it, as a sentence
   * @return the exception
   */
  public InvalidSequenceException failure(long row, String fault) {
    return new InvalidSequenceException(
        String.format(
            "%s: column '%s', partition %d, row %d: %s",
            spec.uid(), spec.inputCol(), partition, row, fault));
  }
}
