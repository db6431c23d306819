package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.RegexTokenizer;
import org.apache.spark.ml.feature.Word2Vec;
import org.apache.spark.ml.feature.Word2VecModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenEmbeddingTest {
  private static final int WIDTH = 6;
  private static final List<List<String>> WORDS =
      Arrays.asList(
          List.of("the", "cat", "sat"),
          List.of(),
          null,
          List.of("sat", "unicorn", "the"),
          Arrays.asList("cat", null));

  private static final Map<String, float[]> VECTORS = new HashMap<>();
  private static Word2VecModel model;

  @BeforeAll
  static void fitTheVectors() {
    List<List<String>> known = List.of(List.of("the", "cat", "sat"), List.of("the", "dog", "sat"));
    model = word2Vec().setInputCol("words").fit(rows(known));
    for (Row row : model.getVectors().collectAsList()) {
      double[] values = row.<Vector>getAs(1).toArray();
      float[] vector = new float[values.length];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = (float) values[i];
      }
      VECTORS.put(row.getString(0), vector);
    }
  }

  private static Word2Vec word2Vec() {
    return new Word2Vec().setVectorSize(WIDTH).setMinCount(1).setSeed(5).setNumPartitions(1);
  }

  private static Dataset<Row> rows(List<List<String>> words) {
    List<Row> rows = new ArrayList<>();
    for (List<String> list : words) {
      rows.add(RowFactory.create((long) rows.size(), list));
    }
    StructType schema =
        new StructType()
            .add("id", DataTypes.LongType)
            .add("words", DataTypes.createArrayType(DataTypes.StringType));
    return LocalSpark.session().createDataFrame(rows, schema);
  }

  private static List<float[][]> embed(TokenEmbedding stage) {
    List<float[][]> sequences = new ArrayList<>();
    for (Row row : stage.transform(rows(WORDS)).orderBy("id").collectAsList()) {
      sequences.add(row.isNullAt(2) ? null : Sequences.floats(row, 2));
    }
    return sequences;
  }

  @Test
  void eachWordBecomesItsVectorAndAnUnknownOneZeros() {
    List<float[][]> sequences = embed(new TokenEmbedding(model));
    assertThat(sequences.get(0))
        .isDeepEqualTo(new float[][] {VECTORS.get("the"), VECTORS.get("cat"), VECTORS.get("sat")});
    assertThat(sequences.get(1)).isEmpty();
    assertThat(sequences.get(2)).isNull();
    assertThat(sequences.get(3))
        .isDeepEqualTo(new float[][] {VECTORS.get("sat"), new float[WIDTH], VECTORS.get("the")});
    assertThat(sequences.get(4))
        .isDeepEqualTo(new float[][] {VECTORS.get("cat"), new float[WIDTH]});
  }

  @Test
  void unknownWordsCanBeSkipped() {
    List<float[][]> sequences = embed(new TokenEmbedding(model).setUnknownWords("skip"));
    assertThat(sequences.get(3))
        .isDeepEqualTo(new float[][] {VECTORS.get("sat"), VECTORS.get("the")});
    assertThat(sequences.get(4)).isDeepEqualTo(new float[][] {VECTORS.get("cat")});
  }

  @Test
  void unknownWordsCanBeAnErrorThatNamesTheWord() {
    TokenEmbedding stage = new TokenEmbedding("embedding").setModel(model).setUnknownWords("error");
    assertThatThrownBy(() -> stage.transform(rows(WORDS)).collectAsList())
        .rootCause()
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("embedding: the word 'unicorn' in column 'words' has no vector");
  }

  @Test
  void positionsAreAddedByTheFormulaOfThePaper() {
    List<float[][]> sequences = embed(new TokenEmbedding(model).setPositions("sinusoidal"));
    float[][] tokens = sequences.get(0);
    String[] words = {"the", "cat", "sat"};
    for (int position = 0; position < tokens.length; position++) {
      for (int i = 0; i < WIDTH; i++) {
        double angle = position / Math.pow(10000, (double) (i - i % 2) / WIDTH);
        double encoding = i % 2 == 0 ? Math.sin(angle) : Math.cos(angle);
        assertThat((double) tokens[position][i])
            .isEqualTo(VECTORS.get(words[position])[i] + encoding, within(1e-6));
      }
    }
    // The model's own vectors must have stayed as they were.
    assertThat(embed(new TokenEmbedding(model)).get(0)[1]).isEqualTo(VECTORS.get("cat"));
  }

  @Test
  void wrongColumnsAreRefusedOnTheDriver() {
    TokenEmbedding stage = new TokenEmbedding("embedding").setModel(model);
    Dataset<Row> rows = rows(WORDS);
    assertThatThrownBy(() -> stage.transform(rows.drop("words")))
        .hasMessage("embedding: Column 'words' (inputCol) is missing; the columns are id.");
    assertThatThrownBy(() -> stage.transform(rows.withColumn("words", functions.lit("a b"))))
        .hasMessage("embedding: Column 'words' must be array<string>, but is string.");
    assertThatThrownBy(() -> stage.transform(rows.withColumn("tokens", functions.lit(1))))
        .hasMessageContaining("embedding: Column 'tokens' exists already");
    assertThatThrownBy(() -> new TokenEmbedding("embedding").transform(rows))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("embedding has no word vectors: call setModel");
    assertThatThrownBy(() -> stage.setUnknownWords("guess"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("unknownWords");
  }

  @Test
  void savedAndLoadedItGivesTheSame(@TempDir Path folder) throws IOException {
    TokenEmbedding stage =
        new TokenEmbedding(model).setPositions("sinusoidal").setUnknownWords("skip");
    String path = folder.resolve("stage").toUri().toString();
    stage.save(path);
    assertThatThrownBy(() -> stage.save(path)).hasMessageContaining("already exists");
    stage.write().overwrite().save(path);

    TokenEmbedding loaded = TokenEmbedding.load(path);
    assertThat(loaded.uid()).isEqualTo(stage.uid());
    assertThat(loaded.getPositions()).isEqualTo("sinusoidal");
    assertThat(loaded.getUnknownWords()).isEqualTo("skip");
    assertThat(embed(loaded).get(3)).isDeepEqualTo(embed(stage).get(3));
    assertThat(embed(stage.copy(new ParamMap())).get(0)).isDeepEqualTo(embed(stage).get(0));
  }

  @Test
  void theEstimatorIsSavedWithItsWord2Vec(@TempDir Path folder) throws IOException {
    String path = folder.resolve("estimator").toUri().toString();
    new TokenEmbeddingEstimator().setWord2Vec(word2Vec()).setOutputCol("vectors").save(path);
    TokenEmbeddingEstimator loaded = TokenEmbeddingEstimator.load(path);
    assertThat(loaded.getOutputCol()).isEqualTo("vectors");
    assertThat(loaded.getWord2Vec().getVectorSize()).isEqualTo(WIDTH);
    TokenEmbedding fitted = loaded.fit(rows(WORDS));
    assertThat(fitted.model().getVectorSize()).isEqualTo(WIDTH);
    assertThat(fitted.getOutputCol()).isEqualTo("vectors");
    assertThat(fitted.parent()).isEqualTo(loaded);
  }

  @Test
  void theEstimatorsOwnParamsComeBeforeThoseOfItsWord2Vec(@TempDir Path folder) throws IOException {
    Word2Vec given = word2Vec();
    TokenEmbeddingEstimator estimator =
        new TokenEmbeddingEstimator().setWord2Vec(given).setVectorSize(WIDTH + 1);
    assertThat(estimator.fit(rows(WORDS)).model().getVectorSize()).isEqualTo(WIDTH + 1);
    assertThat(given.getVectorSize()).isEqualTo(WIDTH);

    String path = folder.resolve("estimator").toUri().toString();
    estimator.save(path);
    TokenEmbeddingEstimator loaded = TokenEmbeddingEstimator.load(path);
    assertThat(loaded.getVectorSize()).isEqualTo(WIDTH + 1);
    assertThat(loaded.getWord2Vec().getVectorSize()).isEqualTo(WIDTH);
    assertThat(loaded.copy(new ParamMap()).getVectorSize()).isEqualTo(WIDTH + 1);
  }

  @Test
  void everyParamOfTheEstimatorThatWord2VecHasReachesIt() {
    TokenEmbeddingEstimator estimator =
        new TokenEmbeddingEstimator()
            .setVectorSize(3)
            .setWindowSize(4)
            .setMinCount(2)
            .setMaxSentenceLength(50)
            .setMaxIter(6)
            .setStepSize(0.5)
            .setNumPartitions(7)
            .setSeed(8);
    Word2Vec untouched = new Word2Vec();
    Word2Vec applied = estimator.applyTo(untouched);
    for (String name :
        List.of(
            "vectorSize",
            "windowSize",
            "minCount",
            "maxSentenceLength",
            "maxIter",
            "stepSize",
            "numPartitions",
            "seed")) {
      assertThat(applied.getOrDefault(applied.getParam(name)))
          .as(name)
          .isEqualTo(estimator.getOrDefault(estimator.getParam(name)))
          .isNotEqualTo(untouched.getOrDefault(untouched.getParam(name)));
    }
    assertThatThrownBy(() -> estimator.setVectorSize(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("vectorSize given invalid value 0");
  }

  @Test
  void onePipelineGoesFromTextToContextInBatchAndStream(@TempDir Path folder) throws Exception {
    Dataset<Row> text =
        rows(WORDS)
            .where("words is not null and size(words) > 0")
            .select(
                functions.col("id"), functions.array_join(functions.col("words"), " ").as("text"));
    String input = folder.resolve("text").toUri().toString();
    text.write().parquet(input);
    Pipeline pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  new RegexTokenizer().setInputCol("text").setOutputCol("words"),
                  new TokenEmbeddingEstimator().setWord2Vec(word2Vec()).setPositions("sinusoidal"),
                  new CausalAttention().setDIn(WIDTH).setDOut(4).setNumHeads(2).setSeed(123)
                });
    PipelineModel fitted = pipeline.fit(text);
    Map<Long, String> batch = Sequences.byId(fitted.transform(text), "context");
    assertThat(batch).hasSize(3);

    String saved = folder.resolve("model").toUri().toString();
    fitted.save(saved);
    PipelineModel loaded = PipelineModel.load(saved);
    assertThat(Sequences.byId(loaded.transform(text), "context")).isEqualTo(batch);

    Dataset<Row> stream = LocalSpark.session().readStream().schema(text.schema()).parquet(input);
    var query =
        loaded
            .transform(stream)
            .writeStream()
            .format("memory")
            .queryName("embedded")
            .trigger(Trigger.AvailableNow())
            .start();
    query.awaitTermination();
    assertThat(Sequences.byId(LocalSpark.session().table("embedded"), "context")).isEqualTo(batch);
  }
}
