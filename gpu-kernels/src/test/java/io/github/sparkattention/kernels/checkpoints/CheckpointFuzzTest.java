package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.bytes;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.sparkattention.kernels.files.Fuzz;
import io.github.sparkattention.kernels.files.MemoryModelPath;
import io.github.sparkattention.kernels.files.ModelTensors;
import io.github.sparkattention.kernels.files.SafeTensorsBytes;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Damages settings, indexes of shards and ONNX files of whole models at random: each must load or
 * be refused by our own exception, within a second of processor time and 64 MiB.
 */
class CheckpointFuzzTest {
  private static final Pattern SETTING = Pattern.compile("(\"\\w+\": )(\"\\w+\"|[^\"\\[,}]+)");

  private static final List<String> VALUES =
      List.of(
          "0",
          "1",
          "2",
          "3",
          "4",
          "8",
          "16",
          "-1",
          "32768",
          "65536",
          "1048576",
          "2147483647",
          "4294967296",
          "1e300",
          "1e-300",
          "0.5",
          "null",
          "true",
          "false",
          "[]",
          "{}",
          "\"relu\"",
          "\"mistral\"",
          "\"qwen2\"",
          "\"bert\"",
          "\"gpt2\"",
          "\"\"");

  private static final byte[] POOLING =
      bytes("{\"word_embedding_dimension\": 4, \"pooling_mode_mean_tokens\": true}");

  private static final byte[] MODULES =
      bytes(
          """
          [{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"},
           {"idx": 1, "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}]
          """);

  @Test
  void damagedSettingsLoadOrAreRefused() throws IOException {
    fuzzSettings(Fuzz.SEED, Fuzz.ITERATIONS / 2);
  }

  @Test
  @Tag("nightly")
  void aMillionDamagedSettingsLoadOrAreRefused() throws IOException {
    fuzzSettings(Fuzz.SEED + Fuzz.ITERATIONS, 1_000_000);
  }

  @Test
  void damagedIndexesLoadOrAreRefused() throws IOException {
    fuzz(List.of(shards()), ModelTensors.INDEX, Fuzz.SEED, Fuzz.ITERATIONS);
  }

  @Test
  @Tag("nightly")
  void aMillionDamagedIndexesLoadOrAreRefused() throws IOException {
    fuzz(List.of(shards()), ModelTensors.INDEX, Fuzz.SEED + Fuzz.ITERATIONS, 1_000_000);
  }

  @Test
  void damagedOnnxFilesLoadOrAreRefused() throws IOException {
    fuzz(List.of(onnx()), "model.onnx", Fuzz.SEED, Fuzz.ITERATIONS);
  }

  @Test
  @Tag("nightly")
  void aMillionDamagedOnnxFilesLoadOrAreRefused() throws IOException {
    fuzz(List.of(onnx()), "model.onnx", Fuzz.SEED + Fuzz.ITERATIONS, 1_000_000);
  }

  @Test
  void settingsWithOtherValuesLoadOrAreRefused() throws IOException {
    fuzzValues(Fuzz.SEED, Fuzz.ITERATIONS / 2);
  }

  @Test
  @Tag("nightly")
  void aMillionSettingsWithOtherValuesLoadOrAreRefused() throws IOException {
    fuzzValues(Fuzz.SEED + Fuzz.ITERATIONS, 1_000_000);
  }

  /** Puts other values, and hostile ones, in place of a setting or two. */
  private static void fuzzValues(long seed, int iterations) throws IOException {
    List<Map<String, byte[]>> folders =
        List.of(
            CheckpointFiles.gpt2("").folder(CheckpointFiles.GPT2),
            CheckpointFiles.llama("").folder(CheckpointFiles.LLAMA),
            CheckpointFiles.book().folder(CheckpointFiles.BOOK),
            CheckpointFiles.distilBert().folder(CheckpointFiles.DISTILBERT),
            CheckpointFiles.bert("", "weight", "bias").folder(CheckpointFiles.BERT));
    fuzz(
        folders,
        "config.json",
        seed,
        iterations,
        (config, random) -> {
          Matcher setting = SETTING.matcher(new String(config, UTF_8));
          int number = random.nextInt((int) setting.results().count());
          setting.reset();
          int[] next = {0};
          return bytes(
              setting.replaceAll(
                  found ->
                      next[0]++ == number
                          ? found.group(1) + VALUES.get(random.nextInt(VALUES.size()))
                          : found.group()));
        });
  }

