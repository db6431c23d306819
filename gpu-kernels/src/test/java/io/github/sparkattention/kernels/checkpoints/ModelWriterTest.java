package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.BERT;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.BOOK;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.DISTILBERT;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.GPT2;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.LLAMA;
import static io.github.sparkattention.kernels.checkpoints.CheckpointTest.with;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.files.LocalModelPath;
import io.github.sparkattention.kernels.files.ModelTensors;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ModelWriterTest {
  private static final String SCALING =
      "{\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0,"
          + " \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 8192}";

  static Stream<Arguments> models() {
    String untied = with(GPT2, "tie_word_embeddings", "false");
    String tied = with(LLAMA, "tie_word_embeddings", "true");
    String mistral = with(tied, "model_type", "\"mistral\"", "sliding_window", "3");
    String qwen = with(tied, "model_type", "\"qwen2\"");
    String[] qkv = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"};
    return Stream.of(
        Arguments.of("gpt2", CheckpointFiles.gpt2("transformer."), GPT2),
        Arguments.of("gpt2 without a head", CheckpointFiles.gpt2(""), untied),
        Arguments.of("minGPT, which is the book's form", CheckpointFiles.minGpt(), untied),
        Arguments.of("bert", CheckpointFiles.bert("", "gamma", "beta"), BERT),
        Arguments.of("distilbert", CheckpointFiles.distilBert(), DISTILBERT),
        Arguments.of("llama", CheckpointFiles.llama("").add("lm_head.weight", 5, 4), LLAMA),
        Arguments.of(
            "llama 3", CheckpointFiles.llama("model."), with(tied, "rope_scaling", SCALING)),
        Arguments.of("mistral", CheckpointFiles.llama("model."), mistral),
        Arguments.of("qwen2", CheckpointFiles.llama("model.", qkv), qwen),
        Arguments.of("book", CheckpointFiles.book(), BOOK));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("models")
  void aModelIsReadBackAsItWas(
      String name, CheckpointFiles files, String config, @TempDir Path parent) throws IOException {
    Model read = CheckpointTest.read(files.folder(config));
    Model model = new Model(read.config(), read.tensors(), Pooling.MAX, true);
    Path folder = parent.resolve("model");

    ModelWriter.write(model, folder);

    Model again = Checkpoint.open(folder).read();
    assertThat(again.config()).as(name).isEqualTo(model.config());
    assertThat(again.pooling()).isEqualTo(Pooling.MAX);
    assertThat(again.normalize()).isTrue();
    assertThat(again.tensors().fingerprint(model.config().vectors()))
        .isEqualTo(model.tensors().fingerprint(model.config().vectors()));
    try (Stream<Path> left = Files.list(parent)) {
      assertThat(left).containsExactly(folder);
    }
  }

  @Test
  void gpt2IsWrittenAsTheTransformersLibraryKeepsIt(@TempDir Path parent) throws IOException {
    CheckpointFiles files = CheckpointFiles.gpt2("transformer.");

    ModelWriter.write(CheckpointTest.read(files.folder(GPT2)), parent.resolve("gpt2"));

    Path written = parent.resolve("gpt2").resolve(ModelTensors.FILE);
    ModelTensors tensors = ModelTensors.open(new LocalModelPath(written));
    for (var tensor : tensors.read(tensors.names()).values()) {
      assertThat(tensor.floats()).as(tensor.name()).isEqualTo(files.values(tensor.name()));
    }
    assertThat(tensors.names())
        .hasSize(28)
        .contains("transformer.wte.weight", "transformer.h.1.attn.c_attn.weight")
        .doesNotContain("lm_head.weight");
    assertThat(Files.readString(parent.resolve("gpt2/config.json")))
        .contains("\"model_type\" : \"gpt2\"")
        .contains("\"architectures\" : [ \"GPT2LMHeadModel\" ]")
        .contains("\"layer_norm_epsilon\" : 1.0E-5");
  }

  @Test
  void nothingIsOverwrittenOrLeftBehind(@TempDir Path parent) throws IOException {
    Model model = CheckpointTest.read(CheckpointFiles.gpt2("").folder(GPT2));
    Path folder = Files.createDirectory(parent.resolve("there"));
    assertThatThrownBy(() -> ModelWriter.write(model, folder))
        .isInstanceOf(FileAlreadyExistsException.class);

    Tensors some = Tensors.builder().vector("final_norm.weight", new float[4]).build();
    Model part = new Model(model.config(), some, null, false);
    assertThatThrownBy(() -> ModelWriter.write(part, parent.resolve("part")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("a model that is written must have the tensors {");
    try (Stream<Path> left = Files.list(parent)) {
      assertThat(left).containsExactly(folder);
    }
  }

  @Test
  void aModelThatNoLibraryComputesIsRefused() throws IOException {
    Model model = CheckpointTest.read(CheckpointFiles.gpt2("").folder(GPT2));
    ModelConfig config = model.config();
    ModelConfig typed =
        new ModelConfig(
            5,
            4,
            2,
            config.heads(),
            16,
            config.activation(),
            false,
            config.norm(),
            config.placement(),
            6,
            2,
            null,
            6,
            true,
            true,
            true,
            ModelConfig.Head.TIED);

    assertThatThrownBy(() -> ModelWriter.settings(new Model(typed, model.tensors(), null, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "a model that is written must be of the form of GPT-2, the book's GPTModel, BERT,"
                + " DistilBERT, Llama, Mistral or Qwen2, but is ModelConfig[");
    assertThatThrownBy(() -> new Model(config, model.tensors(), null, true))
        .hasMessage("a model that normalizes its vectors must pool them, but has no pooling");
    assertThat(ModelWriter.settings(model)).isEqualTo(Map.of("config.json", settings(model)));
  }

  private static String settings(Model model) {
    return ModelWriter.settings(model).get("config.json");
  }
}
