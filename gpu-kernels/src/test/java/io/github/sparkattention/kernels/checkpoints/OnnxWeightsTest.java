package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.BERT;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.bytes;
import static io.github.sparkattention.kernels.checkpoints.CheckpointTest.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelConfig.Head;
import io.github.sparkattention.kernels.ModelConfig.Placement;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.Tensors.Shape;
import io.github.sparkattention.kernels.files.MemoryModelPath;
import io.github.sparkattention.kernels.files.ModelTensors;
import io.github.sparkattention.kernels.files.OnnxWeights;
import io.github.sparkattention.kernels.files.SafeTensorsBytes;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OnnxWeightsTest {

  @ParameterizedTest
  @ValueSource(strings = {"", "bert."})
  void mapsAreNamedAfterTheirProducts(String outer) throws IOException {
    CheckpointFiles files = CheckpointFiles.bert(outer, "weight", "bias");
    Map<String, byte[]> folder = files.folder(BERT);
    Model expected = open(folder).read();
    folder.remove(ModelTensors.FILE);
    folder.put("onnx/model.onnx", OnnxBytes.bert(files).bytes());

    Checkpoint checkpoint = open(folder);

    assertThat(checkpoint.config()).isEqualTo(expected.config());
    assertThat(checkpoint.read().tensors().fingerprint(expected.config().vectors()))
        .isEqualTo(expected.tensors().fingerprint(expected.config().vectors()));
    assertThat(checkpoint.origins())
        .containsEntry(
            "blocks.0.out.weight",
            "'%sencoder.layer.0.attention.output.dense.weight', transposed of".formatted(outer)
                + " models/onnx/model.onnx");
  }

  @Test
  void safetensorsComeFirst() throws IOException {
    Map<String, byte[]> folder = CheckpointFiles.bert("", "weight", "bias").folder(BERT);
    folder.put("model.onnx", new byte[3]);

    assertThat(open(folder).origins().get("tokens.weight")).endsWith("model.safetensors");
  }

  @Test
  void productsSayWhichWayRoundTheirWeightIs() throws IOException {
    OnnxWeights weights =
        weights(
            new OnnxBytes()
                .node("MatMul", "/a/b/MatMul", "x", "onnx::MatMul_1")
                .gemm("/a/c/Gemm", true, "x", "a.c.weight", "a.c.bias")
                .gemm("/a/d/Gemm", false, "x", "12", "13")
                .floats("onnx::MatMul_1", new float[2], 1, 2)
                .floats("a.c.weight", new float[2], 1, 2)
                .floats("a.c.bias", new float[1], 1)
                .floats("12", new float[2], 1, 2)
                .floats("13", new float[2], 2)
                .floats("a.e.weight", new float[2], 1, 2));

    assertThat(weights.names())
        .containsExactly(
            "a.b.weight", "a.c.weight", "a.c.bias", "a.d.weight", "a.d.bias", "a.e.weight");
    assertThat(weights.isTransposed("a.b.weight", false)).isTrue();
    assertThat(weights.isTransposed("a.c.weight", true)).isFalse();
    assertThat(weights.isTransposed("a.d.weight", false)).isTrue();
    assertThat(weights.isTransposed("a.e.weight", false)).isFalse();
    assertThat(weights.isTransposed("a.e.weight", true)).isTrue();
  }

  @Test
  void aWeightThatTwoModulesShareIsReadForBoth() throws IOException {
    OnnxWeights weights =
        weights(
            new OnnxBytes()
                .node("MatMul", "/a/MatMul", "x", "onnx::MatMul_1")
                .node("MatMul", "/b/MatMul", "x", "onnx::MatMul_1")
                .floats("onnx::MatMul_1", new float[] {1, 2}, 1, 2)
                .floats("c.weight", new float[] {3}, 1));
    Map<String, float[]> read = new TreeMap<>();

    weights.read(
        Set.of("a.weight", "b.weight", "c.weight"),
        tensor -> read.put(tensor.name(), tensor.floats()));

    assertThat(read.get("a.weight")).containsExactly(1, 2);
    assertThat(read.get("b.weight")).containsExactly(1, 2);
    assertThat(read.get("c.weight")).containsExactly(3);
  }

  @Test
  void floatsMayBePackedAndOfOtherWidths() throws IOException {
    byte[] packedShape = OnnxBytes.field(1, new byte[] {1, 2});
    OnnxWeights weights =
        weights(
            new OnnxBytes()
                .tensor("a.half", OnnxBytes.F16, OnnxBytes.RAW, SafeTensorsBytes.shorts(0x3e00), 1)
                .tensor("a.double", OnnxBytes.F64, 10, SafeTensorsBytes.doubles(2.5), 1)
                .tensor(
                    OnnxBytes.join(
                        OnnxBytes.text(8, "a.packed"),
                        OnnxBytes.field(4, new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40}),
                        OnnxBytes.number(2, OnnxBytes.F32),
                        packedShape)));
    Map<String, float[]> read = new TreeMap<>();

    weights.read(weights.names(), tensor -> read.put(tensor.name(), tensor.floats()));

    assertThat(read.get("a.half")).containsExactly(1.5f);
    assertThat(read.get("a.double")).containsExactly(2.5f);
    assertThat(read.get("a.packed")).containsExactly(1, 2);
    assertThat(weights.entry("a.packed").shape()).containsExactly(1L, 2L);
  }

  @Test
  void aHeadThatIsTiedMayBeKeptEitherWayRound() throws IOException {
    CheckpointFiles files = CheckpointFiles.gpt2("transformer.");
    OnnxBytes file = new OnnxBytes();
    files
        .shapes()
        .forEach(
            (name, shape) -> {
              if (!name.contains(".attn.bias") && !name.contains("masked")) {
                file.floats(name, files.values(name), shape);
              }
            });
    file.node("MatMul", "/lm_head/MatMul", "x", "onnx::MatMul_9");
    file.floats("onnx::MatMul_9", files.transposed("transformer.wte.weight"), 4, 5);
    Model expected = open(files.folder(CheckpointFiles.GPT2)).read();

    Model model =
        open(Map.of("config.json", bytes(CheckpointFiles.GPT2), "model.onnx", file.bytes())).read();

    assertThat(model.config()).isEqualTo(expected.config());
    assertThat(model.tensors().fingerprint(model.config().vectors()))
        .isEqualTo(expected.tensors().fingerprint(model.config().vectors()));
  }

  @Test
  void aBiasThatHasNoNameIsMissedAndNotTakenForNone() {
    CheckpointFiles files = CheckpointFiles.minGpt();
    OnnxBytes file = new OnnxBytes();
    files.shapes().forEach((name, shape) -> file.floats(name, files.values(name), shape));
    String config = CheckpointTest.with(CheckpointFiles.GPT2, "tie_word_embeddings", "false");

    assertThatThrownBy(() -> open(Map.of("config.json", bytes(config), "model.onnx", file.bytes())))
        .hasMessageContaining("'transformer.h.0.attn.c_attn.bias' [12] is missing");
  }

  @Test
  void filesThatChangeAfterOpeningAreRefused() throws IOException {
    CheckpointFiles files = CheckpointFiles.bert("", "weight", "bias");
    Map<String, byte[]> folder = new TreeMap<>();
    folder.put("config.json", bytes(BERT));
    folder.put("model.onnx", OnnxBytes.bert(files).bytes());
    Checkpoint checkpoint = open(folder);
    folder.put("model.onnx", new OnnxBytes().floats("a.b", new float[1], 1).bytes());

    assertThatThrownBy(checkpoint::read)
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "models/model.onnx: the file must stay as it is while it is read, but has changed");
  }

  @Test
  void quantizedAndExternalWeightsAreRefused() {
    assertRefused(
        new OnnxBytes().node("MatMulInteger", "/a/MatMul_quant", "x", "w").bytes(),
        "the model must have float weights, but is quantized: its node '/a/MatMul_quant' is a"
            + " MatMulInteger");
    assertRefused(
        new OnnxBytes()
            .tensor(
                OnnxBytes.join(
                    OnnxBytes.dimensions(2),
                    OnnxBytes.number(2, OnnxBytes.F32),
                    OnnxBytes.text(8, "a.weight"),
                    OnnxBytes.field(13, OnnxBytes.text(1, "location")),
                    OnnxBytes.number(14, 1)))
            .bytes(),
        "tensor 'a.weight' must be in the file, but its data is in another; export the model with"
            + " all in one file");
  }

  @Test
  void damagedFilesAreRefused() {
    byte[] file = new OnnxBytes().floats("a.weight", new float[] {1, 2}, 2).bytes();

    assertRefused(new byte[0], "an ONNX model must have a graph, but has none");
    assertRefused(
        Arrays.copyOf(file, file.length - 10),
        "the file is damaged: the value at byte 13 must end");
    assertRefused(new byte[] {0}, "the file is damaged: a tag at byte 1 names no field");
    assertRefused(new byte[] {0x0b}, "the file is damaged: the value at byte 1 must be of type");
    assertRefused(
        new OnnxBytes().floats("a.weight", new float[] {1, 2}, 3).bytes(),
        "tensor 'a.weight' must have 12 bytes as F32 [3], but has 8");
    assertRefused(
        new OnnxBytes().floats("a.weight", new float[] {1, 2}, 1L << 40, 1L << 40).bytes(),
        "tensor 'a.weight' must have a size that fits 63 bits, but is F32");
    assertRefused(
        new OnnxBytes().floats("a.weight", new float[] {1, 2}, -2).bytes(),
        "a tensor must have at most 64 dimensions of at least 0, but has -2 after []");
    assertRefused(
        new OnnxBytes().floats("a.b", new float[1], 1).floats("a.b", new float[1], 1).bytes(),
        "tensor 'a.b' must come once, but comes twice");
    assertRefused(
        new OnnxBytes().floats("x".repeat(1001), new float[1], 1).bytes(),
        "the file is damaged: the text at byte 36 must have at most 1000 bytes, but has 1001");
  }

  @Test
  void integersInPlaceOfAMapAreRefusedByName() {
    CheckpointFiles files = CheckpointFiles.bert("", "weight", "bias").without("pooler.dense.bias");
    byte[] whole =
        OnnxBytes.bert(files.without("embeddings.token_type_embeddings.weight"))
            .tensor(
                "embeddings.token_type_embeddings.weight",
                OnnxBytes.I8,
                OnnxBytes.RAW,
                new byte[8],
                2,
                4)
            .bytes();

    assertThatThrownBy(() -> open(Map.of("config.json", bytes(BERT), "model.onnx", whole)))
        .hasMessage(
            "models/model.onnx: the tensors must be those of the model, but"
                + " 'embeddings.token_type_embeddings.weight' [2, 4] must be F32, F64, F16 or"
                + " BF16, but is I8");
  }

  @Test
  void allMiniLmIsOpenedWithEachTensorOfItsShape(@TempDir Path folder) throws IOException {
    try (InputStream in = OnnxWeightsTest.class.getResourceAsStream("/all-minilm-l6-v2.onnx")) {
      Files.copy(in, folder.resolve("model.onnx"));
    }
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "bert", "architectures": ["BertModel"], "num_hidden_layers": 6,
         "num_attention_heads": 12, "hidden_size": 384, "intermediate_size": 1536,
         "vocab_size": 30522, "max_position_embeddings": 512, "type_vocab_size": 2,
         "hidden_act": "gelu", "layer_norm_eps": 1e-12}
        """);

    Checkpoint checkpoint = Checkpoint.open(folder);

    ModelConfig config = checkpoint.config();
    assertThat(config)
        .isEqualTo(
            new ModelConfig(
                30522,
                384,
                6,
                new Heads(32, 12, 12, false, (float) (1 / Math.sqrt(32)), 0, 0, 0),
                1536,
                Activation.GELU_ERF,
                false,
                new Norm(Norm.Kind.LAYER, 1e-12f),
                Placement.AFTER,
                512,
                2,
                null,
                512,
                true,
                true,
                true,
                Head.NONE));
    Model model = checkpoint.read();
    model.tensors().check(config.vectors());
    assertThat(model.tensors().shapes())
        .hasSize(101)
        .containsEntry("blocks.5.up.weight", Shape.matrix(1536, 384))
        .containsEntry("blocks.0.down.weight", Shape.matrix(384, 1536));
    // The file has them at [1, 0] of onnx::MatMul_787, and at [3, 7] of onnx::MatMul_798.
    assertThat(model.tensors().values("blocks.0.query.weight")[1]).isEqualTo(0.043580376f);
    assertThat(model.tensors().values("blocks.0.up.weight")[7 * 384 + 3]).isEqualTo(0.014291431f);
  }

  private static OnnxWeights weights(OnnxBytes file) throws IOException {
    byte[] bytes = file.bytes();
    Map<String, byte[]> folder = Map.of("model.onnx", bytes);
    return OnnxWeights.open(MemoryModelPath.folder(folder).child("model.onnx"), bytes.length);
  }

  private static void assertRefused(byte[] file, String message) {
    Map<String, byte[]> folder = Map.of("config.json", bytes(BERT), "model.onnx", file);
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessageStartingWith("models/model.onnx: " + message);
  }
}
