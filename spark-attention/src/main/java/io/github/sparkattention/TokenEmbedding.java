package io.github.sparkattention;

import io.github.sparkattention.internal.spark.SparkInternals.StageMetadata;
import io.github.sparkattention.internal.stages.EmbedWords;
import io.github.sparkattention.internal.stages.FittedVectors;
import io.github.sparkattention.internal.stages.SinusoidalPositions;
import io.github.sparkattention.internal.stages.StageFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.feature.Word2VecModel;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * Turns a column of words, {@code array<string>}, into token embeddings, {@code
 * array<array<float>>}: the vectors of a fitted {@link Word2VecModel}, one a word, in the words'
 * order. Where the words are null, so are the tokens.
 *
 * <p>With a model at hand, this is a transformer: {@code new TokenEmbedding(model)}. To fit the
 * vectors within a Pipeline, put a {@link TokenEmbeddingEstimator} there.
 */
public final class TokenEmbedding extends Model<TokenEmbedding>
    implements TokenEmbeddingParams<TokenEmbedding>, MLWritable {
  private static final long serialVersionUID = 1L;
  private static final String WORD_2_VEC = "word2vec";

  private final String uid;

  @SuppressWarnings("serial") // Stages stay on the driver.
  private FittedVectors vectors;

  /** Makes a stage that still needs a model. */
  public TokenEmbedding() {
    this(Identifiable.randomUID("TokenEmbedding"));
  }

  /**
   * Makes a stage.
   *
   * @param model the fitted model that has the words' vectors
   */
  public TokenEmbedding(Word2VecModel model) {
    this();
    vectors = new FittedVectors(Objects.requireNonNull(model, "model"));
  }

  /**
   * Makes a stage that still needs a model.
   *
   * @param uid the stage's unique id
   */
  public TokenEmbedding(String uid) {
    this.uid = uid;
    ParamDeclaration.setDefaults(this);
  }

  @Override
  public String uid() {
    return uid;
  }

  /**
   * Sets the model that has the words' vectors.
   *
   * @param model a fitted model
   * @return this stage
   */
  public TokenEmbedding setModel(Word2VecModel model) {
    vectors = new FittedVectors(Objects.requireNonNull(model, "model"));
    return this;
  }

  /**
   * The model that has the words' vectors.
   *
   * @return the fitted model
   * @throws IllegalStateException if there is none yet
   */
  public Word2VecModel model() {
    return vectors().model();
  }

  private FittedVectors vectors() {
    if (vectors == null) {
      throw new IllegalStateException(
          uid
              + " has no word vectors: call setModel with a fitted Word2VecModel, or fit a"
              + " TokenEmbeddingEstimator.");
    }
    return vectors;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return EmbeddingColumns.outputSchema(this, schema);
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    EmbeddingColumns.outputSchema(this, dataset.schema());
    boolean encodes = getPositions().equals("sinusoidal");
    EmbedWords embed =
        new EmbedWords(
            uid,
            getInputCol(),
            vectors().broadcast(dataset.sparkSession().sparkContext()),
            getUnknownWords(),
            encodes ? new SinusoidalPositions(model().getVectorSize()) : null);
    UserDefinedFunction function =
        functions.udf(embed, EmbeddingColumns.SEQUENCE).withName("embed_words");
    return dataset.withColumn(
        getOutputCol(), function.apply(EmbeddingColumns.words(this, dataset)));
  }

  @Override
  public TokenEmbedding copy(ParamMap extra) {
    TokenEmbedding copy = new TokenEmbedding(uid);
    copy.vectors = vectors;
    copyValues(copy, extra);
    return hasParent() ? copy.setParent(parent()) : copy;
  }

  /**
   * A writer of the params and, in the subfolder {@code word2vec}, of the model.
   *
   * @return the writer
   */
  @Override
  public MLWriter write() {
    return new MLWriter() {
      @Override
      public void saveImpl(String path) {
        // The model first, so that a folder with metadata always has it.
        try {
          model().write().session(sparkSession()).save(new Path(path, WORD_2_VEC).toString());
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
        StageFormat.save(TokenEmbedding.this, path, sparkSession());
      }
    };
  }

  /**
   * A reader of what {@link #write()} writes.
   *
   * @return the reader
   */
  public static MLReader<TokenEmbedding> read() {
    return new MLReader<>() {
      @Override
      public TokenEmbedding load(String path) {
        StageMetadata metadata = StageFormat.load(path, sparkSession(), TokenEmbedding.class);
        TokenEmbedding stage = new TokenEmbedding(metadata.uid());
        metadata.setParams(stage);
        return stage.setModel(
            Word2VecModel.read()
                .session(sparkSession())
                .load(new Path(path, WORD_2_VEC).toString()));
      }
    };
  }

  /**
   * Reads a saved stage.
   *
   * @param path the folder that it was saved to
   * @return the stage
   */
  public static TokenEmbedding load(String path) {
    return read().load(path);
  }
}
