package io.github.sparkattention;

import io.github.sparkattention.internal.expressions.LoadedTokenizer;
import io.github.sparkattention.internal.expressions.LongRows;
import io.github.sparkattention.internal.expressions.TextRules;
import io.github.sparkattention.internal.expressions.TokenizeText;
import io.github.sparkattention.internal.files.TokenizerStore;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.stages.StageColumns;
import io.github.sparkattention.internal.stages.StageFormat;
import io.github.sparkattention.internal.stages.TruncatedRows;
import io.github.sparkattention.text.Tokenizer;
import io.github.sparkattention.text.TokenizerFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A stage that turns a column of texts into ids of a model's vocabulary, exactly as Hugging Face's
 * tokenizers do with the same files. A row's ids depend on its text, the files and the params
 * alone.
 *
 * <p>The files at {@link #checkpoint()} are read and checked on the driver when the stage first
 * needs them; the stage, its copies and what {@link #transform} has returned keep what was read.
 * Each executor has one copy of the tokenizer for all of its tasks. A saved stage has the files
 * with it, and needs nothing else.
 *
 * <p>Nothing is cut in silence. Where a checkpoint's own files ask for truncation or padding,
 * {@link #files()} says so, and nothing is done: {@link #maxLength()} and {@link #longRows()}
 * decide.
 *
 * @param <S> the stage's own class, which setters return
 */
public abstract sealed class TokenizerStage<S extends TokenizerStage<S>> extends Transformer
    implements TokenizerParams<S>, MLWritable permits BpeTokenizer, WordPieceTokenizer {
  private static final long serialVersionUID = 1L;

  /** The subfolder of a saved stage with the tokenizer's files. */
  static final String FILES = "tokenizer";

  private final String uid;

  @SuppressWarnings("serial") // Stages stay on the driver.
  private LoadedTokenizer loaded;

  @SuppressWarnings("serial") // As above.
  private TruncatedRows truncated = new TruncatedRows();

  TokenizerStage(String uid) {
    this.uid = uid;
    ParamDeclaration.setDefaults(this);
  }

  abstract S self();

  /** The tokenizers that this stage runs with. */
  abstract Class<? extends Tokenizer> kind();

  /** The name under which plans show what the stage does. */
  abstract String function();

  @Override
  public String uid() {
    return uid;
  }

  /**
   * The tokenizer, for use outside of Spark.
   *
   * @return the tokenizer that the stage runs with
   * @throws IllegalArgumentException if {@link #checkpoint()} is not set, or has no tokenizer that
   *     this stage runs with; the message says why
   */
  public Tokenizer tokenizer() {
    return files().tokenizer();
  }

  /**
   * What was read at {@link #checkpoint()}.
   *
   * @return the files, with the lengths that they name and what they ask for that isn't done
   * @throws IllegalArgumentException as {@link #tokenizer()} does
   */
  public TokenizerFiles files() {
    return loaded().files();
  }

  /**
   * The rows whose text this stage or a copy of it has cut in this application. A row counts each
   * time that it is computed, so one whose task runs again counts again.
   *
   * @return the number of rows
   */
  public long truncatedRows() {
    return truncated.sum();
  }

  private synchronized LoadedTokenizer loaded() {
    if (!isSet(checkpoint())) {
      throw refused("the stage has no tokenizer; set checkpoint to the folder of one");
    }
    if (loaded == null || !loaded.isOf(getCheckpoint())) {
      loaded = load(SparkSession.active(), getCheckpoint());
    }
    return loaded;
  }

  private LoadedTokenizer load(SparkSession session, String path) {
    TokenizerFiles files;
    try {
      files = TokenizerStore.read(SparkInternals.hadoopConf(session), path);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(uid() + ": " + e.getMessage(), e);
    }
    if (!kind().isInstance(files.tokenizer())) {
      throw refused(
          String.format(
              "'%s' must hold a tokenizer for a %s, but holds one of %s",
              path, getClass().getSimpleName(), files.tokenizer().kind()));
    }
    return new LoadedTokenizer(getCheckpoint(), files);
  }

  /** Takes the files of a saved stage, whose params are set already. */
  S withFilesAt(SparkSession session, String folder) {
    loaded = load(session, folder);
    return self();
  }

  private IllegalArgumentException refused(String message) {
    return new IllegalArgumentException(uid() + ": " + message);
  }

  private LongRows longRowsPolicy() {
    return LongRows.parse(getLongRows());
  }

  private boolean splits() {
    return longRowsPolicy() == LongRows.SPLIT;
  }

  private void checkLength() {
    int around = getSpecialTokens() ? tokenizer().specialTokens().count() : 0;
    if (getMaxLength() > 0 && getMaxLength() <= around) {
      throw refused(
          String.format(
              "maxLength must be 0 or more than %d, for so many special tokens are put around each"
                  + " text, but is %d",
              around, getMaxLength()));
    }
  }

  /**
   * Checks the columns and the params, and adds the output columns.
   *
   * @param schema the columns that come in
   * @return the columns that go out
   * @throws IllegalArgumentException if a column is missing, has a wrong type or exists already, or
   *     if there is no tokenizer that the stage runs with
   */
  @Override
  public StructType transformSchema(StructType schema) {
    StageColumns columns = new StageColumns(uid(), schema);
    DataType type = columns.require(getInputCol(), INPUT_COL.name()).dataType();
    if (!(type instanceof StringType)) {
      throw columns.refused(
          String.format(
              "Column '%s' must be string, but is %s.", getInputCol(), type.catalogString()));
    }
    columns.requireNew(getOutputCol(), OUTPUT_COL.name());
    checkLength();
    List<StructField> fields = new ArrayList<>(Arrays.asList(schema.fields()));
    if (splits()) {
      columns.requireNew(getPieceCol(), PIECE_COL.name());
      if (StageColumns.same(getPieceCol(), getOutputCol())) {
        throw columns.refused(
            String.format("pieceCol and outputCol must differ, but both are '%s'.", getPieceCol()));
      }
      fields.add(DataTypes.createStructField(getPieceCol(), DataTypes.IntegerType, true));
    }
    fields.add(DataTypes.createStructField(getOutputCol(), TokenizeText.IDS, true));
    return new StructType(fields.toArray(StructField[]::new));
  }

  /**
   * Adds the output columns. Nothing runs before the result is used.
   *
   * @param dataset the rows
   * @return the rows with the added columns; of a text that is split, one row for each piece
   * @throws IllegalArgumentException if the dataset belongs to Spark Connect, and for the reasons
   *     that {@link #transformSchema} gives
   */
  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    SparkInternals.requireClassic(dataset);
    transformSchema(dataset.schema());
    Column text =
        new StageColumns(uid(), dataset.schema()).of(dataset, getInputCol(), INPUT_COL.name());
    Column ids = ids(text, dataset.sparkSession().sparkContext());
    boolean skips = getHandleInvalid().equals("skip");
    Dataset<?> rows = skips ? dataset.filter(text.isNotNull()) : dataset;
    if (splits()) {
      return rows.select(
          functions.col("*"),
          functions.posexplode_outer(ids).as(new String[] {getPieceCol(), getOutputCol()}));
    }
    if (skips && getMaxLength() > 0 && longRowsPolicy() == LongRows.ERROR) {
      rows = rows.filter(ids.isNotNull());
    }
    return rows.select(functions.col("*"), ids.as(getOutputCol()));
  }

  private Column ids(Column text, SparkContext context) {
    TextRules rules =
        new TextRules(
            TextRules.Caller.STAGE,
            uid(),
            getInputCol(),
            getSpecialTokens(),
            getMaxLength(),
            longRowsPolicy(),
            getHandleInvalid().equals("error"));
    return SparkInternals.column(
        new TokenizeText(
            new TokenizeText.Rules(
                function(), loaded().broadcast(context), rules, truncated.counter(uid(), context)),
            SparkInternals.expression(text)));
  }

  /**
   * Copies the stage, with the tokenizer that it has read.
   *
   * @param extra params that the copy has besides this stage's
   * @return the copy
   */
  @Override
  public S copy(ParamMap extra) {
    S copy = defaultCopy(extra);
    TokenizerStage<S> that = copy;
    that.loaded = loaded;
    that.truncated = truncated;
    return copy;
  }

  /**
   * Saves the stage: its params, and the tokenizer's files in the subfolder {@code tokenizer}.
   *
   * @return a writer
   * @throws IllegalArgumentException as {@link #tokenizer()} does
   */
  @Override
  public MLWriter write() {
    // Read now, before an overwriting save deletes what the files may come from.
    TokenizerFiles files = files();
    return new MLWriter() {
      @Override
      public void saveImpl(String path) {
        TokenizerStore.write(sparkSession(), new Path(path, FILES).toString(), files.files());
        StageFormat.save(TokenizerStage.this, path, sparkSession());
      }
    };
  }
}
