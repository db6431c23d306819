package io.github.sparkattention.bench;

import io.github.sparkattention.LanguageModel;
import io.github.sparkattention.SentenceEmbedder;
import java.nio.file.Path;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * This project's pipeline, as users have it without setting anything else.
 *
 * @param pipeline the stages: a tokenizer and a model
 */
record EmbedderContender(PipelineModel pipeline) implements TextContender {

  /** Loads the pipeline. */
  static EmbedderContender load(Path folder) {
    PipelineModel pipeline = SentenceEmbedder.load(folder.toUri().toString(), (name, value) -> {});
    ((LanguageModel) pipeline.stages()[1]).setBackend("threads");
    return new EmbedderContender(pipeline);
  }

  @Override
  public String name() {
    return Ours.NAME;
  }

  @Override
  public Dataset<Row> embed(Dataset<Row> texts) {
    return pipeline.transform(texts).select("id", SentenceEmbedder.EMBEDDING);
  }

  /** The texts' ids alone, with no model after them. */
  Dataset<Row> ids(Dataset<Row> texts) {
    return pipeline.stages()[0].transform(texts).select("id", "ids");
  }
}
