package io.github.sparkattention.job;

import io.github.sparkattention.MiniLm;
import io.github.sparkattention.SentenceEmbedder;
import io.github.sparkattention.TokenizerStage;
import io.github.sparkattention.internal.options.SparkOptions;
import io.github.sparkattention.internal.runs.BackendsUsed;
import io.github.sparkattention.internal.runs.Report;
import io.github.sparkattention.internal.runs.RunCounts;
import io.github.sparkattention.plot.Picture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs the whole way from English sentences to vectors, a search and context vectors. */
@Command(
    name = "demo",
    sortOptions = false,
    description =
        "Turn English sentences into vectors by a trained model, find the nearest ones to five"
            + " queries, run a causal attention layer on word vectors, and show what attends to"
            + " what. Needs no arguments and no network.")
final class DemoCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--text",
      arity = "1..*",
      paramLabel = "FILE",
      description = "Take the sentences of these UTF-8 files, not quotes that Datafaker ships.")
  private List<Path> texts = new ArrayList<>();

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Most sentences to take (default: ${DEFAULT-VALUE}).")
  private int rows = 3000;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Folder for models, results and pictures (default: a new temporary folder).")
  private Path output;

  @Mixin private SparkOptions spark;

  @Override
  public Integer call() throws Exception {
    if (rows < 1) {
      throw new ParameterException(spec.commandLine(), "--rows must be at least 1, but is " + rows);
    }
    List<String> sentences = sentences();
    Path folder = output == null ? Files.createTempDirectory("spark-attention-demo-") : output;
    Path encoder = newIn(folder, "all-MiniLM-L6-v2");
    Path vectors = newIn(folder, "vectors.parquet");
    Path model = newIn(folder, "model");
    Path context = newIn(folder, "context.parquet");
    Path page = newIn(folder, "attention.html");
    MiniLm.write(encoder);

    Report report = new Report(spec.commandLine().getOut());
    report.line("input", Report.number(sentences.size()) + " English sentences");
    report.line("output", folder.toString());
    report.gap();

    Measured embedded;
    Measured attended;
    List<Row> found;
    Row trained;
    Row drawn;
    List<Picture> pictures = new ArrayList<>();
    BackendsUsed backends = new BackendsUsed();
    try (SparkSession session = spark.start("spark-attention demo", null)) {
      session.sparkContext().addSparkListener(backends);
      Dataset<Row> data = dataset(session, sentences);

      PipelineModel embedder = SentenceEmbedder.load(hadoopPath(encoder), report::line);
      ((TokenizerStage<?>) embedder.stages()[0]).setInputCol("sentence");
      embedded = Measured.write(embedder, data, SentenceEmbedder.EMBEDDING, "ids", vectors);
      found = DemoSearch.find(embedder, session, hadoopPath(vectors));
      trained = DemoSearch.explain(embedder, data);
      pictures.addAll(DemoSearch.draw(trained, embedder));

      PipelineModel fitted = DemoPipeline.fit(data);
      fitted.save(hadoopPath(model));
      PipelineModel reloaded = PipelineModel.load(hadoopPath(model));
      if (!DemoPipeline.agree(fitted, reloaded, data)) {
        throw new IllegalStateException("the reloaded model gives other bits than the saved one");
      }
      attended = Measured.write(reloaded, data, "context", "context", context);
      drawn = DemoPipeline.explain(reloaded, data);
      pictures.addAll(DemoPipeline.draw(drawn));
    }
    embedded.tell(report, vectors);
    // Only now have all the tasks' reports of their backends come in.
    report.line("computed on", backends.toString());
    report.gap();
    DemoSearch.print(found, spec.commandLine().getOut());
    report.gap();
    report.line("pipeline", "RegexTokenizer, Word2Vec, TokenEmbedding, CausalAttention (4 heads)");
    attended.tell(report, context);
    report.line("model", model + " (read back: the same bits)");
    Picture.writePage(page, trained.getString(0), pictures);
    report.line("pictures", page + " (for a browser)");
    report.gap();
    DemoPipeline.triangle(drawn).print(spec.commandLine().getOut());
    return 0;
  }

  /** What a job over the sentences took. */
  private record Measured(RunCounts counts, long nanos) {
    static Measured write(
        PipelineModel model, Dataset<Row> data, String resultCol, String tokensCol, Path to) {
      RunCounts counts = new RunCounts();
      Dataset<Row> results = model.transform(counts.countInput(data));
      long start = System.nanoTime();
      counts.countOutput(results, resultCol, tokensCol).write().parquet(hadoopPath(to));
      return new Measured(counts, System.nanoTime() - start);
    }

    void tell(Report report, Path result) {
      report.line("rows", Report.number(counts.rows()));
      report.throughput(counts.tokens(), nanos);
      report.line("result", result.toString());
    }
  }

  private List<String> sentences() throws IOException {
    Sentences sentences = new Sentences(rows);
    for (Path text : texts) {
      sentences.addFile(text);
    }
    if (texts.isEmpty()) {
      try {
        Quotes.addTo(sentences, rows);
      } catch (NoClassDefFoundError e) {
        throw new IllegalStateException(
            "the demo takes its sentences from Datafaker, which is not on the class path; add"
                + " net.datafaker:datafaker to it, or give files with --text",
            e);
      }
    }
    if (sentences.list().isEmpty()) {
      throw new IllegalArgumentException("there is no sentence of two words or more in " + texts);
    }
    return sentences.list();
  }

  private static Path newIn(Path folder, String name) {
    Path path = folder.resolve(name);
    if (Files.exists(path)) {
      throw new IllegalArgumentException(
          String.format("'%s' exists already; name another folder with --output", path));
    }
    return path;
  }

  /** As Hadoop reads paths, which knows no escapes: a space of a URI would become its %20. */
  private static String hadoopPath(Path path) {
    return new org.apache.hadoop.fs.Path("file", null, path.toAbsolutePath().toString()).toString();
  }

  private static Dataset<Row> dataset(SparkSession session, List<String> sentences) {
    List<Row> rows = new ArrayList<>();
    for (String sentence : sentences) {
      rows.add(RowFactory.create((long) rows.size(), sentence));
    }
    return session.createDataFrame(
        rows,
        new StructType()
            .add("id", DataTypes.LongType, false)
            .add("sentence", DataTypes.StringType, false));
  }
}
