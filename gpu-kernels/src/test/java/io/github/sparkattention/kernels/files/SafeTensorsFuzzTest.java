package io.github.sparkattention.kernels.files;

import io.github.sparkattention.kernels.GoldenCase;
import io.github.sparkattention.kernels.checkpoints.AttentionWeightsFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Damages files at random: each must load or be refused by our own exception, within a second of
 * processor time and 64 MiB, whatever its header says.
 */
class SafeTensorsFuzzTest {
  @Test
  void damagedFilesLoadOrAreRefused() throws IOException {
    fuzz(Fuzz.SEED, Fuzz.ITERATIONS);
  }

  @Test
  @Tag("nightly")
  void aMillionDamagedFilesLoadOrAreRefused() throws IOException {
    fuzz(Fuzz.SEED + Fuzz.ITERATIONS, 1_000_000);
  }

  @Test
  void damagedIndexesOfShardsLoadOrAreRefused() throws IOException {
    fuzzIndexes(Fuzz.SEED, Fuzz.ITERATIONS);
  }

  @Test
  @Tag("nightly")
  void aMillionDamagedIndexesOfShardsLoadOrAreRefused() throws IOException {
    fuzzIndexes(Fuzz.SEED + Fuzz.ITERATIONS, 1_000_000);
  }

  private void fuzz(long seed, int iterations) throws IOException {
    List<byte[]> files = List.of(everyType(), book(), gpt2());
    int refused = 0;
    for (int i = 0; i < iterations; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      byte[] damaged = files.get(i % files.size());
      for (int times = 1 + random.nextInt(4); times > 0; times--) {
        damaged = damage(damaged, random);
      }
      // Now and then the file system is wrong about the length.
      long length =
          Math.max(0, damaged.length + (random.nextInt(8) == 0 ? random.nextInt(9) - 4 : 0));
      byte[] file = damaged;
      long fileSeed = seed + i;
      boolean loads = Fuzz.withinBounds(file, fileSeed, () -> loads(file, length, fileSeed));
      refused += loads ? 0 : 1;
    }
    Fuzz.assertSomeRefused(refused, iterations, seed);
  }

  private void fuzzIndexes(long seed, int iterations) throws IOException {
    Map<String, byte[]> whole = shards();
    List<String> names = whole.keySet().stream().sorted().toList();
    int refused = 0;
    for (int i = 0; i < iterations; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      Map<String, byte[]> files = new TreeMap<>(whole);
      for (int times = 1 + random.nextInt(3); times > 0; times--) {
        files.computeIfPresent(ModelTensors.INDEX, (name, file) -> Fuzz.damageText(file, random));
      }
      switch (random.nextInt(16)) {
        case 0 -> files.remove(names.get(random.nextInt(names.size())));
        case 1 -> files.replaceAll((name, file) -> damage(file, random));
        default -> {} // only the index is damaged
      }
      long fileSeed = seed + i;
      byte[] index = files.getOrDefault(ModelTensors.INDEX, new byte[0]);
      boolean loads = Fuzz.withinBounds(index, fileSeed, () -> loads(files, index, fileSeed));
      refused += loads ? 0 : 1;
    }
    Fuzz.assertSomeRefused(refused, iterations, seed);
  }

  private static boolean loads(Map<String, byte[]> files, byte[] index, long seed)
      throws IOException {
    try {
      AttentionWeightsFile.read(MemoryModelPath.folder(files), "");
    } catch (SafeTensorsException e) {
      return false;
    } catch (IOException | RuntimeException | Error e) {
      Fuzz.report(index, index.length, seed, "was neither loaded nor refused", e);
    }
    return true;
  }

  private static boolean loads(byte[] file, long length, long seed) throws IOException {
    boolean loads = true;
    try {
      SafeTensors.read(in(file), length, "fuzz", name -> !name.equals("skipped"));
    } catch (SafeTensorsException e) {
      loads = false;
    } catch (IOException | RuntimeException | Error e) {
      Fuzz.report(file, length, seed, "was neither loaded nor refused", e);
    }
    try {
      AttentionWeightsFile.read(in(file), length, "fuzz", "");
    } catch (SafeTensorsException e) {
      return loads;
    } catch (IOException | RuntimeException | Error e) {
      Fuzz.report(file, length, seed, "was neither loaded nor refused", e);
    }
    return loads;
  }

