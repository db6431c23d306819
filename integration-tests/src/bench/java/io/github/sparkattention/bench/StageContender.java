package io.github.sparkattention.bench;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.kernels.AttentionConfig;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * This project's stage, as users have it without setting anything else.
 *
 * @param config the layer
 */
record StageContender(AttentionConfig config) implements SparkContender {

  @Override
  public String name() {
    return Ours.NAME;
  }

  @Override
  public Dataset<Row> context(Dataset<Row> rows) {
    return new CausalAttention()
        .setInputCol("tokens")
        .setOutputCol("context")
        .setBackend("threads")
        .setDIn(config.dIn())
        .setDOut(config.dOut())
        .setNumHeads(config.numHeads())
        .setSeed(Workload.WEIGHTS_SEED)
        .transform(rows)
        .select("id", "context");
  }
}
