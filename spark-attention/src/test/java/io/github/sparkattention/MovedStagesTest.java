package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.Word2Vec;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import scala.util.Properties$;

/**
 * Pipelines that other versions of Spark have saved, with the results that they had there. Those of
 * the Spark that runs this test are written by -Dsaved.write=true.
 */
class MovedStagesTest {
  private static final Path SAVED = Path.of("src/test/resources/saved");
  private static final List<String> COLUMNS = List.of("context", "embedding", "perplexity");

  private static Dataset<Row> rows() {
    List<Row> rows = new ArrayList<>();
    rows.add(RowFactory.create(0L, List.of("the", "cat", "sat"), List.of(3, 1, 4)));
    rows.add(RowFactory.create(1L, List.of(), List.of()));
    rows.add(RowFactory.create(2L, List.of("sat", "unicorn"), List.of(15, 9, 2, 6, 5)));
    StructType schema =
        new StructType()
            .add("id", DataTypes.LongType)
            .add("words", DataTypes.createArrayType(DataTypes.StringType))
            .add("ids", DataTypes.createArrayType(DataTypes.IntegerType));
    return LocalSpark.session().createDataFrame(rows, schema);
  }

  private static Pipeline pipeline() {
    Word2Vec vectors = new Word2Vec().setVectorSize(4).setMinCount(1).setSeed(5);
    return new Pipeline()
        .setStages(
            new PipelineStage[] {
              new TokenEmbeddingEstimator().setWord2Vec(vectors),
              new CausalAttention()
                  .setDIn(4)
                  .setDOut(4)
                  .setNumHeads(2)
                  .setSeed(7)
                  .setBackend("threads"),
              TinyModels.drawn(9)
                  .setInputCol("ids")
                  .setPooling("mean")
                  .setPooledCol("embedding")
                  .setPerplexityCol("perplexity")
            });
  }

  private static List<String> results(PipelineModel model) {
    Dataset<Row> result = model.transform(rows());
    return COLUMNS.stream()
        .flatMap(column -> Sequences.byId(result, column).values().stream())
        .toList();
  }

  private static Set<Path> folders() throws IOException {
    try (Stream<Path> folders = Files.list(SAVED)) {
      return folders
          .filter(folder -> folder.getFileName().toString().startsWith("spark-"))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void aPipelineThatAnotherSparkSavedGivesItsBits() throws IOException {
    SparkSession session = LocalSpark.session();
    if (Boolean.getBoolean("saved.write")) {
      String scala = Properties$.MODULE$.versionNumberString().replaceAll("\\.\\d+$", "");
      save(SAVED.resolve(String.format("spark-%s-scala-%s", session.version(), scala)));
    }
    assertThat(folders())
        .extracting(folder -> folder.getFileName().toString())
        .contains("spark-3.5.6-scala-2.13", "spark-3.5.7-scala-2.12", "spark-4.0.1-scala-2.13");
    for (Path folder : folders()) {
      PipelineModel loaded = PipelineModel.load(folder.resolve("pipeline").toString());
      assertThat(results(loaded))
          .as(folder.toString())
          .containsExactlyElementsOf(Files.readAllLines(folder.resolve("results.txt")));
    }
  }

  private static void save(Path folder) throws IOException {
    PipelineModel model = pipeline().fit(rows());
    model.write().overwrite().save(folder.resolve("pipeline").toString());
    Files.write(folder.resolve("results.txt"), results(model));
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(any -> any.toString().endsWith(".crc")).toList()) {
        Files.delete(file);
      }
    }
  }
}
