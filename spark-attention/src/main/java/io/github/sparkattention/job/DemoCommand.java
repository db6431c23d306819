package io.github.sparkattention.job;

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

/** Runs the whole way from English sentences to context vectors. */
@Command(
    name = "demo",
    sortOptions = false,
    description =
        "Take English sentences through RegexTokenizer, Word2Vec, TokenEmbedding and"
            + " CausalAttention, save and reload the pipeline, and show what attends to what."
            + " Needs no arguments and no network.")
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
      description =
          "Folder for the model, the result and the picture (default: a new temporary folder).")
  private Path output;

  @Mixin private SparkOptions spark;

  @Override
  public Integer call() throws Exception {
    if (rows < 1) {
      throw new ParameterException(spec.commandLine(), "--rows must be at least 1, but is " + rows);
    }
    List<String> sentences = sentences();
    Path folder = output == null ? Files.createTempDirectory("spark-attention-demo-") : output;
    Path model = newIn(folder, "model");
    Path result = newIn(folder, "context.parquet");
    Path picture = newIn(folder, "attention.html");

    Report report = new Report(spec.commandLine().getOut());
    report.line("input", Report.number(sentences.size()) + " English sentences");
    report.line("pipeline", "RegexTokenizer, Word2Vec, TokenEmbedding, CausalAttention (4 heads)");
    report.line("output", folder.toString());
    report.gap();

    RunCounts counts = new RunCounts();
    BackendsUsed backends = new BackendsUsed();
    long nanos;
    Row explained;
    try (SparkSession session = spark.start("spark-attention demo", null)) {
      session.sparkContext().addSparkListener(backends);
      Dataset<Row> data = dataset(session, sentences);
      PipelineModel fitted = DemoPipeline.fit(data);
      fitted.save(hadoopPath(model));
      PipelineModel reloaded = PipelineModel.load(hadoopPath(model));
      if (!DemoPipeline.agree(fitted, reloaded, data)) {
        throw new IllegalStateException("the reloaded model gives other bits than the saved one");
      }

      Dataset<Row> context = reloaded.transform(counts.countInput(data));
      long start = System.nanoTime();
      counts.countOutput(context, "context", "context").write().parquet(hadoopPath(result));
      nanos = System.nanoTime() - start;
      explained = DemoPipeline.explain(reloaded, data);
    }
    // Only now have all the tasks' reports of their backends come in.
    report.line("rows", Report.number(counts.rows()));
    report.throughput(counts.tokens(), nanos);
    report.line("computed on", backends.toString());
    report.line("model", model + " (read back: the same bits)");
    report.line("result", result.toString());
    DemoPipeline.draw(explained, picture);
    report.line("picture", picture + " (for a browser)");
    report.gap();
    DemoPipeline.triangle(explained).print(spec.commandLine().getOut());
    return 0;
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
