package io.github.sparkattention;

import io.github.sparkattention.internal.files.ModelFile;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.stages.StageFormat;
import io.github.sparkattention.kernels.checkpoints.Model;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLWriter;

/** Saves a stage with a whole model: its weights first, so that metadata never promise too much. */
final class LanguageModelWriter extends MLWriter {
  /** The folder of the model in a saved stage's folder. */
  static final String MODEL = "model";

  private final LanguageModel stage;

  /** What is copied; null if nothing is. */
  private final Model model;

  LanguageModelWriter(LanguageModel stage, Model model) {
    this.stage = stage;
    this.model = model;
  }

  @Override
  public void saveImpl(String path) {
    if (model != null) {
      ModelFile.write(SparkInternals.hadoopConf(sparkSession()), new Path(path, MODEL), model);
    }
    StageFormat.save(stage, path, sparkSession());
  }
}
