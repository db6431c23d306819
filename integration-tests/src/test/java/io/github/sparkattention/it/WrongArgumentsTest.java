package io.github.sparkattention.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.CommandLineProcess.Result;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command line as far as it gets without Spark. */
class WrongArgumentsTest {
  private static final String FILES = "attend --input in --output out ";
  private static final String SEED = FILES + "--seed 1 --d-in 4 --d-out 4 ";

  @Test
  void withoutCommandTheHelpIsPrintedAsAnError() throws Exception {
    Result result = CommandLineProcess.run();
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
    assertThat(String.join("\n", result.errors()))
        .contains("Usage: spark-attention")
        .contains("embed", "score", "attend", "model", "devices", "demo");
  }

  @Test
  void helpTellsEveryOption() throws Exception {
    Result result = CommandLineProcess.run("attend", "--help");
    assertThat(result.code()).isZero();
    assertThat(result.errors()).isEmpty();
    assertThat(result.out())
        .contains("--input", "--input-format", "--input-col", "--output", "--output-format")
        .contains("--output-col", "--mode", "--weights", "--weights-prefix", "--seed", "--d-in")
        .contains("--d-out", "--qkv-bias", "--out-proj", "--num-heads", "--num-kv-heads")
        .contains("--context-length", "--no-causal", "--sliding-window", "--softcap", "--scale")
        .contains("--attention-weights-col", "--backend", "--batch-tokens", "--handle-invalid")
        .contains("--partitions", "--master", "--conf", "--verbose");
  }

  @Test
  void versionNamesSparkAndJava() throws Exception {
    Result result = CommandLineProcess.run("--version");
    assertThat(result.code()).isZero();
    assertThat(result.out())
        .matches("spark-attention \\d+\\.\\d+\\.\\d+ \\(Spark 4\\..*Java .*\\)\\s*");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "attend --output out --seed 1 --d-in 4 --d-out 4 | --input",
        FILES + " | --weights=FILE",
        FILES + "--seed 1 --d-in 4 | --d-out",
        FILES + "--weights-prefix a. | --weights",
        SEED + "--weights w.safetensors | mutually exclusive",
        FILES + "--seed one --d-in 4 --d-out 4 | 'one' is not a long",
        SEED + "--input-format csv | expected one of [parquet, json, orc], but was 'csv'",
        SEED + "--mode replace | expected one of [error, overwrite, append]",
        SEED + "--backend cuda | expected one of [auto, opencl, threads]",
        SEED + "--handle-invalid drop | expected one of [error, skip, keep]",
        SEED
            + "--num-heads 3 | --num-heads must divide --d-out, but --d-out is 4 and --num-heads is"
            + " 3",
        SEED + "--num-heads 4 --num-kv-heads 3 | --num-kv-heads must divide --num-heads",
        SEED + "--batch-tokens 0 | --batch-tokens must be at least 1, but is 0",
        SEED + "--partitions 0 | --partitions must be at least 1, but is 0",
        SEED + "--softcap -1 | --softcap must be 0",
        SEED + "--softcap 1e-60 | --softcap must be 0 or from 1e-18 to 1e18, but is 1.0E-60",
        SEED + "--scale 3e38 | --scale must be 0 or from 1e-18 to 1e18, but is 3.0E38",
        "attend --input in --output 10:00 --seed 1 --d-in 4 --d-out 4 | --output must be a path or a"
            + " URI, but '10:00' has '10' for its scheme and no absolute path; a relative path with"
            + " a colon begins with './'",
        "attend --input 10:00 --output out --seed 1 --d-in 4 --d-out 4 | --input must be a path or a"
            + " URI, but '10:00' has",
        FILES + "--weights scale:2 | --weights must be a path or a URI, but 'scale:2' has 'scale'",
        SEED + "--conf spark.x | should be",
        SEED + "--heads 4 | Unknown option",
        "embed --input in --output out | --model",
        "embed --model m --input in --output out --pooling sum | expected one of [mean, cls, last,"
            + " max], but was 'sum'",
        "embed --model m --input in --output out --max-length 0 | --max-length must be at least 1,"
            + " but is 0",
        "score --model 10:00 --input in --output out | --model must be a path or a URI",
        "model | DIR",
        "demo --rows 0 | --rows must be at least 1, but is 0",
        "attent | Unmatched argument",
      })
  void aWrongArgumentIsOneLineAndCode2(String args, String message) throws Exception {
    Result result = CommandLineProcess.run(args.strip().split("\\s+"));
    assertThat(result.errors()).singleElement().asString().contains(message).contains("--help");
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void verboseAddsTheStackTrace() throws Exception {
    List<String> args = new ArrayList<>(List.of((SEED + "--num-heads 3").split(" ")));
    args.add("--verbose");
    Result result = CommandLineProcess.run(args.toArray(new String[0]));
    assertThat(result.code()).isEqualTo(2);
    assertThat(result.errors()).anyMatch(line -> line.startsWith("at io.github.sparkattention."));
  }

  @Test
  void devicesTellsWhatThereIsAndWhy() throws Exception {
    Result result = CommandLineProcess.run("devices");
    assertThat(result.code()).isZero();
    assertThat(result.errors()).isEmpty();
    assertThat(result.value("OpenCL")).isNotEmpty();
    assertThat(result.value("threads")).contains("Java threads");
    assertThat(result.value("auto takes")).contains(", since ");
  }
}
