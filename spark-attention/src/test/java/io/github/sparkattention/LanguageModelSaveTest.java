package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.Param;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LanguageModelSaveTest {
  private static final List<int[]> SEQUENCES = TinyModels.sequences(4, 40, 3, 0, 5, 16);

  @TempDir private Path folder;
  private String source;
  private String path;
  private Dataset<Row> rows;

  @BeforeEach
  void writeTheModel() {
    LocalSpark.session();
    source = TinyModels.encoder(folder.resolve("source"), 9, Pooling.MEAN, true);
    path = folder.resolve("stage").toString();
    rows = TinyModels.rows(SEQUENCES);
  }

  private LanguageModel stage() {
    return new LanguageModel("embedder")
        .setCheckpoint(source)
        .setPooledCol("embedding")
        .setBackend("threads");
  }

  private LanguageModel allSet() {
    return stage()
        .setInputCol("in")
        .setOutputCol("out")
        .setOutputFormat("flat")
        .setPooling("max")
        .setNormalize(true)
        .setHiddenStatesCol("h")
        .setHiddenLayer(1)
        .setAttentionWeightsCol("w")
        .setAttentionLayer(2)
        .setMaxAttentionWeightsLength(9)
        .setLogProbabilitiesCol("ls")
        .setLogProbabilityCol("l")
        .setPerplexityCol("p")
        .setNextTokensCol("next")
        .setNextTokens(7)
        .setVocabulary(40)
        .setContextLength(16)
        .setWidth(12)
        .setNumHeads(3)
        .setNumLayers(3)
        .setQkvBias(true)
        .setSeed(-5)
        .setBatchTokens(77)
        .setBatchBytes(1L << 33)
        .setHandleInvalid("keep");
  }

  private static void expectEqualParams(LanguageModel loaded, LanguageModel saved, String except) {
    assertThat(loaded.uid()).isEqualTo(saved.uid());
    for (Param<?> param : saved.params()) {
      if (!param.name().equals(except)) {
        assertThat(loaded.isSet(loaded.getParam(param.name()))).isEqualTo(saved.isSet(param));
        assertThat(loaded.get(loaded.getParam(param.name())))
            .as(param.name())
            .isEqualTo(saved.get(param));
      }
    }
  }

  @Test
  void allParamsAreSetInThisTest() {
    LanguageModel all = allSet().setSaveWeights("path");
    assertThat(all.params()).allMatch(all::isSet);
  }

  @Test
  void aCopyHasAllParamsAndItsOwnWeights() throws Exception {
    LanguageModel all = allSet();
    all.save(path);
    LanguageModel loaded = LanguageModel.load(path);
    expectEqualParams(loaded, all, "checkpoint");
    assertThat(loaded.getCheckpoint()).isEqualTo(path + "/model");
    assertThat(loaded.config()).isEqualTo(TinyModels.ENCODER);
    Checkpoint copy = Checkpoint.open(Path.of(path, "model"));
    assertThat(copy.pooling()).isEqualTo(Pooling.MEAN);
    assertThat(copy.normalize()).isTrue();
  }

  @Test
  void aCopyGivesTheSameBitsWhateverBecomesOfItsSource() throws Exception {
    var wanted = Sequences.byId(stage().transform(rows), "embedding");
    stage().save(path);
    JavaUtils.deleteRecursively(Path.of(source).toFile());
    assertThat(Sequences.byId(LanguageModel.load(path).transform(rows), "embedding"))
        .isEqualTo(wanted);
  }

  @Test
  void aStageMayOverwriteTheFolderThatItWasLoadedFrom() throws Exception {
    var wanted = Sequences.byId(stage().transform(rows), "embedding");
    stage().save(path);
    LanguageModel loaded = LanguageModel.load(path);
    assertThatThrownBy(() -> loaded.save(path)).isInstanceOf(IOException.class);
    loaded.setHandleInvalid("skip").write().overwrite().save(path);
    LanguageModel again = LanguageModel.load(path);
    assertThat(again.getHandleInvalid()).isEqualTo("skip");
    assertThat(Sequences.byId(again.transform(rows), "embedding")).isEqualTo(wanted);
  }

  @Test
  void aReferenceHasAllParamsAndNoWeights() throws Exception {
    LanguageModel all = allSet().setSaveWeights("path");
    all.save(path);
    LanguageModel loaded = LanguageModel.load(path);
    expectEqualParams(loaded, all, null);
    assertThat(Path.of(path, "model")).doesNotExist();
    JavaUtils.deleteRecursively(Path.of(source).toFile());
    assertThatThrownBy(() -> LanguageModel.load(path).config())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "embedder: "
                + source
                + ": must be a folder with a model, or a file of weights, but doesn't exist");
  }

  @Test
  void aDrawnModelIsSavedByItsSeed() throws Exception {
    LanguageModel drawn = TinyModels.drawn(3).setPerplexityCol("p");
    drawn.save(path);
    assertThat(Path.of(path, "model")).doesNotExist();
    LanguageModel loaded = LanguageModel.load(path);
    expectEqualParams(loaded, drawn, null);
    assertThat(Sequences.byId(loaded.transform(rows), "p"))
        .isEqualTo(Sequences.byId(drawn.transform(rows), "p"));
  }

  @Test
  void aPipelineKeepsTheModel() throws Exception {
    PipelineModel pipeline = new Pipeline().setStages(new PipelineStage[] {stage()}).fit(rows);
    pipeline.save(path);
    JavaUtils.deleteRecursively(Path.of(source).toFile());
    assertThat(Sequences.byId(PipelineModel.load(path).transform(rows), "embedding")).hasSize(4);
  }

  @Test
  void aFolderOfAnotherStageIsRefused() throws Exception {
    new CausalAttention().setDIn(2).setDOut(2).setSeed(1).save(path);
    assertThatThrownBy(() -> LanguageModel.load(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            String.format(
                "'%s' holds a %s, but a %s was to be loaded",
                path, CausalAttention.class.getName(), LanguageModel.class.getName()));
  }

  @Test
  void aModelThatWasReplacedIsReadAgain() throws Exception {
    LanguageModel stage = stage();
    var before = Sequences.byId(stage.transform(rows), "embedding");
    JavaUtils.deleteRecursively(Path.of(source).toFile());
    TinyModels.encoder(Path.of(source), 10, Pooling.MEAN, true);
    Path weights = Path.of(source, "model.safetensors");
    Files.setLastModifiedTime(weights, java.nio.file.attribute.FileTime.fromMillis(1_000_000));
    var after = Sequences.byId(stage.transform(rows), "embedding");
    assertThat(after.get(0L)).isNotEqualTo(before.get(0L));
    assertThat(after).isEqualTo(Sequences.byId(stage().transform(rows), "embedding"));
  }
}