  private static void fuzzSettings(long seed, int iterations) throws IOException {
    Map<String, byte[]> sentences =
        CheckpointFiles.bert("", "weight", "bias").folder(CheckpointFiles.BERT);
    sentences.put("1_Pooling/config.json", POOLING);
    sentences.put("modules.json", MODULES);
    String scaled =
        CheckpointTest.with(
            CheckpointFiles.LLAMA,
            "rope_scaling",
            "{\"rope_type\": \"llama3\", \"factor\": 8.0, \"low_freq_factor\": 1.0,"
                + " \"high_freq_factor\": 4.0, \"original_max_position_embeddings\": 8192}");
    int half = iterations / 2;
    fuzz(
        List.of(
            CheckpointFiles.gpt2("").folder(CheckpointFiles.GPT2),
            CheckpointFiles.llama("").folder(scaled),
            CheckpointFiles.book().folder(CheckpointFiles.BOOK),
            sentences),
        "config.json",
        seed,
        half);
    fuzz(List.of(sentences), "modules.json", seed, (iterations - half) / 2);
    fuzz(List.of(sentences), "1_Pooling/config.json", seed, (iterations - half) / 2);
  }

  /** Damages a file of folders, and loads all that is in them. */
  private static void fuzz(
      List<Map<String, byte[]>> folders, String file, long seed, int iterations)
      throws IOException {
    fuzz(folders, file, seed, iterations, Fuzz::damageText);
  }

  private static void fuzz(
      List<Map<String, byte[]>> folders,
      String file,
      long seed,
      int iterations,
      BiFunction<byte[], SplittableRandom, byte[]> damage)
      throws IOException {
    int refused = 0;
    for (int i = 0; i < iterations; i++) {
      SplittableRandom random = new SplittableRandom(seed + i);
      Map<String, byte[]> folder = new TreeMap<>(folders.get(i % folders.size()));
      byte[] damaged = folder.get(file);
      for (int times = 1 + random.nextInt(3); times > 0; times--) {
        damaged = damage.apply(damaged, random);
      }
      folder.put(file, damaged);
      byte[] kept = damaged;
      long fileSeed = seed + i;
      boolean loads = Fuzz.withinBounds(kept, fileSeed, () -> loads(folder, kept, fileSeed));
      refused += loads ? 0 : 1;
    }
    Fuzz.assertSomeRefused(refused, iterations, seed);
  }

  private static boolean loads(Map<String, byte[]> folder, byte[] damaged, long seed)
      throws IOException {
    try {
      Checkpoint.open(MemoryModelPath.folder(folder)).read();
    } catch (SafeTensorsException e) {
      return false;
    } catch (IOException | RuntimeException | Error e) {
      Fuzz.report(damaged, damaged.length, seed, "was neither loaded nor refused", e);
    }
    return true;
  }

  private static Map<String, byte[]> shards() {
    CheckpointFiles files = CheckpointFiles.minGpt();
    SafeTensorsBytes[] shards = {new SafeTensorsBytes(), new SafeTensorsBytes()};
    StringBuilder index = new StringBuilder();
    files
        .shapes()
        .forEach(
            (name, shape) -> {
              int shard = name.contains("h.1.") ? 1 : 0;
              shards[shard].floats(name, files.values(name), shape);
              index.append(index.isEmpty() ? "" : ", ");
              index.append("\"%s\": \"model-%d.safetensors\"".formatted(name, shard));
            });
    Map<String, byte[]> folder = new TreeMap<>();
    folder.put("model-0.safetensors", shards[0].bytes());
    folder.put("model-1.safetensors", shards[1].bytes());
    folder.put(
        ModelTensors.INDEX,
        bytes("{\"metadata\": {\"total_size\": 7}, \"weight_map\": {%s}}".formatted(index)));
    folder.put(
        "config.json",
        bytes(CheckpointTest.with(CheckpointFiles.GPT2, "tie_word_embeddings", "false")));
    return folder;
  }

  private static Map<String, byte[]> onnx() {
    byte[] file = OnnxBytes.bert(CheckpointFiles.bert("", "weight", "bias")).bytes();
    return Map.of("config.json", bytes(CheckpointFiles.BERT), "model.onnx", file);
  }
}