  private static byte[] damage(byte[] file, SplittableRandom random) {
    if (file.length < Long.BYTES + 1) {
      return file;
    }
    int headerEnd =
        Math.max(1, Math.min(file.length, 8 + (file[0] & 0xff) + 256 * (file[1] & 0xff)));
    int at = random.nextInt(random.nextInt(8) == 0 ? file.length : headerEnd);
    byte[] copy = file.clone();
    switch (random.nextInt(8)) {
      case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
      case 1 -> copy[at] = (byte) random.nextInt();
      case 2, 3 -> copy[at] = Fuzz.JSON_BYTES[random.nextInt(Fuzz.JSON_BYTES.length)];
      case 4 -> copy[random.nextInt(Long.BYTES)] = (byte) random.nextInt();
      case 5 -> copy = Arrays.copyOf(file, file.length - random.nextInt(file.length));
      case 6 -> {
        // The header grows by a slice of itself, and says so.
        int end = Math.min(headerEnd, at + random.nextInt(40));
        if (at >= Long.BYTES && at < end) {
          copy = withHeader(Fuzz.splice(file, at, at, at, end), end - at);
        }
      }
      default -> {
        // The header shrinks, and says so.
        int end = Math.min(headerEnd, at + random.nextInt(40));
        if (at >= Long.BYTES && at < end) {
          copy = withHeader(Fuzz.splice(file, at, end, 0, 0), at - end);
        }
      }
    }
    return copy;
  }

  /** Adds to the length of the header that the first two bytes hold. */
  private static byte[] withHeader(byte[] file, int growth) {
    int length = (file[0] & 0xff) + 256 * (file[1] & 0xff) + growth;
    file[0] = (byte) length;
    file[1] = (byte) (length >> 8);
    return file;
  }

  private static byte[] everyType() {
    SafeTensorsBytes file =
        new SafeTensorsBytes().metadata("{\"format\":\"pt\",\"é\":\"\\u00e9\"}");
    for (DType dtype : DType.values()) {
      if (dtype.isFloat() || dtype.isInteger()) {
        file.tensor(dtype.name(), dtype.name(), new byte[dtype.bits()], 2, 4);
      }
    }
    return file.tensor("skipped", "U8", new byte[5], 5)
        .tensor("none", "F32", new byte[0], 0)
        .bytes();
  }

  private static byte[] book() throws IOException {
    return GoldenCase.bytes("causal_tiny_dims.safetensors");
  }

  private static byte[] gpt2() {
    return new SafeTensorsBytes()
        .ascending("transformer.c_attn.weight", 0, 2, 6)
        .ascending("transformer.c_attn.bias", 0, 6)
        .ascending("transformer.c_proj.weight", 0, 2, 2)
        .ascending("transformer.c_proj.bias", 0, 2)
        .bytes();
  }

  private static Map<String, byte[]> shards() {
    String index =
        """
        {"metadata": {"total_size": 96, "format": {"é": ["pt", null, 1.5e3]}},
         "weight_map": {
           "c_attn.weight": "model-1.safetensors", "c_attn.bias": "model-1.safetensors",
           "c_proj.weight": "model-2.safetensors", "c_proj.bias": "model-2.safetensors"}}
        """;
    return Map.of(
        ModelTensors.INDEX,
        index.getBytes(StandardCharsets.UTF_8),
        "model-1.safetensors",
        new SafeTensorsBytes()
            .ascending("c_attn.weight", 0, 2, 6)
            .ascending("c_attn.bias", 0, 6)
            .bytes(),
        "model-2.safetensors",
        new SafeTensorsBytes()
            .ascending("c_proj.weight", 0, 2, 2)
            .ascending("c_proj.bias", 0, 2)
            .bytes());
  }

  private static ByteArrayInputStream in(byte[] file) {
    return new ByteArrayInputStream(file);
  }
}
