package io.github.sparkattention;

import io.github.sparkattention.internal.files.WeightsFile;
import io.github.sparkattention.internal.functions.ModelReader;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.spark.SparkInternals.StageMetadata;
import io.github.sparkattention.internal.stages.StageFormat;
import java.util.function.Function;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLReader;

/**
 * Reads a saved stage, with the weights that it ran with when it was saved.
 *
 * @param <S> the stage's class
 */
final class StageReader<S extends AttentionStage<S>> extends MLReader<S> implements ModelReader {
  private final Class<S> stage;
  private final Function<String, S> create;

  StageReader(Class<S> stage, Function<String, S> create) {
    this.stage = stage;
    this.create = create;
  }

  @Override
  public S load(String path) {
    return load(path, SparkInternals.loadMetadata(path, sparkSession()));
  }

  @Override
  public S load(String path, StageMetadata metadata) {
    StageFormat.check(path, metadata, stage);
    S loaded = create.apply(metadata.uid());
    metadata.setParams(loaded);
    String file = new Path(path, WEIGHTS).toString();
    loaded.setWeights(WeightsFile.read(sparkSession(), file, "").weights());
    return loaded;
  }
}
