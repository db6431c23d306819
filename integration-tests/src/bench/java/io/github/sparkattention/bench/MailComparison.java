package io.github.sparkattention.bench;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.lower;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.substring_index;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.github.sparkattention.SentenceEmbedder;
import io.github.sparkattention.TokenizerStage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.feature.Word2Vec;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Logistic regression on several kinds of vectors of the same mails, with the same split.
 *
 * <p>A mail is in the test if a hash of its subject says so, without reply marks, digits and
 * punctuation: replies to a mail, and mails of one campaign, are all in the test or all in the
 * training. Mails with equal texts count once.
 */
final class MailComparison {
  private static final int TEST_SHARE = 5;
  private static final int CLUSTERS = 10;
  private static final long SEED = 123;

  private final Dataset<Row> mails;
  private final Path folder;
  private final Map<String, String> facts = new LinkedHashMap<>();

  /**
   * Reads mails.
   *
   * @param file what notebooks/fetch-mails has written
   * @param rows so many mails are taken at most, chosen by a hash
   * @param folder a folder for vectors
   */
  MailComparison(SparkSession session, Path file, int rows, Path folder) {
    // Some thousand rows don't need the 200 partitions that Spark makes after a shuffle.
    session.conf().set("spark.sql.shuffle.partitions", 4);
    StructType schema =
        new StructType().add("label", DataTypes.StringType).add("text", DataTypes.StringType);
    Dataset<Row> all =
        session.read().schema(schema).json(file.toString()).dropDuplicates("text").na().drop();
    this.mails =
        all.orderBy(xxhash64(col("text")), col("text"))
            .limit(rows)
            .select(
                when(col("label").equalTo("spam"), 1.0).otherwise(0.0).as("label"),
                col("text"),
                pmod(xxhash64(stem()), lit(TEST_SHARE)).equalTo(0).as("test"))
            .repartition(4 * session.sparkContext().defaultParallelism())
            .cache();
    this.folder = folder;
    facts.put("Mails", describe(all.count()));
  }

  /** A subject without reply marks, digits and punctuation. */
  private static Column stem() {
    return regexp_replace(
        lower(substring_index(col("text"), "\n", 1)), "\\b(re|fwd?)\\b|[^\\p{L}]+", "");
  }

  private String describe(long all) {
    Row test = counts(true);
    Row train = counts(false);
    double spam = test.getDouble(1) / test.getLong(0);
    return String.format(
        Locale.ROOT,
        "%,d of %,d with different texts: %,d to learn from, of which %.1f %% are spam, and %,d to"
            + " test with, of which %.1f %% are; the majority's label alone is right for %.1f %%",
        train.getLong(0) + test.getLong(0),
        all,
        train.getLong(0),
        100 * train.getDouble(1) / train.getLong(0),
        test.getLong(0),
        100 * spam,
        100 * Math.max(spam, 1 - spam));
  }

  private Row counts(boolean test) {
    return mails.where(col("test").equalTo(test)).agg(count(lit(1)), sum(col("label"))).first();
  }

  /** Facts for the report, of what has run so far. */
  Map<String, String> facts() {
    return facts;
  }

  /** The pooled vectors of a trained encoder. */
  MailResult encoder(Path checkpoint) {
    Map<String, String> said = new LinkedHashMap<>();
    PipelineModel pipeline = SentenceEmbedder.load(checkpoint.toString(), said::put);
    TokenizerStage<?> tokenizer = (TokenizerStage<?>) pipeline.stages()[0];
    tokenizer.setLongRows("truncate");
    String vectors = folder.resolve("encoder").toString();
    long start = System.nanoTime();
    pipeline
        .transform(mails)
        .withColumnRenamed(SentenceEmbedder.EMBEDDING, "features")
        .write()
        .parquet(vectors);
    double seconds = (System.nanoTime() - start) / 1e9;
    Dataset<Row> rows = mails.sparkSession().read().parquet(vectors);
    long ids = rows.selectExpr("sum(size(ids))").first().getLong(0);
    facts.put("Encoder", said.get("model") + "; " + said.get("tokenizer"));
    facts.put(
        "Encoding",
        String.format(
            Locale.ROOT,
            "%,d ids in %.0f s; %,d mails are longer than %d ids, and cut there",
            ids,
            seconds,
            tokenizer.truncatedRows(),
            tokenizer.getMaxLength()));
    return classify("all-MiniLM-L6-v2, the first " + tokenizer.getMaxLength() + " ids", rows);
  }

  /** The means of word vectors that Word2Vec learns from the training mails. */
  MailResult wordVectors(int width) {
    Dataset<Row> words =
        new RegexTokenizer()
            .setInputCol("text")
            .setOutputCol("words")
            .setPattern("[^\\p{L}'’]+")
            .transform(mails);
    Word2Vec word2Vec =
        new Word2Vec()
            .setInputCol("words")
            .setOutputCol("features")
            .setVectorSize(width)
            .setMinCount(5)
            .setMaxIter(5)
            .setSeed(SEED);
    Dataset<Row> rows =
        word2Vec.fit(words.where(col("test").equalTo(false))).transform(words).cache();
    return classify("mean of Word2Vec's vectors, all words", rows);
  }

  private static MailResult classify(String vectors, Dataset<Row> rows) {
    Dataset<Row> test =
        new LogisticRegression()
            .setMaxIter(100)
            .setRegParam(0.001)
            .fit(rows.where(col("test").equalTo(false)))
            .transform(rows.where(col("test")))
            .groupBy("label", "prediction")
            .count()
            .cache();
    double hits = mails(test, "label = 1 and prediction = 1");
    double wrong = mails(test, "label <> prediction");
    double right = mails(test, "label = prediction");
    Dataset<Row> clusters =
        new KMeans()
            .setK(CLUSTERS)
            .setSeed(SEED)
            .setPredictionCol("cluster")
            .fit(rows)
            .transform(rows)
            .groupBy("cluster", "label")
            .count();
    long pure =
        clusters
            .groupBy("cluster")
            .agg(max("count").as("most"))
            .agg(sum(col("most")))
            .first()
            .getLong(0);
    return new MailResult(
        vectors,
        rows.select("features").first().<Vector>getAs(0).size(),
        right / (right + wrong),
        2 * hits / (2 * hits + wrong),
        (double) pure / rows.count());
  }

  private static double mails(Dataset<Row> counts, String condition) {
    Row row = counts.where(condition).agg(sum(col("count"))).first();
    return row.isNullAt(0) ? 0 : row.getLong(0);
  }
}
