package io.github.sparkattention.internal.runs;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;

/**
 * Counts what goes into and comes out of a stage while it runs. Both counts belong to the tasks
 * that write, each of which Spark counts once, however often it was tried.
 */
public final class RunCounts {
  private final Observation in = new Observation();
  private final Observation out = new Observation();

  public Dataset<Row> countInput(Dataset<Row> rows) {
    return rows.observe(in, count(lit(1)).as("rows"));
  }

  /**
   * Counts rows with results.
   *
   * @param rows the rows
   * @param resultCol a column that is null where a row couldn't be computed
   * @param tokensCol a column with as many elements as the row has tokens
   * @return the same rows
   */
  public Dataset<Row> countOutput(Dataset<Row> rows, String resultCol, String tokensCol) {
    Column result = column(resultCol);
    return rows.observe(
        out,
        count(lit(1)).as("rows"),
        count_if(result.isNull()).as("nulls"),
        coalesce(sum(when(result.isNotNull(), size(column(tokensCol)))), lit(0L)).as("tokens"));
  }

  private static Column column(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }

  /** Rows that were written. */
  public long rows() {
    return get(out, "rows");
  }

  /** Tokens that were computed. */
  public long tokens() {
    return get(out, "tokens");
  }

  /** Rows that couldn't be computed, whether they were dropped or kept with null. */
  long refused() {
    return get(in, "rows") - rows() + get(out, "nulls");
  }

  /** A plan that Spark finds to be empty has no metrics. */
  private static long get(Observation observation, String metric) {
    try {
      return (Long) observation.getAsJava().getOrDefault(metric, 0L);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the counts", e);
    }
  }
}
