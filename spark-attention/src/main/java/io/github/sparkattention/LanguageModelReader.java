package io.github.sparkattention;

import io.github.sparkattention.internal.spark.SparkInternals.StageMetadata;
import io.github.sparkattention.internal.stages.StageFormat;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLReader;

/** Reads a saved stage with a whole model. */
final class LanguageModelReader extends MLReader<LanguageModel> {

  @Override
  public LanguageModel load(String path) {
    StageMetadata metadata = StageFormat.load(path, sparkSession(), LanguageModel.class);
    LanguageModel stage = new LanguageModel(metadata.uid());
    metadata.setParams(stage);
    if (stage.isSet(stage.checkpoint()) && stage.getSaveWeights().equals("copy")) {
      // Wherever the folder is now, and whatever has become of what was copied.
      stage.setCheckpoint(new Path(path, LanguageModelWriter.MODEL).toString());
    }
    return stage;
  }
}
