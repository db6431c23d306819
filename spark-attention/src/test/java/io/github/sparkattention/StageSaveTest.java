package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.internal.stages.StageFormat;
import io.github.sparkattention.kernels.checkpoints.AttentionWeightsFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StageSaveTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(4, 6, 3, 0, 5, 1);

  @TempDir private Path folder;
  private String path;

  private final CausalAttention stage =
      new CausalAttention()
          .setDIn(6)
          .setDOut(8)
          .setNumHeads(4)
          .setNumKvHeads(2)
          .setQkvBias(true)
          .setSeed(5)
          .setBackend("threads");

  @BeforeEach
  void nameTheFolder() {
    LocalSpark.session();
    path = folder.resolve("stage").toString();
  }

  private static Map<Long, String> contexts(Dataset<Row> result) {
    return Sequences.byId(result, "context");
  }

  @Test
  void aLoadedStageIsTheSavedOne() throws IOException {
    CausalAttention all = StageParamsTest.allSet();
    all.setWeights(stage.setOutProjection(true).weights());
    all.save(path);
    CausalAttention loaded = CausalAttention.load(path);
    assertThat(loaded.uid()).isEqualTo("all");
    for (Param<?> param : all.params()) {
      assertThat(loaded.getOrDefault(loaded.getParam(param.name())))
          .as(param.name())
          .isEqualTo(all.getOrDefault(param));
    }
    assertThat(loaded.weights()).isEqualTo(all.weights());
    assertThat(loaded.config()).isEqualTo(all.config());
  }

  @Test
  void paramsThatAreNotSetStayUnset() throws IOException {
    CausalAttention plain = new CausalAttention().setWeights(stage.weights()).setNumHeads(4);
    plain.save(path);
    CausalAttention loaded = CausalAttention.read().load(path);
    assertThat(loaded.params())
        .filteredOn(loaded::isSet)
        .extracting(Param::name)
        .containsExactly("numHeads");
    assertThat(loaded.config()).isEqualTo(plain.config());
  }

  @Test
  void aLoadedStageGivesTheSameBits() throws IOException {
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    stage.save(path);
    assertThat(contexts(CausalAttention.load(path).transform(rows)))
        .isEqualTo(contexts(stage.transform(rows)));

    String other = folder.resolve("self").toString();
    SelfAttention self = new SelfAttention().setDIn(6).setDOut(8).setSeed(5).setBackend("threads");
    self.save(other);
    assertThat(contexts(SelfAttention.load(other).transform(rows)))
        .isEqualTo(contexts(self.transform(rows)));
  }

  @Test
  void theSavedWeightsCountWhateverBecomesOfTheirSource() throws IOException {
    stage.save(path);
    String source = folder.resolve("stage/attention.safetensors").toString();
    CausalAttention byPath =
        new CausalAttention().setWeightsPath(source).setNumHeads(4).setBackend("threads");
    String second = folder.resolve("second").toString();
    byPath.save(second);
    Files.delete(Path.of(source));
    CausalAttention loaded = CausalAttention.load(second);
    assertThat(loaded.getWeightsPath()).isEqualTo(source);
    assertThat(loaded.setSeed(99).weights()).isEqualTo(stage.weights());
  }

  @Test
  void theWeightFileIsOneThatOthersRead() throws IOException {
    stage.save(path);
    assertThat(AttentionWeightsFile.read(Path.of(path, "attention.safetensors"), ""))
        .isEqualTo(stage.weights());
  }

  @Test
  void overwritingMustBeAskedFor() throws IOException {
    stage.save(path);
    assertThatThrownBy(() -> stage.save(path))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(path)
        .hasMessageContaining("already exists");
    CausalAttention other =
        new CausalAttention().setDIn(2).setDOut(2).setSeed(6).setBackend("threads");
    other.write().overwrite().save(path);
    assertThat(CausalAttention.load(path).weights()).isEqualTo(other.weights());
  }

  @Test
  void aStageWithoutWeightsOverwritesNothing() throws IOException {
    stage.save(path);
    assertThatThrownBy(() -> new CausalAttention("bare").write().overwrite().save(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("bare: the stage has no weights");
    assertThat(CausalAttention.load(path).weights()).isEqualTo(stage.weights());
  }

  @Test
  void aStageCanOverwriteTheFileItWasReadFrom() throws IOException {
    stage.save(path);
    String source = folder.resolve("stage/attention.safetensors").toString();
    new CausalAttention().setWeightsPath(source).setNumHeads(4).write().overwrite().save(path);
    assertThat(CausalAttention.load(path).weights()).isEqualTo(stage.weights());
  }

  /** The files are those that the release wrote, and its results; no test writes them. */
  @Test
  void aStageOfTheFirstReleaseLoadsAndGivesItsBits() throws IOException {
    Path saved = Path.of("src/test/resources/saved/0.1.0");
    CausalAttention loaded = CausalAttention.load(saved.resolve("causal-attention").toString());
    assertThat(loaded.weights()).isEqualTo(stage.weights());
    assertThat(loaded.config()).isEqualTo(stage.config());
    assertThat(contexts(loaded.transform(Sequences.floats(SEQUENCES))).values())
        .containsExactlyElementsOf(Files.readAllLines(saved.resolve("context.txt")));
  }

  /** As saved before these params were there. */
  @Test
  void aStageWithoutParamsThatCameLaterLoadsWithTheirDefaults() throws IOException {
    stage.save(path);
    String added =
        "\"(outputFormat|pooling|pooledCol|maxAttentionWeightsLength|batchBytes)\":(\"\\w+\"|\\d+)";
    editMetadata(text -> text.replaceAll("," + added, "").replaceAll(added + ",", ""));
    CausalAttention loaded = CausalAttention.load(path);
    assertThat(loaded.getOutputFormat()).isEqualTo("array");
    assertThat(loaded.getPooling()).isEqualTo("none");
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    assertThat(contexts(loaded.transform(rows))).isEqualTo(contexts(stage.transform(rows)));
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    stage.save(path);
    editMetadata("\"formatVersion\":1", "\"formatVersion\":7");
    editMetadata("spark-attention " + StageFormat.PROJECT_VERSION, "spark-attention 9.9");
    assertThatThrownBy(() -> CausalAttention.load(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%s' was written by spark-attention 9.9 (format 7); this version, %s, reads up to"
                + " format 1",
            path, StageFormat.PROJECT_VERSION);
  }

  @Test
  void metadataOfAnotherOriginIsRefused() throws IOException {
    stage.save(path);
    editMetadata("formatVersion", "anotherVersion");
    assertThatThrownBy(() -> CausalAttention.load(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%s' holds a io.github.sparkattention.CausalAttention without a formatVersion; it is"
                + " no stage that this project saved",
            path);
  }

  @Test
  void anotherClassIsRefused() throws IOException {
    stage.save(path);
    assertThatThrownBy(() -> SelfAttention.load(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%s' holds a io.github.sparkattention.CausalAttention, but a"
                + " io.github.sparkattention.SelfAttention was to be loaded",
            path);
  }

  @Test
  void missingWeightsAreNeverReplaced() throws IOException {
    stage.save(path);
    Path weights = Path.of(path, "attention.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.delete(Path.of(path, ".attention.safetensors.crc"));
    Files.write(weights, Arrays.copyOf(bytes, bytes.length - 4));
    assertThatThrownBy(() -> CausalAttention.load(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(weights.toString());
    Files.delete(weights);
    assertThatThrownBy(() -> CausalAttention.load(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "%s: must be a safetensors file, an index of shards or a folder with one of them, but"
                + " doesn't exist",
            weights);
  }

  @Test
  void weightsWithoutMetadataAreNoStage() throws IOException {
    stage.save(path);
    try (Stream<Path> files = Files.list(Path.of(path, "metadata"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(Path.of(path, "metadata"));
    assertThatThrownBy(() -> CausalAttention.load(path)).hasMessageContaining(path + "/metadata");
  }

  @Test
  void pipelinesCarryTheStage() throws IOException {
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {stage});
    String pipelinePath = folder.resolve("pipeline").toString();
    pipeline.save(pipelinePath);
    PipelineModel model = Pipeline.load(pipelinePath).fit(rows);
    assertThat(contexts(model.transform(rows))).isEqualTo(contexts(stage.transform(rows)));

    String modelPath = folder.resolve("model").toString();
    model.save(modelPath);
    assertThat(contexts(PipelineModel.load(modelPath).transform(rows)))
        .isEqualTo(contexts(stage.transform(rows)));
  }

  @Test
  void theVersionIsThatOfTheBuild() throws IOException {
    assertThat(Files.readString(Path.of("../pom.xml")))
        .contains("<version>" + StageFormat.PROJECT_VERSION + "</version>\n  <packaging>pom");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "no JSON",
        "{",
        "[]",
        "{}",
        "{\"class\":7}",
        "{\"class\":\"a\",\"uid\":\"b\"}"
      })
  void damagedMetadataIsRefused(String text) throws IOException {
    stage.save(path);
    editMetadata(saved -> text);
    assertThatThrownBy(() -> CausalAttention.load(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("'%s/metadata' can't be read as a stage's metadata: ", path);
  }

  @Test
  void aUidThatLeadsToAnotherFolderIsRefused() throws IOException {
    stage.save(path);
    editMetadata("\"uid\":\"", "\"uid\":\"../../");
    assertThatThrownBy(() -> CausalAttention.load(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%s' holds a stage with the uid '../../%s', which must not lead to another folder",
            path, stage.uid());
  }

  private void editMetadata(String from, String to) throws IOException {
    editMetadata(text -> text.replace(from, to));
  }

  private void editMetadata(UnaryOperator<String> edit) throws IOException {
    try (Stream<Path> files = Files.list(Path.of(path, "metadata"))) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.startsWith("part-")) {
          String text = Files.readString(file);
          assertThat(edit.apply(text)).isNotEqualTo(text);
          Files.deleteIfExists(file.resolveSibling("." + name + ".crc"));
          Files.write(file, edit.apply(text).getBytes(StandardCharsets.UTF_8));
        }
      }
    }
  }
}
