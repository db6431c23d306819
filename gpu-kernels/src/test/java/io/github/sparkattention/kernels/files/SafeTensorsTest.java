package io.github.sparkattention.kernels.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.files.SafeTensors.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class SafeTensorsTest {
  private static final long SEED = 20261124;

  @Test
  void everyHalfWidensExactly() throws IOException {
    int[] bits = new int[1 << 16];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = i;
    }
    byte[] file =
        new SafeTensorsBytes().tensor("h", "F16", SafeTensorsBytes.shorts(bits), 1 << 16).bytes();

    float[] expected = new float[bits.length];
    for (int i = 0; i < bits.length; i++) {
      expected[i] = half(i);
    }
    assertThat(read(file).tensor("h").floats()).isEqualTo(expected);
  }

  @Test
  void halvesThatAreKnownWidenToWhatTheyAre() throws IOException {
    int[] bits = {0x0000, 0x8000, 0x3c00, 0xc000, 0x3555, 0x0001, 0x83ff, 0x0400, 0x7bff, 0x7c00};
    byte[] file =
        new SafeTensorsBytes().tensor("h", "F16", SafeTensorsBytes.shorts(bits), 10).bytes();

    assertThat(read(file).tensor("h").floats())
        .containsExactly(
            0f,
            -0f,
            1f,
            -2f,
            0x1.554p-2f,
            0x1p-24f,
            -0x3ffp-24f,
            0x1p-14f,
            65504f,
            Float.POSITIVE_INFINITY);
  }

  @Test
  void everyBfloat16IsTheUpperHalfOfAFloat() throws IOException {
    int[] bits = new int[1 << 16];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = i;
    }
    byte[] file =
        new SafeTensorsBytes().tensor("b", "BF16", SafeTensorsBytes.shorts(bits), 1 << 16).bytes();

    float[] widened = read(file).tensor("b").floats();

    for (int i = 0; i < bits.length; i++) {
      assertThat(Float.floatToRawIntBits(widened[i]) >>> 16).isEqualTo(i);
      assertThat(Float.floatToRawIntBits(widened[i]) & 0xffff).isZero();
    }
  }

  @Test
  void doublesNarrowToTheNearestFloat() throws IOException {
    double[] values = {0.1, -0.0, 1 + 0x1p-24, 1 + 0x1.8p-24, 1e-50, 1e39, -1e39, Double.NaN};
    byte[] file =
        new SafeTensorsBytes().tensor("d", "F64", SafeTensorsBytes.doubles(values), 2, 4).bytes();

    Tensor tensor = read(file).tensor("d");

    // Ties go to even; too large becomes infinite.
    assertThat(tensor.floats())
        .containsExactly(
            0.1f,
            -0f,
            1f,
            1 + 0x1p-23f,
            0f,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.NaN);
    assertThat(tensor).hasToString("tensor 'd', F64 [2, 4]");
  }

  @Test
  void integersAreReadWhole() throws IOException {
    byte[] ints = {1, 0, 0, 0, -1, -1, -1, -1};
    byte[] file =
        new SafeTensorsBytes()
            .tensor("i", "I32", ints, 2)
            .tensor("l", "I64", SafeTensorsBytes.longs(Long.MIN_VALUE, 7), 2)
            .bytes();

    assertThat(read(file).tensor("i").integers()).containsExactly(1, -1);
    assertThat(read(file).tensor("l").integers()).containsExactly(Long.MIN_VALUE, 7);
  }

  @Test
  void floatsAndIntegersAreNotMixedUp() throws IOException {
    byte[] file =
        new SafeTensorsBytes().tensor("i", "I32", new byte[4], 1).ascending("f", 0, 1).bytes();
    SafeTensors read = read(file);

    assertThatThrownBy(() -> read.tensor("i").floats())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("tensor 'i', I32 [1] holds integers, not floats");
    assertThatThrownBy(() -> read.tensor("f").integers())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("tensor 'f', F32 [1] holds floats, not integers");
  }

  @Test
  void onlyWantedTensorsAreReadAndTheRestIsSkipped() throws IOException {
    byte[] file =
        new SafeTensorsBytes()
            .metadata("{\"k\":\"v\"}")
            .tensor("flags", "BOOL", new byte[3], 3)
            .ascending("a", 10, 2)
            .tensor("unread", "F8_E4M3", new byte[200_000], 200_000)
            .ascending("b", 20, 3)
            .ascending("last", 30, 100_000)
            .bytes();
    ByteArrayInputStream in = new ByteArrayInputStream(file);

    SafeTensors read = SafeTensors.read(in, file.length, "m", List.of("b", "a")::contains);

    assertThat(read.names()).containsExactly("flags", "a", "unread", "b", "last");
    assertThat(read.metadata()).containsExactly(Map.entry("k", "v"));
    assertThat(read.tensor("a").floats()).containsExactly(10, 11);
    assertThat(read.tensor("b").floats()).containsExactly(20, 21, 22);
    assertThat(in.available()).as("bytes after the last wanted tensor").isEqualTo(400_000);
    assertThatThrownBy(() -> read.tensor("last"))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage("m: tensor 'last' must be there, but was not read");
    assertThatThrownBy(() -> read.tensor("c"))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage("m: tensor 'c' must be there, but the file has none");
  }

  @Test
  void tensorOfManyChunksIsReadFromAStreamThatGivesLittleAtATime() throws IOException {
    byte[] file = new SafeTensorsBytes().ascending("z", 0, 100).ascending("a", 0, 50_001).bytes();
    InputStream trickle =
        new FilterInputStream(new ByteArrayInputStream(file)) {
          @Override
          public int read(byte[] bytes, int start, int length) throws IOException {
            return super.read(bytes, start, Math.min(length, 1000));
          }

          @Override
          public long skip(long count) throws IOException {
            return super.skip(Math.min(count, 1));
          }
        };

    SafeTensors read = SafeTensors.read(trickle, file.length, "m", "a"::equals);

    assertThat(read.tensor("a").floats()).isEqualTo(SafeTensorsBytes.ascending(0, 50_001));
  }

  @ParameterizedTest
  @EnumSource(
      mode = Mode.EXCLUDE,
      names = {"F32", "F64", "F16", "BF16", "I32", "I64"})
  void wantedTensorOfAnotherTypeIsRefused(DType dtype) {
    byte[] file =
        new SafeTensorsBytes().tensor("a", dtype.name(), new byte[dtype.bits()], 8).bytes();

    assertThatThrownBy(() -> read(file))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "model.safetensors: tensor 'a' must be F32, F64, F16, BF16, I32 or I64 to be read, "
                + "but is "
                + dtype);
  }

  @Test
  void wantedTensorThatNoArrayHoldsIsRefusedBeforeAllocation() {
    long count = Integer.MAX_VALUE;
    byte[] header =
        "{\"a\":{\"dtype\":\"F16\",\"shape\":[1,%d],\"data_offsets\":[0,%d]}}"
            .formatted(count, 2 * count)
            .getBytes(StandardCharsets.UTF_8);
    byte[] start = SafeTensorsBytes.of(header, new byte[0]);

    assertThatThrownBy(
            () ->
                SafeTensors.read(
                    new ByteArrayInputStream(start),
                    start.length + 2 * count,
                    "m",
                    SafeTensorsTest::any))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "m: tensor 'a' must have at most 2147483639 elements to be read, "
                + "but has 2147483647 as [1, 2147483647]");
  }

  @Test
  void streamThatEndsBeforeItsLengthIsRefused() {
    byte[] file = new SafeTensorsBytes().ascending("a", 0, 4).ascending("b", 0, 4).bytes();

    for (int missing : new int[] {1, 16, 17}) {
      assertThatThrownBy(
              () ->
                  SafeTensors.read(
                      new ByteArrayInputStream(file, 0, file.length - missing),
                      file.length,
                      "m",
                      "b"::equals))
          .isInstanceOf(SafeTensorsException.class)
          .hasMessage("m: the file is truncated: the stream ends before the end of tensor 'b'");
    }
  }

  @Test
  void failingStreamIsNoFaultOfTheFile() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("disk on fire");
          }

          @Override
          public int read(byte[] bytes, int start, int length) throws IOException {
            return read();
          }
        };

    assertThatThrownBy(() -> SafeTensors.read(broken, 100, "m", SafeTensorsTest::any))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("disk on fire");
  }

  @Test
  void whatIsWrittenIsReadBackBitForBit() throws IOException {
    Random random = new Random(SEED);
    float[] bits = new float[70_000];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.intBitsToFloat(random.nextInt());
    }
    List<Tensor> tensors =
        List.of(
            Tensor.of("z", bits, 7, 10_000),
            Tensor.of("scalar", new float[] {-0f}),
            Tensor.of("none", new float[0], 3, 0),
            Tensor.of("\"é\\\n\ud83d\ude00", new float[] {Float.MIN_VALUE}, 1));
    Map<String, String> metadata = Map.of("z", "\"1\"", "a", "ü", "format", "pt");

    SafeTensors read = read(written(metadata, tensors));

    assertThat(read.metadata()).isEqualTo(metadata);
    assertThat(read.metadata().keySet()).containsExactly("a", "format", "z");
    assertThat(read.names()).containsExactly("z", "scalar", "none", "\"é\\\n\ud83d\ude00");
    for (Tensor tensor : tensors) {
      Tensor back = read.tensor(tensor.name());
      assertThat(back.dtype()).isEqualTo(DType.F32);
      assertThat(back.shape()).isEqualTo(tensor.shape());
      assertThat(rawBits(back)).as("seed %d, %s", SEED, tensor).isEqualTo(rawBits(tensor));
    }
  }

  @Test
  void writtenBytesAreTheSameEachTimeAndAligned() throws IOException {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("b", "2");
    metadata.put("a", "1");
    List<Tensor> tensors = List.of(Tensor.of("w", new float[] {1}, 1, 1));
    String header =
        "{\"__metadata__\":{\"a\":\"1\",\"b\":\"2\"},"
            + "\"w\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]}}";
    String padded = header + " ".repeat(Math.floorMod(-header.length(), 8));

    assertThat(written(metadata, tensors))
        .isEqualTo(
            SafeTensorsBytes.of(
                padded.getBytes(StandardCharsets.UTF_8), new byte[] {0, 0, (byte) 0x80, 0x3f}));
    for (int length = 1; length <= 16; length++) {
      byte[] file = written(Map.of(), List.of(Tensor.of("n".repeat(length), new float[1], 1)));
      assertThat(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8).isZero();
    }
  }

  @Test
  void whatMakesNoFileIsNotWritten() throws IOException {
    Tensor tensor = Tensor.of("a", new float[2], 2);
    Tensor integers =
        read(new SafeTensorsBytes().tensor("i", "I32", new byte[4], 1).bytes()).tensor("i");

    assertThatThrownBy(() -> written(Map.of(), List.of(tensor, tensor)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor 'a', F32 [2] must have a name of its own");
    assertThatThrownBy(() -> written(Map.of(), List.of(Tensor.of("__metadata__", new float[1]))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor '__metadata__', F32 [] must have a name of its own");
    assertThatThrownBy(() -> written(Map.of(), List.of(integers)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor 'i', I32 [1] must hold floats to be written");
    assertThatThrownBy(() -> Tensor.of("a", new float[5], 2, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("tensor 'a' must have as many values as its shape [2, 3] asks for, but has 5");
  }

  /** The value of a half by its definition in IEEE 754. */
  private static float half(int bits) {
    double sign = (bits & 0x8000) == 0 ? 1 : -1;
    int exponent = (bits >> 10) & 31;
    double fraction = (bits & 1023) / 1024.0;
    if (exponent == 31) {
      return fraction == 0 ? (float) (sign / 0) : Float.NaN;
    }
    return (float)
        (exponent == 0
            ? sign * fraction * Math.pow(2, -14)
            : sign * (1 + fraction) * Math.pow(2, exponent - 15));
  }

  private static int[] rawBits(Tensor tensor) {
    int[] bits = new int[tensor.floats().length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(tensor.floats()[i]);
    }
    return bits;
  }

  private static byte[] written(Map<String, String> metadata, List<Tensor> tensors)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    SafeTensors.write(out, metadata, tensors);
    return out.toByteArray();
  }

  private static SafeTensors read(byte[] file) throws IOException {
    return SafeTensors.read(
        new ByteArrayInputStream(file), file.length, "model.safetensors", SafeTensorsTest::any);
  }

  private static boolean any(String name) {
    return true;
  }
}
