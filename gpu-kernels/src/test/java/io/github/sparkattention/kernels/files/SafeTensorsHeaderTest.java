package io.github.sparkattention.kernels.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTensorsHeaderTest {
  private static final String A = "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}";

  /** What breaks one rule each: header, bytes of data, message. */
  static Stream<Arguments> brokenRules() {
    return Stream.of(
        // The JSON text.
        arguments("", 0, "the header must begin with '{', but is empty"),
        arguments(" {}", 0, "the header must begin with '{', but begins with byte 0x20"),
        arguments("[]", 0, "the header must begin with '{', but begins with byte 0x5b"),
        arguments("\ufeff{}", 0, "the header must begin with '{', but begins with byte 0xef"),
        arguments("{}\n", 0, "the header must end with '}' and spaces, but ends with byte 0x0a"),
        arguments("{}\0", 0, "the header must end with '}' and spaces, but ends with byte 0x00"),
        arguments("{", 0, "the header must end with '}' and spaces, but ends with byte 0x7b"),
        arguments("{}{}", 0, "the header must be one JSON object, but goes on after it"),
        arguments(
            "{\"__metadata__\":{}",
            0,
            "the header can't be read as JSON: it ends within an object"),
        arguments("{'a':{}}", 0, "the header can't be read as JSON: Unexpected character (''' "),
        arguments("{\"a\":{},}", 0, "tensor 'a' must have a dtype, but has none"),
        arguments("{" + A + ",}", 8, "the header can't be read as JSON: Unexpected character ('}'"),
        arguments("{/**/}", 0, "the header can't be read as JSON: Unexpected character ('/'"),
        // Names and metadata.
        arguments("{" + A + "," + A + "}", 8, "tensor 'a' must come once, but comes twice"),
        arguments("{\"\\ud800\":{}}", 0, "a name must be Unicode, but '\ud800' is not"),
        arguments("{\"a\":7}", 0, "tensor 'a' must be an object, but is 7"),
        arguments("{\"a\":null}", 0, "tensor 'a' must be an object, but is null"),
        arguments(
            "{\"__metadata__\":\"x\"}", 0, "__metadata__ must be an object of strings, but is 'x'"),
        arguments(
            "{\"__metadata__\":{\"k\":1}}",
            0,
            "__metadata__ must hold a string for 'k', but holds 1"),
        arguments(
            "{\"__metadata__\":{\"k\":{\"l\":\"v\"}}}",
            0,
            "__metadata__ must hold a string for 'k', but holds an object"),
        arguments(
            "{\"__metadata__\":{\"k\":\"1\",\"k\":\"1\"}}",
            0,
            "__metadata__ must hold 'k' once, but holds it twice"),
        arguments(
            "{\"__metadata__\":{},\"__metadata__\":{}}",
            0,
            "__metadata__ must come once, but comes twice"),
        // The keys of a tensor.
        arguments(
            "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}",
            8,
            "tensor 'a' must have a dtype, but has none"),
        arguments(
            "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}",
            8,
            "tensor 'a' must have a shape, but has none"),
        arguments(
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}",
            8,
            "tensor 'a' must have a data_offsets, but has none"),
        arguments(
            "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}",
            8,
            "tensor 'a' must have 'dtype' once, but has it twice"),
        arguments(
            "{\"a\":{\"strides\":[1]}}",
            8,
            "tensor 'a' must have dtype, shape and data_offsets only, but has 'strides'"),
        // The dtype.
        arguments(
            entry("F33", "[2]", "[0,8]"),
            8,
            "tensor 'a' must have a dtype of the format, such as F32, but has 'F33'"),
        arguments(
            entry("f32", "[2]", "[0,8]"),
            8,
            "tensor 'a' must have a dtype of the format, such as F32, but has 'f32'"),
        arguments(
            "{\"a\":{\"dtype\":32}}",
            8,
            "tensor 'a' must have a dtype of the format, such as F32, but has 32"),
        // The shape.
        arguments(entry("2", "[0,8]"), 8, "tensor 'a' must have an array as its shape, but has 2"),
        arguments(
            entry("[-2]", "[0,8]"),
            8,
            "tensor 'a' must have integers from 0 to 2^63 - 1 in its shape, but has -2"),
        arguments(
            entry("[2.0]", "[0,8]"),
            8,
            "tensor 'a' must have integers from 0 to 2^63 - 1 in its shape, but has 2.0"),
        arguments(
            entry("[\"2\"]", "[0,8]"),
            8,
            "tensor 'a' must have integers from 0 to 2^63 - 1 in its shape, but has '2'"),
        arguments(
            entry("[" + "[".repeat(5000) + "2" + "]".repeat(5000) + "]", "[0,8]"),
            8,
            "tensor 'a' must have integers from 0 to 2^63 - 1 in its shape, but has an array"),
        arguments(
            entry("[9223372036854775808]", "[0,8]"),
            8,
            "tensor 'a' must have integers from 0 to 2^63 - 1 in its shape, "
                + "but has 9223372036854775808"),
        arguments(
            entry("[" + "1,".repeat(64) + "2]", "[0,8]"),
            8,
            "tensor 'a' must have at most 64 numbers in its shape, but has more"),
        arguments(
            entry("[4294967296,4294967296]", "[0,0]"),
            0,
            "tensor 'a' must have a size that fits 63 bits, but is F32 [4294967296, 4294967296]"),
        arguments(
            entry("[4611686018427387904]", "[0,0]"),
            0,
            "tensor 'a' must have a size that fits 63 bits, but is F32 [4611686018427387904]"),
        arguments(
            entry("F4", "[3]", "[0,1]"),
            1,
            "tensor 'a' must fill whole bytes, but is F4 [3] with 12 bits"),
        // The data_offsets.
        arguments(
            entry("[2]", "{}"),
            8,
            "tensor 'a' must have an array as its data_offsets, but has an object"),
        arguments(
            entry("[2]", "[0]"),
            8,
            "tensor 'a' must have two data_offsets in ascending order, but has [0]"),
        arguments(
            entry("[2]", "[0,8,8]"),
            8,
            "tensor 'a' must have at most 2 numbers in its data_offsets, but has more"),
        arguments(
            entry("[2]", "[8,0]"),
            8,
            "tensor 'a' must have two data_offsets in ascending order, but has [8, 0]"),
        arguments(
            entry("[2]", "[-8,0]"),
            8,
            "tensor 'a' must have integers from 0 to 2^63 - 1 in its data_offsets, but has -8"),
        arguments(
            entry("[2]", "[0,4]"),
            8,
            "tensor 'a' must have 8 bytes as F32 [2], but has 4 by its data_offsets [0, 4]"),
        // The data as a whole.
        arguments(
            "{" + A + "," + entry("b", 4) + "}",
            12,
            "tensor 'b' must begin at byte 8 of the data, where tensor 'a' ends, but begins at 4, "
                + "which leaves an overlap"),
        arguments(
            "{" + A + "," + entry("b", 12) + "}",
            20,
            "tensor 'b' must begin at byte 8 of the data, where tensor 'a' ends, but begins at 12, "
                + "which leaves a hole"),
        arguments(
            entry("[2]", "[4,12]"),
            12,
            "tensor 'a' must begin at byte 0 of the data, but begins at 4, which leaves a hole"),
        arguments(
            "{" + A + "}",
            9,
            "the data must end at byte 8, where tensor 'a' ends, but has 9 bytes"),
        arguments("{}", 1, "the data must end at byte 0, but has 1 bytes"),
        arguments(
            "{" + A + "}",
            7,
            "the file is truncated: tensor 'a' must end at byte 8 of the data, but that has 7"));
  }

  @ParameterizedTest
  @MethodSource("brokenRules")
  void brokenRuleIsRefusedByName(String header, int dataLength, String message) {
    assertRefused(SafeTensorsBytes.of(header, dataLength), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\\n  \"metadata\": | JSON does, such as an index of shards, whose name must end in .json",
        "version https://git-lfs | a Git LFS pointer does, in place of the file that is yet to be"
            + " fetched",
        "PK\\3\\4\\0\\0\\b\\b | a zip archive does, such as a PyTorch checkpoint",
        "\\200\\2\\212\\nl\\374\\234F | a pickle does, such as an old PyTorch checkpoint",
        "GGUF\\3\\0\\0\\0 | a GGUF file does",
        "\\211HDF\\r\\n\\032\\n | an HDF5 file does",
        "\\223NUMPY\\1\\0 | a NumPy file does",
        "# README | the text '# README'",
      })
  void aFileOfAnotherFormatIsCalledByItsName(String escaped, String does) {
    byte[] file = escaped.translateEscapes().getBytes(StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> header(file))
        .isExactlyInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "model.safetensors: must be a safetensors file, which begins with the length of its header, but begins "
                + (does.startsWith("the text") ? "with " : "as ")
                + does);
  }

  @Test
  void headerIsRefusedWhereItIsNotUtf8() {
    byte[] file = SafeTensorsBytes.of("{\"__metadata__\":{\"k\":\"é\"}}", 0);
    for (int i = 0; i < file.length; i++) {
      if (file[i] == (byte) 0xc3) {
        file[i] = (byte) 0xff;
      }
    }

    assertRefused(file, "the header must be UTF-8, but is not");
  }

  @Test
  void utf16IsNotGuessed() {
    byte[] header = "{\"__metadata__\":{}}".getBytes(StandardCharsets.UTF_16LE);

    assertRefused(
        SafeTensorsBytes.of(header, new byte[0]),
        "the header must end with '}' and spaces, but ends with byte 0x00");
  }

  @Test
  void overlongUtf8IsRefused() {
    // '/' as two bytes: what a lenient decoder lets pass.
    byte[] header = "{\"xx\":{}}".getBytes(StandardCharsets.UTF_8);
    header[2] = (byte) 0xc0;
    header[3] = (byte) 0xaf;

    assertRefused(SafeTensorsBytes.of(header, new byte[0]), "the header must be UTF-8, but is not");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7})
  void fileWithoutALengthIsRefused(int length) {
    assertRefused(
        new byte[length], "a safetensors file must have at least 8 bytes, but has " + length);
  }

  @ParameterizedTest
  @ValueSource(longs = {100_000_001, Long.MAX_VALUE})
  void headerOfMoreThan100MegabytesIsRefused(long headerLength) {
    assertRefused(
        SafeTensorsBytes.longs(headerLength),
        "the header must have at most 100000000 bytes, but has " + headerLength);
  }

  @Test
  void headerLengthIsUnsigned() {
    assertRefused(
        SafeTensorsBytes.longs(-1),
        "the header must have at most 100000000 bytes, but has 18446744073709551615");
  }

  @Test
  void headerBeyondTheFileIsRefused() {
    assertRefused(
        SafeTensorsBytes.longs(100, 0),
        "the file is truncated: its header must have 100 bytes, but ends after 8");
  }

  @Test
  void streamThatEndsWithinTheHeaderIsRefusedWithoutAllocatingWhatItPromised() {
    byte[] promise = SafeTensorsBytes.longs(SafeTensorsHeader.LONGEST, 0);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();

    assertThatThrownBy(
            () -> SafeTensorsHeader.read(new ByteArrayInputStream(promise), 1L << 40, "m"))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "m: the file is truncated: its header must have 100000000 bytes, but ends after 8");
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000_000);
  }

  @Test
  void longNameAndControlCharactersAreShownShort() {
    assertRefused(
        SafeTensorsBytes.of("{\"\\n" + "x".repeat(10_000) + "\":1}", 0),
        "tensor '?" + "x".repeat(199) + "…' must be an object, but is 1");
  }

  @Test
  void entriesComeInTheOrderOfTheData() throws IOException {
    String header =
        "{\"c\":{\"dtype\":\"F32\",\"shape\":[0,7],\"data_offsets\":[8,8]},%s,%s}"
            .formatted(entry("b", 8), A);

    SafeTensorsHeader read = header(SafeTensorsBytes.of(header, 16));

    assertThat(read.entries().keySet()).containsExactly("a", "c", "b");
    assertThat(read.entries().get("b"))
        .isEqualTo(new SafeTensorsHeader.Entry("b", DType.F32, List.of(2L), 2, 8, 16));
    assertThat(read.metadata()).isEmpty();
  }

  @Test
  void scalarHasOneElement() throws IOException {
    SafeTensorsHeader read = header(SafeTensorsBytes.of(entry("[]", "[0,4]"), 4));

    assertThat(read.entries().get("a").count()).isEqualTo(1);
  }

  @Test
  void headerMayBePaddedWithSpacesAndSpacedInside() throws IOException {
    String header =
        "{ \"__metadata__\" :\n{\"format\" : \"pt\"} ,\t\"é\":{\"shape\":[1,2],"
            + "\"data_offsets\":[0,8],\"dtype\":\"F32\"}}     ";

    SafeTensorsHeader read = header(SafeTensorsBytes.of(header, 8));

    assertThat(read.metadata()).containsOnly(Map.entry("format", "pt"));
    assertThat(read.entries()).containsOnlyKeys("é");
  }

  @Test
  void emptyFileHasNoTensors() throws IOException {
    assertThat(header(SafeTensorsBytes.of("{}", 0)).entries()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void everyTypeOfTheFormatIsKnown(DType dtype) throws IOException {
    int bytes = dtype.bits(); // 8 elements
    String header = entry(dtype.name(), "[2,4]", "[0," + bytes + "]");

    assertThat(header(SafeTensorsBytes.of(header, bytes)).entries().get("a").dtype())
        .isEqualTo(dtype);
  }

  private static String entry(String shape, String offsets) {
    return entry("F32", shape, offsets);
  }

  private static String entry(String dtype, String shape, String offsets) {
    return "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(dtype, shape, offsets);
  }

  /** An F32 tensor of 8 bytes. */
  private static String entry(String name, int begin) {
    return "\"%s\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[%d,%d]}"
        .formatted(name, begin, begin + 8);
  }

  private static SafeTensorsHeader header(byte[] file) throws IOException {
    return SafeTensorsHeader.read(new ByteArrayInputStream(file), file.length, "model.safetensors");
  }

  private static void assertRefused(byte[] file, String message) {
    assertThatThrownBy(() -> header(file))
        .isExactlyInstanceOf(SafeTensorsException.class)
        .hasMessageStartingWith("model.safetensors: " + message);
  }
}
