package io.github.sparkattention;

import io.github.sparkattention.internal.spark.SparkInternals.StageMetadata;
import io.github.sparkattention.internal.stages.StageFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.feature.Word2Vec;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;

/**
 * Fits the word vectors of a {@link TokenEmbedding} with Spark's {@link Word2Vec}, so that text,
 * words, vectors and attention make one Pipeline:
 *
 * <pre>{@code
 * new Pipeline().setStages(new PipelineStage[] {
 *   new RegexTokenizer().setInputCol("text").setOutputCol("words"),
 *   new TokenEmbeddingEstimator().setVectorSize(64),
 *   new CausalAttention().setDIn(64).setDOut(64).setNumHeads(4).setSeed(123)
 * });
 * }</pre>
 */
public final class TokenEmbeddingEstimator extends Estimator<TokenEmbedding>
    implements TokenEmbeddingParams<TokenEmbeddingEstimator>,
        Word2VecParams<TokenEmbeddingEstimator>,
        MLWritable {
  private static final long serialVersionUID = 1L;
  private static final String WORD_2_VEC = "word2vec";

  /** What Word2Vec calls the column, for it takes dots in a name as steps into a struct. */
  private static final String WORDS = "embedded_words";

  private final String uid;

  private Word2Vec word2Vec = new Word2Vec();

  /** Makes an estimator with Word2Vec's own defaults. */
  public TokenEmbeddingEstimator() {
    this(Identifiable.randomUID("TokenEmbedding"));
  }

  /**
   * Makes an estimator with Word2Vec's own defaults.
   *
   * @param uid tells the stage apart from all others; the fitted stage has the same
   */
  public TokenEmbeddingEstimator(String uid) {
    this.uid = uid;
    ParamDeclaration.setDefaults(this);
  }

  @Override
  public String uid() {
    return uid;
  }

  /**
   * Sets what learns the vectors, for settings that are shared; those of {@link Word2VecParams}
   * that this estimator has set itself come before it. Its columns don't matter, for {@link
   * #inputCol()} names them.
   *
   * @param value a Word2Vec with the vector size, the least count of a word, the seed, ...
   * @return this estimator
   */
  public TokenEmbeddingEstimator setWord2Vec(Word2Vec value) {
    word2Vec = Objects.requireNonNull(value, "word2Vec");
    return this;
  }

  /**
   * What learns the vectors.
   *
   * @return the Word2Vec itself, no copy, so that its params may go into a grid
   */
  public Word2Vec getWord2Vec() {
    return word2Vec;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return EmbeddingColumns.outputSchema(this, schema);
  }

  @Override
  public TokenEmbedding fit(Dataset<?> dataset) {
    EmbeddingColumns.outputSchema(this, dataset.schema());
    Word2Vec fitting = applyTo(word2Vec).setInputCol(WORDS);
    Column words = EmbeddingColumns.words(this, dataset);
    // Word2Vec can't take null, which has no words to learn from anyway.
    var model = fitting.fit(dataset.where(words.isNotNull()).select(words.as(WORDS)));
    TokenEmbedding stage = new TokenEmbedding(uid).setModel(model.setInputCol(getInputCol()));
    copyValues(stage, new ParamMap());
    return stage.setParent(this);
  }

  @Override
  public TokenEmbeddingEstimator copy(ParamMap extra) {
    TokenEmbeddingEstimator copy = new TokenEmbeddingEstimator(uid);
    copy.word2Vec = word2Vec.copy(extra);
    copyValues(copy, extra);
    return copy;
  }

  /**
   * A writer of the params and, in the subfolder {@code word2vec}, of those of the Word2Vec.
   *
   * @return the writer
   */
  @Override
  public MLWriter write() {
    return new MLWriter() {
      @Override
      public void saveImpl(String path) {
        try {
          word2Vec.write().session(sparkSession()).save(new Path(path, WORD_2_VEC).toString());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        StageFormat.save(TokenEmbeddingEstimator.this, path, sparkSession());
      }
    };
  }

  /**
   * A reader of what {@link #write()} writes.
   *
   * @return the reader
   */
  public static MLReader<TokenEmbeddingEstimator> read() {
    return new MLReader<>() {
      @Override
      public TokenEmbeddingEstimator load(String path) {
        StageMetadata metadata =
            StageFormat.load(path, sparkSession(), TokenEmbeddingEstimator.class);
        TokenEmbeddingEstimator stage = new TokenEmbeddingEstimator(metadata.uid());
        metadata.setParams(stage);
        return stage.setWord2Vec(
            Word2Vec.read().session(sparkSession()).load(new Path(path, WORD_2_VEC).toString()));
      }
    };
  }

  /**
   * Reads a saved estimator.
   *
   * @param path the folder that it was saved to
   * @return the estimator
   */
  public static TokenEmbeddingEstimator load(String path) {
    return read().load(path);
  }
}
