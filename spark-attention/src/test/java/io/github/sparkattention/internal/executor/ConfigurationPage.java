package io.github.sparkattention.internal.executor;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LanguageModel;
import io.github.sparkattention.TokenEmbedding;
import io.github.sparkattention.TokenEmbeddingEstimator;
import io.github.sparkattention.WordPieceTokenizer;
import io.github.sparkattention.plugin.ExecutorMetric;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/** docs/configuration.md, made of what the code says of its settings, params and metrics. */
final class ConfigurationPage {
  private static final String PAGE =
      """
      # Configuration

      This page has all settings and params, with their defaults. It is made from the code;
      `ConfigurationPageTest` says how.

      ## Settings of an application

      Give them with `--conf`, in `spark-defaults.conf`, or to the session's builder before the application
      starts; Spark takes the first of the builder's, `--conf`'s and the file's. A name below
      `spark.attention.` that is not in this table fails the job before its tasks start, as does a value
      that its setting doesn't take.

      %s
      The first of these that is set decides about a stage's backend: the stage's param `backend`,
      `spark.attention.backend` in the session, `spark.attention.backend` of the application; else it is
      `auto`. A session may name stages, too. All other settings hold for a whole application, since an
      executor has one device for all its tasks: a stage doesn't run in a session that has set one of them
      to something else.
      [opencl.md](opencl.md) tells how a device is chosen and what happens when it fails.

      ## The plugin

      ```
      --conf spark.plugins=io.github.sparkattention.plugin.AttentionPlugin
      ```

      With the plugin an executor opens what `spark.attention.backend` names when it starts: the device is
      chosen and the kernels are compiled before the first task. Under `opencl` an executor without a usable
      device doesn't start; its log and the driver's say why in one sentence. Without the plugin all works,
      too, and the first task opens the backend. `bin/spark-attention` turns the plugin on by itself.

      The driver logs one table of executors and their backends whenever all executors that Spark knows have
      reported. On the driver, and so in a notebook,

      - `AttentionPlugin.executors()` gives it as a list of `ExecutorReport`,
      - `AttentionPlugin.executorsTable(spark)` as a DataFrame,
      - `AttentionPlugin.metrics()` and `AttentionPlugin.metricsTable(spark)` give the metrics below, for each
        executor as of its last task that computed attention.

      An executor leaves the table when Spark removes it. It has a line for each backend that it has opened,
      which are two if some stages ask for Java threads and others for a device.

      Each executor gives these metrics to Spark's metric system, below
      `plugin.io.github.sparkattention.plugin.AttentionPlugin`:

      %s
      ## Params of the attention stages

      `CausalAttention` and `SelfAttention` have these; `stage.explainParams()` prints them.

      %s
      ## Params of the tokenizers

      `WordPieceTokenizer` and `BpeTokenizer` have these; [text.md](text.md) tells how they work.

      %s
      ## Params of LanguageModel

      [models.md](models.md) shows them in use.

      %s
      ## Params of TokenEmbedding

      %s
      ## Params of TokenEmbeddingEstimator

      %s
      ## System property

      | name | default | values | meaning |
      |---|---|---|---|
      | `sparkattention.kernels` | the fastest that the JVM allows | `plain`, `simd`, `simd-128`, `simd-256`, `simd-512` | Which loops Java threads run: plain Java, or the Vector API at the processor's width or at another. All give the same bits. It is a property of each executor's JVM: `--conf spark.executor.extraJavaOptions=-Dsparkattention.kernels=plain`. |
      """;

  private ConfigurationPage() {}

  static String text() {
    return PAGE.formatted(
        settings(),
        metrics(),
        params(new CausalAttention()),
        params(new WordPieceTokenizer()),
        params(new LanguageModel()),
        params(new TokenEmbedding()),
        params(new TokenEmbeddingEstimator()));
  }

  private static String settings() {
    return table(
        List.of("name", "default", "values", "meaning"),
        AttentionSettings.ALL.stream()
            .map(
                setting ->
                    List.of(
                        code(setting.name()),
                        setting.unset() == null ? "unset" : code(setting.unset()),
                        setting.expected(),
                        setting.meaning())));
  }

  private static String metrics() {
    return table(
        List.of("name", "meaning"),
        ExecutorMetric.ALL.stream().map(metric -> List.of(code(metric.name()), metric.meaning())));
  }

  private static String params(Params stage) {
    return table(
        List.of("name", "default", "meaning"),
        Arrays.stream(stage.params())
            .map(param -> List.of(code(param.name()), unset(stage, param), param.doc())));
  }

  private static String unset(Params stage, Param<?> param) {
    if (!stage.hasDefault(param)) {
      return "unset";
    }
    String value = stage.getDefault(param).get().toString();
    return value.isEmpty() ? "empty" : code(value);
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static String table(List<String> heading, Stream<List<String>> rows) {
    String rule = "|" + "---|".repeat(heading.size()) + "\n";
    return line(heading) + rule + rows.map(ConfigurationPage::line).collect(Collectors.joining());
  }

  private static String line(List<String> cells) {
    return cells.stream()
        .map(cell -> cell.replace("|", "\\|").replace("<", "\\<"))
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }
}
