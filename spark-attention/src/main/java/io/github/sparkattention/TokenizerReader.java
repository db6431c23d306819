package io.github.sparkattention;

import io.github.sparkattention.internal.spark.SparkInternals.StageMetadata;
import io.github.sparkattention.internal.stages.StageFormat;
import java.util.function.Function;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLReader;

/**
 * Reads a saved stage, with the tokenizer's files that it was saved with.
 *
 * @param <S> the stage's class
 */
final class TokenizerReader<S extends TokenizerStage<S>> extends MLReader<S> {
  private final Class<S> stage;
  private final Function<String, S> create;

  TokenizerReader(Class<S> stage, Function<String, S> create) {
    this.stage = stage;
    this.create = create;
  }

  @Override
  public S load(String path) {
    StageMetadata metadata = StageFormat.load(path, sparkSession(), stage);
    S loaded = create.apply(metadata.uid());
    metadata.setParams(loaded);
    return loaded.withFilesAt(sparkSession(), new Path(path, TokenizerStage.FILES).toString());
  }
}
