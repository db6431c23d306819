package io.github.sparkattention.bench;

import io.github.sparkattention.MiniLm;
import io.github.sparkattention.kernels.files.ModelPath;
import io.github.sparkattention.text.Tokenizer;
import io.github.sparkattention.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * From texts to vectors in Spark: MiniLM's, by this project and by its peers.
 *
 * @param session where queries run
 * @param folder receives the model and the table
 * @param rounds how the runs are timed
 */
record TextComparison(SparkSession session, Path folder, Rounds rounds) {
  /** What tables and {@code --cases} call it. */
  static final String NAME = "text";

  /** Ids of the longest text, as the model's own files have it. */
  private static final int LONGEST = 256;

  /** Rows whose vectors are compared before anything is timed. */
  private static final int COMPARED_ROWS = 256;

  /** Texts from a tokenizer and the most ids that a text may have. */
  @FunctionalInterface
  interface Source {
    List<String> texts(Tokenizer tokenizer, int longest);
  }

  /**
   * Times all contenders.
   *
   * @param name where the texts come from
   * @param source gives the texts
   * @throws DisagreementException if two contenders give different vectors
   */
  TextResult run(String name, Source source) throws IOException, InterruptedException {
    Path model = folder.resolve("all-MiniLM-L6-v2");
    MiniLm.write(model);
    Tokenizer tokenizer = TokenizerFiles.read(ModelPath.of(model)).tokenizer();
    TextTable table =
        TextTable.write(
            session,
            folder.resolve(NAME).toString(),
            name,
            source.texts(tokenizer, LONGEST),
            tokenizer,
            LONGEST);
    EmbedderContender ours = EmbedderContender.load(model);
    List<TextContender> contenders = new ArrayList<>();
    contenders.add(ours);
    contenders.add(
        new EncoderContender(
            "mapPartitions: ONNX Runtime, padded 32",
            model.toString(),
            RowBatches.ROWS,
            OnnxTexts::load));
    contenders.add(
        new EncoderContender(
            "mapPartitions: ONNX Runtime, batch 1", model.toString(), 1, OnnxTexts::load));
    contenders.add(
        new EncoderContender(
            "mapPartitions: langchain4j", model.toString(), 1, LangChainTexts::load));
    compare(contenders, table.rows().where("id < " + COMPARED_ROWS));
    List<SparkRun> runs = new ArrayList<>();
    contenders.forEach(
        contender -> runs.add(new SparkRun(contender.name(), contender.embed(table.rows()))));
    runs.add(new SparkRun("scan alone", table.rows()));
    runs.add(new SparkRun("scan and ids, no model", ours.ids(table.rows())));
    List<Timing> timings = rounds.run(runs);
    TextResult result =
        new TextResult(
            table, runs.stream().map(SparkRun::name).toList(), timings, contenders.size());
    print(result);
    return result;
  }

  private static void compare(List<TextContender> contenders, Dataset<Row> texts) {
    List<float[]> expected = vectors(contenders.get(0), texts);
    for (TextContender contender : contenders.subList(1, contenders.size())) {
      Agreement.checkVectors(NAME, expected, contender.name(), vectors(contender, texts));
    }
  }

  /** Sorted here, since Spark would compute everything twice to sort it. */
  private static List<float[]> vectors(TextContender contender, Dataset<Row> texts) {
    return contender.embed(texts).collectAsList().stream()
        .sorted(Comparator.comparingLong(row -> row.getLong(0)))
        .map(row -> vector(row.get(1)))
        .toList();
  }

  private static float[] vector(Object embedding) {
    double[] values =
        embedding instanceof Vector vector
            ? vector.toArray()
            : scala.jdk.javaapi.CollectionConverters.asJava((scala.collection.Seq<?>) embedding)
                .stream()
                .mapToDouble(value -> (Float) value)
                .toArray();
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** Shows that the run goes on; the table at the end says more. */
  private static void print(TextResult result) {
    for (int i = 0; i < result.names().size(); i++) {
      System.out.printf(
          Locale.ROOT,
          "%-40s %8.3f s%n",
          result.names().get(i),
          result.timings().get(i).median() / 1e3);
    }
  }
}
