package io.github.sparkattention.kernels.files;

import static io.github.sparkattention.kernels.files.SafeTensorsBytes.ascending;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.checkpoints.AttentionWeightsFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTensorsTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Map<String, byte[]> files = new HashMap<>();

  /** A layer of GPT-2 whose projection is in another shard. */
  private void gpt2() {
    files.put(
        FIRST,
        new SafeTensorsBytes()
            .ascending("h.0.attn.c_attn.weight", 0, 2, 6)
            .ascending("h.0.attn.c_attn.bias", 500, 6)
            .bytes());
    files.put(
        SECOND,
        new SafeTensorsBytes()
            .ascending("h.0.attn.c_proj.weight", 700, 2, 2)
            .ascending("h.0.attn.c_proj.bias", 600, 2)
            .bytes());
    index(
        """
        {"metadata": {"total_size": 96, "more": [{}]},
         "weight_map": {
           "h.0.attn.c_proj.weight": "model-00002-of-00002.safetensors",
           "h.0.attn.c_attn.weight": "model-00001-of-00002.safetensors",
           "h.0.attn.c_proj.bias": "model-00002-of-00002.safetensors",
           "h.0.attn.c_attn.bias": "model-00001-of-00002.safetensors"}}
        """);
  }

  private void index(String json) {
    files.put(INDEX, json.getBytes(StandardCharsets.UTF_8));
  }

  private ModelPath path(String name) {
    return new MemoryModelPath(files, name);
  }

  private void assertRefused(String message) {
    assertThatThrownBy(() -> AttentionWeightsFile.read(path(INDEX), "h.0.attn."))
        .isExactlyInstanceOf(SafeTensorsException.class)
        .hasMessage(message);
  }

  private static AttentionWeights gpt2Weights() {
    return new AttentionWeights(
        new Linear(new float[] {0, 6, 1, 7}, new float[] {500, 501}, 2, 2),
        new Linear(new float[] {2, 8, 3, 9}, new float[] {502, 503}, 2, 2),
        new Linear(new float[] {4, 10, 5, 11}, new float[] {504, 505}, 2, 2),
        new Linear(new float[] {700, 702, 701, 703}, new float[] {600, 601}, 2, 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {INDEX, ""})
  void aLayerIsReadFromSeveralShardsByTheirIndexOrItsFolder(String name) throws IOException {
    gpt2();

    assertThat(AttentionWeightsFile.read(path(name), "h.0.attn.")).isEqualTo(gpt2Weights());
  }

  @Test
  void aFolderMayHoldTheModelInOneFile(@TempDir Path folder) throws IOException {
    Files.write(
        folder.resolve("model.safetensors"),
        new SafeTensorsBytes()
            .ascending("c_attn.weight", 0, 1, 3)
            .ascending("c_proj.weight", 9, 1, 1)
            .bytes());

    assertThat(AttentionWeightsFile.read(folder, "").out())
        .isEqualTo(new Linear(new float[] {9}, null, 1, 1));
  }

  @Test
  void shardsOnTheLocalFileSystemAreRead(@TempDir Path folder) throws IOException {
    gpt2();
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }

    assertThat(AttentionWeightsFile.read(folder, "h.0.attn.")).isEqualTo(gpt2Weights());
    assertThat(AttentionWeightsFile.read(folder.resolve(INDEX), "h.0.attn."))
        .isEqualTo(gpt2Weights());
    Files.delete(folder.resolve(SECOND));
    Files.createDirectory(folder.resolve(SECOND));
    assertThatThrownBy(() -> AttentionWeightsFile.read(folder, "h.0.attn."))
        .hasMessage(
            folder.resolve(SECOND)
                + ": must be a shard with tensor 'h.0.attn.c_proj.weight', as "
                + folder.resolve(INDEX)
                + " says, but is a folder");
  }

  @Test
  void aFolderWithoutAModelOrWithTwoIsRefused() {
    ModelPath folder = path("");

    assertThatThrownBy(() -> ModelTensors.open(folder))
        .isExactlyInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "models/: a folder with weights must hold model.safetensors.index.json or"
                + " model.safetensors, but holds neither");
    files.put("model.safetensors", new byte[0]);
    index("{}");
    assertThatThrownBy(() -> ModelTensors.open(folder))
        .hasMessage(
            "models/: a folder with weights must hold model.safetensors.index.json or"
                + " model.safetensors, but holds both; name one of them");
  }

  @Test
  void namesComeBeforeAnyTensorIsReadAndTensorsFromAnyShard() throws IOException {
    gpt2();
    ModelTensors model = ModelTensors.open(path(""));

    assertThat(model.isSharded()).isTrue();
    assertThat(model.source()).isEqualTo("models/" + INDEX);
    assertThat(model.names())
        .containsExactly(
            "h.0.attn.c_attn.weight",
            "h.0.attn.c_attn.bias",
            "h.0.attn.c_proj.weight",
            "h.0.attn.c_proj.bias");
    assertThat(model.source("h.0.attn.c_proj.bias")).isEqualTo("models/" + SECOND);
    // In any order, and again.
    for (int i = 0; i < 2; i++) {
      Map<String, SafeTensors.Tensor> read =
          model.read(Set.of("h.0.attn.c_proj.bias", "h.0.attn.c_attn.bias"));
      assertThat(read).containsOnlyKeys("h.0.attn.c_attn.bias", "h.0.attn.c_proj.bias");
      assertThat(read.get("h.0.attn.c_proj.bias").floats()).isEqualTo(ascending(600, 2));
    }
    assertThatThrownBy(() -> model.read(Set.of("x")))
        .isExactlyInstanceOf(SafeTensorsException.class)
        .hasMessage("models/" + INDEX + ": tensor 'x' must be there, but there is none");
  }

  @Test
  void onlyShardsWithWantedTensorsAreReadAgain() throws IOException {
    gpt2();
    ModelTensors model = ModelTensors.open(path(""));
    files.remove(SECOND);

    assertThat(model.read(Set.of("h.0.attn.c_attn.bias"))).hasSize(1);
  }

  @Test
  void aShardThatChangesBetweenItsHeaderAndItsTensorsIsRefused() throws IOException {
    gpt2();
    ModelTensors model = ModelTensors.open(path(""));
    byte[] before = files.get(SECOND);
    byte[] ofOtherType =
        new String(before, StandardCharsets.ISO_8859_1)
            .replaceFirst("F32", "I32")
            .getBytes(StandardCharsets.ISO_8859_1);
    for (byte[] after : List.of(ofOtherType, Arrays.copyOf(before, before.length + 1))) {
      files.put(SECOND, after);

      assertThatThrownBy(() -> model.read(Set.of("h.0.attn.c_proj.bias")))
          .isExactlyInstanceOf(SafeTensorsException.class)
          .hasMessage(
              "models/"
                  + SECOND
                  + ": the file must stay as it is while it is read, but has changed");
    }
  }

  @Test
  void aMissingShardIsNamedWithATensorOfIt() {
    gpt2();
    files.remove(SECOND);

    assertRefused(
        "models/%s: must be a shard with tensor 'h.0.attn.c_proj.weight', as models/%s says, but doesn't exist"
            .formatted(SECOND, INDEX));
  }

  @Test
  void aDamagedShardIsRefusedThoughNothingOfItIsWanted() {
    gpt2();
    files.put(SECOND, new byte[] {1});

    assertRefused(
        "models/" + SECOND + ": a safetensors file must have at least 8 bytes, but has 1");
  }

  @Test
  void indexAndShardsMustAgreeOnEveryTensor() {
    gpt2();
    String json = new String(files.get(INDEX), StandardCharsets.UTF_8);

    index(json.replace("\"h.0.attn.c_proj.bias\"", "\"h.0.attn.c_proj.bias_\""));
    assertRefused(
        "models/%s: tensor 'h.0.attn.c_proj.bias' must be in the weight_map of models/%s with this shard, but that has none"
            .formatted(SECOND, INDEX));
    index(json.replace("c_proj.bias\": \"model-00002", "c_proj.bias\": \"model-00001"));
    assertRefused(
        "models/%s: tensor 'h.0.attn.c_proj.bias' must be in the weight_map of models/%s with this shard, but that has it with '%s'"
            .formatted(SECOND, INDEX, FIRST));
    index(json.replace("\"weight_map\": {", "\"weight_map\": {\"x\": \"" + FIRST + "\","));
    assertRefused(
        "models/%s: tensor 'x' must be in the shard '%s', but that has no such tensor"
            .formatted(INDEX, FIRST));
  }

  @Test
  void aFaultOfATensorIsSaidOfItsShard() {
    gpt2();
    files.put(
        SECOND,
        new SafeTensorsBytes()
            .ascending("h.0.attn.c_proj.weight", 700, 2, 3)
            .ascending("h.0.attn.c_proj.bias", 600, 2)
            .bytes());
    assertRefused(
        "models/%s: tensor 'h.0.attn.c_proj.weight' must be [2, 2] by 'h.0.attn.c_attn.weight' of models/%s [2, 6], but is [2, 3]"
            .formatted(SECOND, FIRST));

    files.put(
        SECOND,
        new SafeTensorsBytes()
            .floats("h.0.attn.c_proj.weight", new float[] {0, 1, Float.NaN, 3}, 2, 2)
            .ascending("h.0.attn.c_proj.bias", 600, 2)
            .bytes());
    assertRefused(
        "models/%s: tensor 'h.0.attn.c_proj.weight' must hold finite floats, but holds NaN at [1, 0], read from F32"
            .formatted(SECOND));
  }

  @Test
  void aTensorThatIsInNoShardIsSaidOfTheIndex() {
    files.put(FIRST, new SafeTensorsBytes().ascending("h.0.attn.c_attn.weight", 0, 2, 6).bytes());
    index("{\"weight_map\":{\"h.0.attn.c_attn.weight\":\"" + FIRST + "\"}}");

    assertRefused(
        "models/%s: tensor 'h.0.attn.c_proj.weight' must be there, as 'h.0.attn.c_attn.weight' of models/%s is, but the index has none"
            .formatted(INDEX, FIRST));
    assertThatThrownBy(() -> AttentionWeightsFile.read(path(INDEX), "x."))
        .hasMessage(
            "models/%s: there must be an attention layer under the prefix 'x.', with 'x.W_query.weight' or 'x.c_attn.weight', but the index has layers under 'h.0.attn.'"
                .formatted(INDEX));
  }

  static Stream<Arguments> partsOfALayer() {
    SafeTensorsBytes projections =
        new SafeTensorsBytes()
            .ascending("W_query.weight", 0, 2, 2)
            .ascending("W_key.weight", 0, 2, 2)
            .ascending("W_value.weight", 0, 2, 2);
    return Stream.of(
        arguments(
            new SafeTensorsBytes().ascending("c_attn.weight", 0, 2, 6),
            "c_attn.bias",
            "c_attn.weight"),
        arguments(
            new SafeTensorsBytes()
                .ascending("c_attn.weight", 0, 2, 6)
                .ascending("c_attn.bias", 0, 6),
            "c_proj.weight",
            "c_attn.weight"),
        arguments(projections, "W_query.bias", "W_query.weight"));
  }

  @ParameterizedTest
  @MethodSource("partsOfALayer")
  void aShardByItselfIsNoLayerIfAPartOfItMayBeInAnother(
      SafeTensorsBytes file, String part, String beside) {
    files.put(FIRST, file.bytes());

    assertThatThrownBy(() -> AttentionWeightsFile.read(path(FIRST), ""))
        .isExactlyInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "models/%s: tensor '%s' must be there, as '%s' is, but this shard has none, and others were not given; name their index model.safetensors.index.json or its folder instead"
                .formatted(FIRST, part, beside));
  }

  @ParameterizedTest
  @ValueSource(strings = {"model.safetensors", "model-00001-of-00001.safetensors"})
  void aFileThatIsTheWholeModelMayLackWhatIsOptional(String name) throws IOException {
    files.put(
        name,
        new SafeTensorsBytes()
            .ascending("W_query.weight", 0, 2, 2)
            .ascending("W_key.weight", 0, 2, 2)
            .ascending("W_value.weight", 0, 2, 2)
            .bytes());

    assertThat(AttentionWeightsFile.read(path(name), "").out()).isNull();
  }

  @Test
  void aShardWithAWholeLayerWillDo() throws IOException {
    files.put(
        FIRST,
        new SafeTensorsBytes()
            .ascending("c_attn.weight", 0, 1, 3)
            .ascending("c_attn.bias", 0, 3)
            .ascending("c_proj.weight", 9, 1, 1)
            .ascending("c_proj.bias", 5, 1)
            .bytes());

    assertThat(AttentionWeightsFile.read(path(FIRST), "").out())
        .isEqualTo(new Linear(new float[] {9}, new float[] {5}, 1, 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | the index must be one JSON object, but is empty",
        "[] | the index must be one JSON object, but is an array",
        "{}{} | the index must be one JSON object, but goes on after it",
        "{ | the index can't be read as JSON: it ends within an object",
        "{} | the index must have a weight_map, but has none",
        "{\"weight_map\":7} | weight_map must be an object of names of files, but is 7",
        "{\"weight_map\":{},\"weight_map\":{}} | the index must have weight_map once, but has it twice",
        "{\"metadata\":1} | metadata must be an object, but is 1",
        "{\"metadata\":{},\"metadata\":{}} | the index must have metadata once, but has it twice",
        "{\"weights\":{}} | the index must have metadata and weight_map only, but has 'weights'",
        "{\"weight_map\":{\"a\":1}} | weight_map must give tensor 'a' the name of a file, but gives 1",
        "{\"weight_map\":{\"a\":\"s.safetensors\",\"a\":\"s.safetensors\"}} | weight_map must have tensor 'a' once, but has it twice",
        "{\"weight_map\":{\"\\ud800\":\"s.safetensors\"}} | a name must be Unicode, but '\ud800' is not",
        "{\"weight_map\":{\"a\":\"\\ud800.safetensors\"}} | the name of a shard must be Unicode, but '\ud800.safetensors' is not",
      })
  void aBrokenRuleOfTheIndexIsNamed(String json, String rule) {
    index(json);
    assertRefused("models/" + INDEX + ": " + rule);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../other.safetensors",
        "/etc/other.safetensors",
        "folder/other.safetensors",
        "..\\\\other.safetensors",
        "file:///etc/other.safetensors",
        "a\\u0000.safetensors",
        "pytorch_model-00001-of-00002.bin",
        "..",
        ""
      })
  void aShardOutsideOfTheFolderIsRefusedBeforeItIsOpened(String shard) {
    index("{\"weight_map\":{\"a\":\"" + shard + "\"}}");

    assertThatThrownBy(() -> ModelTensors.open(path(INDEX)))
        .isExactlyInstanceOf(SafeTensorsException.class)
        .hasMessageStartingWith(
            "models/"
                + INDEX
                + ": weight_map must give tensor 'a' a file in the index's own folder whose name"
                + " ends in .safetensors, but gives '");
  }

  @Test
  void anIndexThatIsNotUtf8IsRefused() {
    files.put(INDEX, new byte[] {'{', '"', (byte) 0xff, '"'});
    assertRefused("models/" + INDEX + ": the index must be UTF-8, but is not");
  }

  @Test
  void deepMetadataIsRefused() {
    index("{\"metadata\":{\"a\":" + "[".repeat(5000));
    assertThatThrownBy(() -> ModelTensors.open(path(INDEX)))
        .isExactlyInstanceOf(SafeTensorsException.class)
        .hasMessageStartingWith(
            "models/" + INDEX + ": the index can't be read as JSON: Document nesting depth");
  }

  @Test
  void anIndexOfMoreThan100MegabytesIsRefusedBeforeItIsRead() {
    assertThatThrownBy(() -> ShardIndex.read(InputStream.nullInputStream(), 100_000_001, "i"))
        .isExactlyInstanceOf(SafeTensorsException.class)
        .hasMessage("i: an index of shards must have at most 100000000 bytes, but has 100000001");
    assertThatThrownBy(() -> ShardIndex.read(InputStream.nullInputStream(), 100_000_000, "i"))
        .hasMessage("i: the file is truncated: it must have 100000000 bytes, but ends after 0");
  }

  @Test
  void anIndexOfMoreThan10000ShardsIsRefused() {
    index(
        IntStream.rangeClosed(0, 10_000)
            .mapToObj(i -> "\"t%d\":\"s%d.safetensors\"".formatted(i, i))
            .collect(Collectors.joining(",", "{\"weight_map\":{", "}}")));
    assertRefused("models/" + INDEX + ": the index must have at most 10000 shards, but has more");
  }
}
