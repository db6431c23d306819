package io.github.sparkattention;

import io.github.sparkattention.internal.files.WeightsFile;
import io.github.sparkattention.internal.functions.ModelReader;
import io.github.sparkattention.internal.stages.StageFormat;
import io.github.sparkattention.kernels.AttentionWeights;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLWriter;

/** Saves a stage: its weights first, so that a folder with metadata always has them. */
final class StageWriter extends MLWriter {
  private final AttentionStage<?> stage;
  private final AttentionWeights weights;

  StageWriter(AttentionStage<?> stage, AttentionWeights weights) {
    this.stage = stage;
    this.weights = weights;
  }

  @Override
  public void saveImpl(String path) {
    WeightsFile.write(sparkSession(), new Path(path, ModelReader.WEIGHTS).toString(), weights);
    StageFormat.save(stage, path, sparkSession());
  }
}
