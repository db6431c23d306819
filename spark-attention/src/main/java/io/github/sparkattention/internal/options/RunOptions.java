package io.github.sparkattention.internal.options;

import io.github.sparkattention.BatchParams;
import io.github.sparkattention.TokenizerStage;
import io.github.sparkattention.internal.batches.InvalidRows;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.util.Iterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine.Option;

/** How a stage is run over the rows. */
public final class RunOptions {
  /** What picocli lists in the help. */
  private static final class BackendNames implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return BackendPolicy.all().stream().map(BackendPolicy::toString).iterator();
    }
  }

  @Option(
      names = "--backend",
      paramLabel = "NAME",
      completionCandidates = BackendNames.class,
      description =
          "What computes: ${COMPLETION-CANDIDATES} (default: what --conf spark.attention.backend"
              + " says, or else auto).")
  private BackendPolicy backend;

  @Option(names = "--batch-tokens", paramLabel = "N", description = "${bundle:batchTokens}.")
  private Integer batchTokens;

  @Option(
      names = "--handle-invalid",
      paramLabel = "HOW",
      description = "${bundle:handleInvalid} (default: ${DEFAULT-VALUE}).")
  private InvalidRows invalidRows = InvalidRows.ERROR;

  @Option(
      names = "--partitions",
      paramLabel = "N",
      description = "Spread the rows evenly over this many tasks first.")
  private Integer partitions;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException if one is out of range
   */
  public void check() {
    atLeast1("batchTokens", batchTokens);
    atLeast1("partitions", partitions);
  }

  private static void atLeast1(String name, Integer value) {
    if (value != null && value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, but is " + value);
    }
  }

  /** What the user asked for; null if nothing. */
  public BackendPolicy backend() {
    return backend;
  }

  public InvalidRows invalidRows() {
    return invalidRows;
  }

  public void applyTo(BatchParams<?> stage) {
    if (backend != null) {
      stage.setBackend(backend.toString());
    }
    stage.setHandleInvalid(invalidRows.toString());
    if (batchTokens != null) {
      stage.setBatchTokens(batchTokens);
    }
  }

  public void applyTo(TokenizerStage<?> tokenizer) {
    tokenizer.setHandleInvalid(invalidRows.toString());
  }

  public Dataset<Row> spread(Dataset<Row> rows) {
    return partitions == null ? rows : rows.repartition(partitions);
  }
}
