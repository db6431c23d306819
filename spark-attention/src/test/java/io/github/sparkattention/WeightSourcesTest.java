package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.internal.weights.LayerWeights;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.checkpoints.AttentionWeightsFile;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.files.SafeTensors;
import io.github.sparkattention.kernels.files.SafeTensors.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.ml.param.ParamMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightSourcesTest {
  @TempDir private Path folder;

  private final CausalAttention stage = new CausalAttention("stage");

  private static AttentionWeights weights(long seed, Consumer<AttentionConfig.Builder> more) {
    AttentionConfig.Builder builder = AttentionConfig.builder(6, 8).numHeads(4);
    more.accept(builder);
    return SeededWeights.attention(builder.build(), seed);
  }

  private static AttentionWeights plain(long seed) {
    return weights(seed, builder -> {});
  }

  private String file(AttentionWeights weights) throws IOException {
    Path file = folder.resolve("layer.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      AttentionWeightsFile.write(weights, Map.of(), out);
    }
    return file.toString();
  }

  private void assertRefused(String message) {
    assertThatThrownBy(stage::config)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("stage: " + message);
  }

  @Test
  void withoutAnySourceTheStageRefuses() {
    stage.setDIn(6).setDOut(8);
    assertRefused(
        "the stage has no weights; call setWeights, or set weightsPath to a safetensors file, or"
            + " set seed to draw them");
  }

  @Test
  void aSeedNeedsTheWidths() {
    assertThatThrownBy(() -> stage.setSeed(1).weights())
        .hasMessage("stage: dIn is not set; set dIn and dOut, or give weights, which have them");
    stage.setDIn(6);
    assertRefused("dOut is not set; set dIn and dOut, or give weights, which have them");
    stage.setDOut(8).setNumHeads(4);
    assertThat(stage.weights()).isEqualTo(plain(1));
    assertThat(stage.setSeed(2).weights()).isEqualTo(plain(2));
  }

  @Test
  void givenWeightsComeBeforeTheFileAndTheFileBeforeTheSeed() throws IOException {
    LocalSpark.session();
    stage.setDIn(6).setDOut(8).setNumHeads(4).setSeed(1);
    assertThat(stage.weights()).isEqualTo(plain(1));
    stage.setWeightsPath(file(plain(2)));
    assertThat(stage.weights()).isEqualTo(plain(2));
    stage.setWeights(plain(3));
    assertThat(stage.weights()).isEqualTo(plain(3));
  }

  @Test
  void weightsDecideWhatIsNotSet() throws IOException {
    LocalSpark.session();
    String path =
        file(weights(1, builder -> builder.numKvHeads(2).qkvBias(true).outProjection(true)));
    AttentionConfig config = stage.setWeightsPath(path).setNumHeads(4).config();
    assertThat(config)
        .isEqualTo(
            AttentionConfig.builder(6, 8)
                .numHeads(4)
                .numKvHeads(2)
                .qkvBias(true)
                .outProjection(true)
                .build());
  }

  @Test
  void contradictionsNameBothSides() {
    stage.setNumHeads(4).setWeights(weights(1, builder -> builder.numKvHeads(2)));
    stage.setDIn(7);
    assertRefused(
        "dIn is set to 7, but it is 6 by the weights, which have W_query [8, 6] (given weights)");
    stage.setDIn(6).setDOut(4);
    assertRefused(
        "dOut is set to 4, but it is 8 by the weights, which have W_query [8, 6] (given weights)");
    stage.setDOut(8).setQkvBias(true);
    assertRefused(
        "qkvBias is set to true, but it is false by the weights, which have no W_query bias (given"
            + " weights)");
    stage.setQkvBias(false).setOutProjection(true);
    assertRefused(
        "outProjection is set to true, but it is false by the weights, which have no out_proj"
            + " (given weights)");
    stage.setOutProjection(false).setNumKvHeads(4);
    assertRefused(
        "numKvHeads is set to 4, but it is 2 by the weights, which have W_key [4, 6] (given"
            + " weights)");
    stage.setNumKvHeads(2);
    assertThat(stage.config().numKvHeads()).isEqualTo(2);
    stage.setNumHeads(1);
    assertRefused("given weights: W_key [4, 6] doesn't fit numHeads = 1, which makes heads 8 wide");
    stage.setNumHeads(3);
    assertRefused("numHeads must divide dOut, but dOut is 8 and numHeads is 3");
  }

  @Test
  void whatTheWeightsHaveCanNotBeSwitchedOff() {
    stage
        .setNumHeads(4)
        .setWeights(weights(1, builder -> builder.qkvBias(true).outProjection(true)));
    stage.setQkvBias(false);
    assertRefused(
        "qkvBias is set to false, but it is true by the weights, which have a W_query bias (given"
            + " weights)");
    stage.setQkvBias(true).setOutProjection(false);
    assertRefused(
        "outProjection is set to false, but it is true by the weights, which have an out_proj"
            + " (given weights)");
  }

  @Test
  void aReplacedFileIsReadAgainWhenItsLengthOrTimeHasChanged() throws IOException {
    LocalSpark.session();
    Path path = Path.of(file(plain(1)));
    FileTime first = Files.getLastModifiedTime(path);
    stage.setWeightsPath(path.toString()).setNumHeads(4);
    assertThat(stage.weights()).isEqualTo(plain(1));
    LayerWeights before = stage.layer();
    assertThat(stage.layer()).isSameAs(before);

    file(plain(2));
    Files.setLastModifiedTime(path, FileTime.fromMillis(first.toMillis() + 2000));
    assertThat(stage.weights()).isEqualTo(plain(2));
    assertThat(before.weights()).isEqualTo(plain(1));

    AttentionWeights longer = weights(3, builder -> builder.outProjection(true));
    file(longer);
    Files.setLastModifiedTime(path, FileTime.fromMillis(first.toMillis() + 2000));
    assertThat(stage.copy(new ParamMap()).weights()).isEqualTo(longer);
    assertThat(stage.config().outProjection()).isTrue();

    Files.delete(path);
    assertRefused(
        path
            + ": must be a safetensors file, an index of shards or a folder with one of them, but"
            + " doesn't exist");
  }

  @Test
  void aMissingFileIsNamed() {
    LocalSpark.session();
    stage.setWeightsPath(folder.resolve("none.safetensors").toString());
    assertRefused(
        folder.resolve("none.safetensors")
            + ": must be a safetensors file, an index of shards or a folder with one of them, but"
            + " doesn't exist");
  }

  @Test
  void aFolderWithoutWeightsIsNotCalledMissing() {
    LocalSpark.session();
    stage.setWeightsPath(folder.toString());
    assertRefused(
        folder
            + ": a folder with weights must hold model.safetensors.index.json or model.safetensors,"
            + " but holds neither");
  }

  @Test
  void anIndexWithoutItsNameIsCalledByItsFormat() throws IOException {
    LocalSpark.session();
    Path file = Files.writeString(folder.resolve("index"), "{\"weight_map\": {}}");
    stage.setWeightsPath(file.toString());
    assertRefused(
        file
            + ": must be a safetensors file, which begins with the length of its header, but begins"
            + " as JSON does, such as an index of shards, whose name must end in .json");
  }

  @Test
  void aColonInAPathIsRefusedOnlyWhereItMakesAScheme() throws IOException {
    LocalSpark.session();
    stage.setWeightsPath("model:v2.safetensors");
    assertRefused(
        "weightsPath must be a path or a URI, but 'model:v2.safetensors' has 'model' for its scheme"
            + " and no absolute path; a relative path with a colon begins with './'");
    stage.setWeightsPath("");
    assertRefused("weightsPath must be a path or a URI, but is empty");
    stage.setWeightsPath("hdfs:");
    assertRefused(
        "weightsPath must be a path or a URI, but 'hdfs:' can't be read as one: Expected"
            + " scheme-specific part at index 5: hdfs:");
    stage.setWeightsPath("./no:such.safetensors");
    assertRefused(
        "./no:such.safetensors: must be a safetensors file, an index of shards or a folder with one"
            + " of them, but doesn't exist");

    Path named =
        Files.move(Path.of(file(plain(1))), folder.resolve("2024-01-01T10:00.safetensors"));
    assertThat(stage.setNumHeads(4).setWeightsPath(named.toString()).weights()).isEqualTo(plain(1));
    Path dated = Files.createDirectory(folder.resolve("10:00"));
    Files.move(named, dated.resolve("model.safetensors"));
    assertThat(new CausalAttention().setNumHeads(4).setWeightsPath(dated.toString()).weights())
        .isEqualTo(plain(1));
  }

  @Test
  void shardsAreReadByTheirIndexOrItsFolder() throws IOException {
    LocalSpark.session();
    AttentionWeights all = weights(1, builder -> builder.outProjection(true));
    try (OutputStream out = Files.newOutputStream(folder.resolve("a:1.safetensors"))) {
      SafeTensors.write(
          out,
          Map.of(),
          List.of(
              Tensor.of("att.W_query.weight", all.query().weight(), 8, 6),
              Tensor.of("att.W_key.weight", all.key().weight(), 8, 6)));
    }
    try (OutputStream out = Files.newOutputStream(folder.resolve("a:2.safetensors"))) {
      SafeTensors.write(
          out,
          Map.of(),
          List.of(
              Tensor.of("att.W_value.weight", all.value().weight(), 8, 6),
              Tensor.of("att.out_proj.weight", all.out().weight(), 8, 8),
              Tensor.of("att.out_proj.bias", all.out().bias(), 8)));
    }
    Path index =
        Files.writeString(
            folder.resolve("model.safetensors.index.json"),
            """
            {"metadata": {"total_size": 864}, "weight_map": {
              "att.W_query.weight": "a:1.safetensors", "att.W_key.weight": "a:1.safetensors",
              "att.W_value.weight": "a:2.safetensors", "att.out_proj.weight": "a:2.safetensors",
              "att.out_proj.bias": "a:2.safetensors"}}
            """);

    stage.setNumHeads(4).setWeightsPrefix("att.");
    for (String path : List.of(folder.toString(), index.toString(), folder.toUri().toString())) {
      assertThat(stage.setWeightsPath(path).weights()).isEqualTo(all);
    }
    Files.delete(folder.resolve("a:2.safetensors"));
    stage.setWeightsPath(index.toString());
    assertRefused(
        folder.resolve("a:2.safetensors")
            + ": must be a shard with tensor 'att.W_value.weight', as "
            + index
            + " says, but doesn't exist");
  }

  @Test
  void aTruncatedFileIsNamed() throws IOException {
    LocalSpark.session();
    Path file = Path.of(file(plain(1)));
    Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 100));
    assertThatThrownBy(() -> stage.setWeightsPath(file.toString()).config())
        .hasMessageContaining(file.toString());
  }

  @Test
  void aPrefixThatTheFileHasNotIsNamed() throws IOException {
    LocalSpark.session();
    stage.setWeightsPath(file(plain(1))).setNumHeads(4);
    assertThat(stage.weights()).isEqualTo(plain(1));
    assertThatThrownBy(() -> stage.setWeightsPrefix("blocks.0.").config())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("blocks.0.")
        .hasMessageContaining("layer.safetensors");
  }

  @Test
  void weightsThatAreNotFiniteAreRefused() {
    AttentionWeights good = plain(1);
    float[] bad = good.key().weight().clone();
    bad[5] = Float.NaN;
    assertThatThrownBy(
            () ->
                stage.setWeights(
                    new AttentionWeights(
                        good.query(), new Linear(bad, null, 8, 6), good.value(), null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("stage: W_key.weight must be finite, but is NaN at 5");
  }
}
