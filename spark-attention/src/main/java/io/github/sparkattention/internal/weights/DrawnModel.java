package io.github.sparkattention.internal.weights;

import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.internal.executor.Lease;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.contract.SeededWeights;
import org.apache.spark.SparkContext;

/**
 * The weights of the book's GPTModel, which each executor draws by itself: only the seed travels.
 *
 * @param config the model
 * @param program what is computed
 * @param seed the seed
 */
public record DrawnModel(ModelConfig config, Program program, long seed)
    implements PlanWeights, TaskWeights {
  private static final long serialVersionUID = 1L;

  @Override
  public TaskWeights send(SparkContext context) {
    return this;
  }

  @Override
  public Lease lease(BackendPolicy policy) {
    return ExecutorBackend.lease(
        policy,
        new Fingerprint().add("drawn ").add(seed).add(config).add(program).text(),
        program,
        () -> SeededWeights.gpt(config, seed).only(program));
  }

  @Override
  public String toString() {
    return "weights that each executor draws from seed " + seed;
  }
}
