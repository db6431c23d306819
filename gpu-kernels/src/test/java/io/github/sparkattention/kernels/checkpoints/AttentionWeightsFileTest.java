package io.github.sparkattention.kernels.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.GoldenCase;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.files.SafeTensors;
import io.github.sparkattention.kernels.files.SafeTensorsBytes;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionWeightsFileTest {
  private static final String EXPECTED_NAMES = "with 'x.W_query.weight' or 'x.c_attn.weight', but ";

  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "trf_blocks.0.att., trf_blocks.0.att.",
    "transformer.att., att.",
    "transformer., ''"
  })
  void layerIsReadByTheBooksNames(String inFile, String asked) throws IOException {
    byte[] file = book(inFile).bytes();

    assertThat(read(file, asked)).isEqualTo(bookWeights());
  }

  @Test
  void biasesAndOutputProjectionMayBeMissing() throws IOException {
    byte[] file =
        new SafeTensorsBytes()
            .ascending("W_query.weight", 0, 4, 3)
            .ascending("W_key.weight", 100, 2, 3)
            .ascending("W_value.weight", 200, 2, 3)
            .bytes();

    AttentionWeights weights = read(file, "");

    assertThat(weights.query()).isEqualTo(linear(0, -1, 4, 3));
    assertThat(weights.value()).isEqualTo(linear(200, -1, 2, 3));
    assertThat(weights.out()).isNull();
  }

  @Test
  void outputProjectionMayHaveNoBias() throws IOException {
    byte[] file = square("W_query").ascending("out_proj.weight", 300, 2, 2).bytes();

    assertThat(read(file, "").out()).isEqualTo(linear(300, -1, 2, 2));
  }

  @Test
  void maskAndOtherTensorsAreIgnored() throws IOException {
    byte[] file =
        new SafeTensorsBytes()
            .tensor("a.mask", "BOOL", new byte[16], 4, 4)
            .floats("b.W_query.weight", new float[] {Float.NaN}, 1)
            .ascending("a.W_query.weight", 0, 2, 2)
            .floats("a.dropout", new float[] {Float.NaN}, 1)
            .ascending("a.W_key.weight", 0, 2, 2)
            .ascending("a.W_value.weight", 0, 2, 2)
            .tensor("z", "I32", new byte[4], 1)
            .bytes();

    assertThat(read(file, "a.").key()).isEqualTo(linear(0, -1, 2, 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "h.0.attn.", "transformer.", "transformer.h.0.attn."})
  void layerOfGpt2IsSplitAndTransposed(String inFile) throws IOException {
    byte[] file =
        new SafeTensorsBytes()
            .ascending(inFile + "bias", 0, 1, 1, 4, 4) // the mask
            .ascending(inFile + "c_attn.bias", 500, 6)
            .ascending(inFile + "c_attn.weight", 0, 2, 6)
            .ascending(inFile + "c_proj.bias", 600, 2)
            .ascending(inFile + "c_proj.weight", 700, 2, 2)
            .bytes();

    AttentionWeights weights = read(file, inFile.replace("transformer.", ""));

    // c_attn.weight is [[0..5], [6..11]]: column j of it is row j of the joined layer.
    assertThat(weights)
        .isEqualTo(
            new AttentionWeights(
                new Linear(new float[] {0, 6, 1, 7}, new float[] {500, 501}, 2, 2),
                new Linear(new float[] {2, 8, 3, 9}, new float[] {502, 503}, 2, 2),
                new Linear(new float[] {4, 10, 5, 11}, new float[] {504, 505}, 2, 2),
                new Linear(new float[] {700, 702, 701, 703}, new float[] {600, 601}, 2, 2)));
  }

  @Test
  void layerOfGpt2MayHaveNoBiases() throws IOException {
    byte[] file =
        new SafeTensorsBytes()
            .ascending("c_attn.weight", 0, 2, 6)
            .ascending("c_proj.weight", 700, 2, 2)
            .bytes();

    AttentionWeights weights = read(file, "");

    assertThat(weights.value()).isEqualTo(new Linear(new float[] {4, 10, 5, 11}, null, 2, 2));
    assertThat(weights.out()).isEqualTo(new Linear(new float[] {700, 702, 701, 703}, null, 2, 2));
  }

  @Test
  void thePrefixAsItStandsComesFirst() throws IOException {
    byte[] file =
        new SafeTensorsBytes()
            .ascending("transformer.c_attn.weight", 0, 2, 6)
            .ascending("transformer.c_proj.weight", 0, 2, 2)
            .ascending("c_attn.weight", 100, 2, 6)
            .ascending("c_proj.weight", 0, 2, 2)
            .bytes();

    assertThat(read(file, "").query().weight()).containsExactly(100, 106, 101, 107);
  }

  @Test
  void otherFloatTypesAreConverted() throws IOException {
    byte[] file =
        new SafeTensorsBytes()
            .tensor("W_query.weight", "F16", SafeTensorsBytes.shorts(0x3c00, 0xc000), 1, 2)
            .tensor("W_key.weight", "BF16", SafeTensorsBytes.shorts(0x3f80, 0xc000), 1, 2)
            .tensor("W_value.weight", "F64", SafeTensorsBytes.doubles(1, -2), 1, 2)
            .bytes();
    Linear expected = new Linear(new float[] {1, -2}, null, 1, 2);

    assertThat(read(file, "")).isEqualTo(new AttentionWeights(expected, expected, expected, null));
  }

  static Stream<Arguments> missingParts() {
    return Stream.of(
        arguments(
            new SafeTensorsBytes().ascending("W_query.weight", 0, 2, 2),
            "tensor 'W_key.weight' must be there, as 'W_query.weight' is, but the file has none"),
        arguments(
            new SafeTensorsBytes().ascending("W_value.weight", 0, 2, 2),
            "tensor 'W_query.weight' must be there, as 'W_value.weight' is, but the file has none"),
        arguments(
            new SafeTensorsBytes().ascending("W_key.bias", 0, 2),
            "tensor 'W_query.weight' must be there, as 'W_key.bias' is, but the file has none"),
        arguments(
            square("W_query").ascending("W_key.bias", 0, 2),
            "tensor 'W_query.bias' must be there, as 'W_key.bias' is, but the file has none"),
        arguments(
            square("W_query").ascending("W_query.bias", 0, 2).ascending("W_key.bias", 0, 2),
            "tensor 'W_value.bias' must be there, as 'W_query.bias' is, but the file has none"),
        arguments(
            square("W_query").ascending("out_proj.bias", 0, 2),
            "tensor 'out_proj.weight' must be there, as 'out_proj.bias' is, but the file has none"),
        arguments(
            new SafeTensorsBytes().ascending("c_attn.bias", 0, 6),
            "tensor 'c_attn.weight' must be there, as 'c_attn.bias' is, but the file has none"),
        arguments(
            new SafeTensorsBytes().ascending("c_attn.weight", 0, 2, 6),
            "tensor 'c_proj.weight' must be there, as 'c_attn.weight' is, but the file has none"),
        arguments(
            new SafeTensorsBytes()
                .ascending("c_attn.weight", 0, 2, 6)
                .ascending("c_proj.bias", 0, 2),
            "tensor 'c_proj.weight' must be there, as 'c_proj.bias' is, but the file has none"));
  }

  static Stream<Arguments> wrongShapes() {
    return Stream.of(
        arguments(
            new SafeTensorsBytes().ascending("W_query.weight", 0, 2, 2, 1),
            "tensor 'W_query.weight' must have 2 dimensions of at least 1, but is [2, 2, 1]"),
        arguments(
            new SafeTensorsBytes().ascending("W_query.weight", 0, 0, 2),
            "tensor 'W_query.weight' must have 2 dimensions of at least 1, but is [0, 2]"),
        arguments(
            projections(new long[] {2, 3}, new long[] {2, 4}, new long[] {2, 4}),
            "tensor 'W_key.weight' must have as many columns as 'W_query.weight' [2, 3], "
                + "but is [2, 4]"),
        arguments(
            projections(new long[] {4, 3}, new long[] {2, 3}, new long[] {4, 3}),
            "tensor 'W_value.weight' must have the shape of 'W_key.weight' [2, 3], but is [4, 3]"),
        arguments(
            square("W_query")
                .ascending("W_query.bias", 0, 2)
                .ascending("W_key.bias", 0, 3)
                .ascending("W_value.bias", 0, 2),
            "tensor 'W_key.bias' must be [2] by 'W_key.weight' [2, 2], but is [3]"),
        arguments(
            square("W_query").ascending("W_query.bias", 0, 1, 2),
            "tensor 'W_query.bias' must be [2] by 'W_query.weight' [2, 2], but is [1, 2]"),
        arguments(
            square("W_query").ascending("out_proj.weight", 0, 2, 3),
            "tensor 'out_proj.weight' must be [2, 2] by 'W_query.weight' [2, 2], but is [2, 3]"),
        arguments(
            square("W_query")
                .ascending("out_proj.weight", 0, 2, 2)
                .ascending("out_proj.bias", 0, 1),
            "tensor 'out_proj.bias' must be [2] by 'out_proj.weight' [2, 2], but is [1]"),
        arguments(
            new SafeTensorsBytes().ascending("c_attn.weight", 0, 6, 2),
            "tensor 'c_attn.weight' must have three times as many columns as rows, "
                + "but is [6, 2]"),
        arguments(
            new SafeTensorsBytes()
                .ascending("c_attn.weight", 0, 2, 6)
                .ascending("c_attn.bias", 0, 2),
            "tensor 'c_attn.bias' must be [6] by 'c_attn.weight' [2, 6], but is [2]"),
        arguments(
            new SafeTensorsBytes()
                .ascending("c_attn.weight", 0, 2, 6)
                .ascending("c_proj.weight", 0, 3, 3),
            "tensor 'c_proj.weight' must be [2, 2] by 'c_attn.weight' [2, 6], but is [3, 3]"));
  }

  static Stream<Arguments> unusableValues() {
    float[] nan = {0, 1, 2, Float.NaN};
    return Stream.of(
        arguments(
            square("").floats("W_query.weight", nan, 2, 2),
            "tensor 'W_query.weight' must hold finite floats, but holds NaN at [1, 1], "
                + "read from F32"),
        arguments(
            square("W_query").floats("out_proj.weight", nan, 2, 2),
            "tensor 'out_proj.weight' must hold finite floats, but holds NaN at [1, 1], "
                + "read from F32"),
        arguments(
            square("")
                .tensor("W_query.weight", "F64", SafeTensorsBytes.doubles(0, 1e39, 0, 0), 2, 2),
            "tensor 'W_query.weight' must hold finite floats, but holds Infinity at [0, 1], "
                + "read from F64"),
        arguments(
            square("")
                .tensor("W_query.weight", "F16", SafeTensorsBytes.shorts(0, 0, 0xfc00, 0), 2, 2),
            "tensor 'W_query.weight' must hold finite floats, but holds -Infinity at [1, 0], "
                + "read from F16"),
        arguments(
            new SafeTensorsBytes()
                .ascending("c_attn.weight", 0, 1, 3)
                .ascending("c_proj.weight", 0, 1, 1)
                .floats("c_attn.bias", new float[] {0, 0, Float.NEGATIVE_INFINITY}, 3),
            "tensor 'c_attn.bias' must hold finite floats, but holds -Infinity at [2], "
                + "read from F32"),
        arguments(
            square("").tensor("W_query.weight", "I32", new byte[16], 2, 2),
            "tensor 'W_query.weight' must be F32, F64, F16 or BF16, but is I32"),
        arguments(
            square("").tensor("W_query.weight", "F8_E4M3", new byte[4], 2, 2),
            "tensor 'W_query.weight' must be F32, F64, F16 or BF16, but is F8_E4M3"));
  }

  @ParameterizedTest
  @MethodSource({"missingParts", "wrongShapes", "unusableValues"})
  void layerThatCantBeUsedIsRefusedByName(SafeTensorsBytes file, String message) {
    assertRefused(file.bytes(), "", message);
  }

  @Test
  void tensorIsNamedWithItsPrefix() {
    assertRefused(
        new SafeTensorsBytes().ascending("transformer.a.c_attn.weight", 0, 2, 2).bytes(),
        "a.",
        "tensor 'transformer.a.c_attn.weight' must have three times as many columns as rows, "
            + "but is [2, 2]");
  }

  @Test
  void wrongPrefixIsAnsweredWithThoseOfTheFile() {
    SafeTensorsBytes file = new SafeTensorsBytes().ascending("wte.weight", 0, 2);
    for (int i = 0; i < 7; i++) {
      file.ascending("h." + i + ".attn.c_attn.weight", 0, 2, 6);
    }

    assertRefused(
        file.bytes(),
        "x.",
        "there must be an attention layer under the prefix 'x.', "
            + EXPECTED_NAMES
            + "the file has layers under 'h.0.attn.', 'h.1.attn.', 'h.2.attn.', 'h.3.attn.', "
            + "'h.4.attn.' and 2 more");
  }

  @Test
  void fileWithoutLayersSaysSo() {
    assertRefused(
        new SafeTensorsBytes().ascending("W_query", 0, 2, 2).bytes(),
        "x.",
        "there must be an attention layer under the prefix 'x.', "
            + EXPECTED_NAMES
            + "the file has none under any prefix");
    assertRefused(
        square("").ascending("W_query.weight", 0, 2, 2).bytes(),
        "x.",
        "there must be an attention layer under the prefix 'x.', "
            + EXPECTED_NAMES
            + "the file has layers under ''");
  }

  @ParameterizedTest
  @MethodSource("io.github.sparkattention.kernels.GoldenCase#all")
  void whatIsWrittenIsReadBackBitForBit(GoldenCase golden, @TempDir Path directory)
      throws IOException {
    Path file = directory.resolve("weights.safetensors");
    Files.write(file, written(golden.weights(), Map.of()));

    assertThat(AttentionWeightsFile.read(file, "")).isEqualTo(golden.weights());
  }

  @Test
  void metadataIsKeptAndSaysThatItIsForPyTorch() throws IOException {
    byte[] plain = written(bookWeights(), Map.of("heads", "2"));
    byte[] named = written(bookWeights(), Map.of("format", "np"));

    assertThat(metadata(plain)).containsOnly(Map.entry("format", "pt"), Map.entry("heads", "2"));
    assertThat(metadata(named)).containsOnly(Map.entry("format", "np"));
    assertThat(written(bookWeights(), Map.of("heads", "2"))).isEqualTo(plain);
  }

  @Test
  void goldenFilesAreFilesOfWeightsThemselves() throws IOException {
    assertThat(read(GoldenCase.bytes("everything.safetensors"), ""))
        .isEqualTo(GoldenCase.load("everything").weights());
  }

  @Test
  void missingFileIsNamed(@TempDir Path directory) {
    Path missing = directory.resolve("missing.safetensors");

    assertThatThrownBy(() -> AttentionWeightsFile.read(missing, ""))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(
            missing
                + ": must be a safetensors file, an index of shards or a folder with one of them,"
                + " but doesn't exist");
    assertThatThrownBy(() -> AttentionWeightsFile.read(directory, ""))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(
            directory
                + ": a folder with weights must hold model.safetensors.index.json or"
                + " model.safetensors, but holds neither");
  }

  @Test
  void truncatedFileIsNamedWhereverItEnds() {
    byte[] whole = book("").bytes();

    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> read(cut, ""))
          .as("cut to %d of %d bytes", length, whole.length)
          .isExactlyInstanceOf(SafeTensorsException.class)
          .hasMessageStartingWith("model.safetensors: ");
    }
  }

  /** A layer under the book's names, with all there can be. */
  private static SafeTensorsBytes book(String prefix) {
    return new SafeTensorsBytes()
        .ascending(prefix + "mask", 0, 4, 4)
        .ascending(prefix + "W_query.weight", 10, 4, 3)
        .ascending(prefix + "W_query.bias", 30, 4)
        .ascending(prefix + "W_key.weight", 40, 2, 3)
        .ascending(prefix + "W_key.bias", 50, 2)
        .ascending(prefix + "W_value.weight", 60, 2, 3)
        .ascending(prefix + "W_value.bias", 70, 2)
        .ascending(prefix + "out_proj.weight", 80, 4, 4)
        .ascending(prefix + "out_proj.bias", 99, 4);
  }

  private static AttentionWeights bookWeights() {
    return new AttentionWeights(
        linear(10, 30, 4, 3), linear(40, 50, 2, 3), linear(60, 70, 2, 3), linear(80, 99, 4, 4));
  }

  /** W_key and W_value, both [2, 2], and a third projection unless its name is empty. */
  private static SafeTensorsBytes square(String third) {
    SafeTensorsBytes file =
        new SafeTensorsBytes()
            .ascending("W_key.weight", 0, 2, 2)
            .ascending("W_value.weight", 0, 2, 2);
    return third.isEmpty() ? file : file.ascending(third + ".weight", 0, 2, 2);
  }

  private static SafeTensorsBytes projections(long[] query, long[] key, long[] value) {
    return new SafeTensorsBytes()
        .ascending("W_query.weight", 0, query)
        .ascending("W_key.weight", 0, key)
        .ascending("W_value.weight", 0, value);
  }

  /** A layer of ascending values; no bias where {@code bias} is negative. */
  private static Linear linear(int weight, int bias, int outFeatures, int inFeatures) {
    return new Linear(
        SafeTensorsBytes.ascending(weight, outFeatures, inFeatures),
        bias < 0 ? null : SafeTensorsBytes.ascending(bias, outFeatures),
        outFeatures,
        inFeatures);
  }

  private static byte[] written(AttentionWeights weights, Map<String, String> metadata)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    AttentionWeightsFile.write(weights, metadata, out);
    return out.toByteArray();
  }

  private static Map<String, String> metadata(byte[] file) throws IOException {
    return SafeTensors.read(new ByteArrayInputStream(file), file.length, "m", name -> false)
        .metadata();
  }

  private static AttentionWeights read(byte[] file, String prefix) throws IOException {
    return AttentionWeightsFile.read(
        new ByteArrayInputStream(file), file.length, "model.safetensors", prefix);
  }

  private static void assertRefused(byte[] file, String prefix, String message) {
    assertThatThrownBy(() -> read(file, prefix))
        .isExactlyInstanceOf(SafeTensorsException.class)
        .hasMessage("model.safetensors: " + message);
  }
}
