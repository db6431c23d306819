package io.github.sparkattention.it;

import static io.github.sparkattention.it.CommandLineProcess.assertAttendFailed;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.it.CommandLineProcess.Result;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.files.SafeTensors;
import io.github.sparkattention.kernels.files.SafeTensors.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line run as a process, with Spark. */
class AttendCommandTest {
  private static final int[] LENGTHS = {3, 0, 1, 7, 5};
  private static final long TOKENS = Arrays.stream(LENGTHS).sum();

  @TempDir static Path folder;

  @BeforeAll
  static void writeTheInput() {
    rows().write().parquet(uri("rows.parquet"));
    rows().write().json(uri("rows.json"));
  }

  private static Dataset<Row> rows() {
    return LocalSpark.rows(4, LENGTHS);
  }

  private static CausalAttention stage() {
    return new CausalAttention().setDIn(4).setDOut(4).setNumHeads(2).setSeed(123);
  }

  private static String uri(String name) {
    return folder.resolve(name).toUri().toString();
  }

  private static Result attend(String input, String output, String... more)
      throws IOException, InterruptedException {
    List<String> args = new ArrayList<>();
    args.addAll(List.of("attend", "--input", folder.resolve(input).toString()));
    args.addAll(List.of("--output", folder.resolve(output).toString()));
    args.addAll(List.of("--num-heads", "2", "--master", "local[2]"));
    args.addAll(List.of(more));
    if (!args.contains("--weights")) {
      args.addAll(List.of("--seed", "123", "--d-in", "4", "--d-out", "4"));
    }
    return CommandLineProcess.run(args.toArray(new String[0]));
  }

  private static Dataset<Row> read(String format, String name) {
    return LocalSpark.session().read().format(format).load(uri(name));
  }

  private static void assertSameRows(Dataset<Row> actual, Dataset<Row> expected) {
    List<Row> rows = expected.orderBy("id").collectAsList();
    Column[] columns = Arrays.stream(expected.columns()).map(functions::col).toArray(Column[]::new);
    assertThat(actual.select(columns).orderBy("id").collectAsList())
        .map(Row::toString)
        .isEqualTo(rows.stream().map(Row::toString).toList());
  }

  private static List<String> entries() throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void contextAndAttentionWeightsAreAddedToAllOtherColumns() throws Exception {
    Result result =
        attend("rows.parquet", "seeded", "--attention-weights-col", "w", "--partitions", "3");
    assertThat(result.errors()).isEmpty();
    assertThat(result.code()).isZero();
    assertSameRows(
        read("parquet", "seeded"), stage().setAttentionWeightsCol("w").transform(rows()));

    assertThat(result.value("input")).contains("rows.parquet (parquet), column 'tokens'");
    assertThat(result.value("layer")).isEqualTo("causal, 2 heads of 2, d_in 4, d_out 4");
    assertThat(result.value("weights")).isEqualTo("drawn from seed 123");
    assertThat(result.value("rows")).isEqualTo(String.valueOf(LENGTHS.length));
    assertThat(result.value("tokens")).isEqualTo(String.valueOf(TOKENS));
    assertThat(Double.parseDouble(result.value("seconds"))).isPositive();
    assertThat(result.value("tokens/s")).matches("[0-9,]+");
    assertThat(result.value("computed on")).contains("2 threads");

    assertAttendFailed(
        attend("rows.parquet", "seeded"), "seeded' exists already; name another, or set");
    assertThat(attend("rows.parquet", "seeded", "--mode", "append").code()).isZero();
    assertThat(read("parquet", "seeded").count()).isEqualTo(2L * LENGTHS.length);
  }

  @Test
  void jsonGoesInAndOrcComesOutWithWeightsFromAFile() throws Exception {
    AttentionWeights weights = stage().weights();
    Path file = folder.resolve("model.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      SafeTensors.write(
          out,
          Map.of(),
          List.of(
              Tensor.of("block.0.W_query.weight", weights.query().weight(), 4, 4),
              Tensor.of("block.0.W_key.weight", weights.key().weight(), 4, 4),
              Tensor.of("block.0.W_value.weight", weights.value().weight(), 4, 4)));
    }
    Result result =
        attend(
            "rows.json",
            "from-file",
            "--input-format",
            "json",
            "--output-format",
            "ORC",
            "--output-col",
            "c",
            "--weights",
            file.toString(),
            "--weights-prefix",
            "block.0.");
    assertThat(result.errors()).isEmpty();
    assertThat(result.value("weights")).endsWith("model.safetensors, prefix 'block.0.'");
    Dataset<Row> expected = stage().setOutputCol("c").transform(rows()).select("id", "name", "c");
    assertSameRows(read("orc", "from-file"), expected);

    assertAttendFailed(
        attend("rows.json", "x", "--input-format", "json", "--weights", file.toString()),
        "W_query");
  }

  @Test
  void anOutputAndAnInputMayHaveColonsInTheirPaths() throws Exception {
    String name = "2024-01-01T10:00:00/part-1:2";
    assertThat(attend("rows.parquet", name).errors()).isEmpty();
    assertSameRows(read("parquet", name), stage().transform(rows()));

    Result again = attend(name, "colon:out", "--output-col", "second");
    assertThat(again.errors()).isEmpty();
    Result overwriting =
        attend("rows.parquet", "colon:out", "--mode", "overwrite", "--output-col", "third");
    assertThat(overwriting.errors()).isEmpty();
    assertSameRows(read("parquet", "colon:out"), stage().setOutputCol("third").transform(rows()));
    assertThat(entries()).noneMatch(entry -> entry.startsWith(".colon"));
  }

  @Test
  void overwritingASymbolicLinkWritesIntoItsTarget() throws Exception {
    Path target = Files.createDirectories(folder.resolve("far/target"));
    Files.writeString(target.resolve("old"), "old");
    Path link =
        Files.createSymbolicLink(folder.resolve("link"), Path.of("far", "..", "far", "target"));
    assertAttendFailed(attend("rows.parquet", "link"), "link' exists already");

    assertThat(attend("rows.parquet", "link", "--mode", "overwrite").errors()).isEmpty();
    assertThat(link).isSymbolicLink();
    assertThat(target.resolve("old")).doesNotExist();
    assertSameRows(read("parquet", "far/target"), stage().transform(rows()));
    try (Stream<Path> beside = Files.list(target.getParent())) {
      assertThat(beside).containsExactly(target);
    }
    assertThat(attend("rows.parquet", "link", "--mode", "append").errors()).isEmpty();
    assertThat(read("parquet", "far/target").count()).isEqualTo(2L * LENGTHS.length);

    Files.createSymbolicLink(folder.resolve("dangling"), folder.resolve("nothing"));
    assertAttendFailed(
        attend("rows.parquet", "dangling", "--mode", "overwrite"),
        "the output '"
            + folder.resolve("dangling")
            + "' must be a folder, or a symbolic link to one, but is a link that leads nowhere; make"
            + " the folder, or name another output");
  }

  @Test
  void aBadRowFailsTheJobIsDroppedOrKept() throws Exception {
    assertAttendFailed(
        attend("rows.parquet", "bad", "--context-length", "5"), "column 'tokens', part");
    assertThat(entries()).doesNotContain("bad");

    Result skipped =
        attend("rows.parquet", "bad", "--context-length", "5", "--handle-invalid", "skip");
    assertThat(skipped.errors()).isEmpty();
    assertThat(skipped.value("rows")).isEqualTo("4");
    assertThat(skipped.value("tokens")).isEqualTo("9");
    assertThat(skipped.value("rows refused")).isEqualTo("1, dropped");
    assertThat(read("parquet", "bad").where("id = 3").count()).isZero();

    Result overwriting =
        attend("rows.parquet", "bad", "--context-length", "5", "--mode", "overwrite");
    assertAttendFailed(overwriting, "the sequence has 7 tokens");
    assertThat(read("parquet", "bad").count()).isEqualTo(4);
    assertThat(folder.resolve("bad/_SUCCESS")).exists();

    Result kept =
        attend(
            "rows.parquet",
            "bad",
            "--context-length",
            "5",
            "--handle-invalid",
            "keep",
            "--mode",
            "overwrite");
    assertThat(kept.value("rows")).isEqualTo("5");
    assertThat(kept.value("rows refused")).isEqualTo("1, kept, with null");
    assertThat(read("parquet", "bad").where("context is null").select("id").first().getLong(0))
        .isEqualTo(3);
    // Nothing is left of what overwriting needed meanwhile.
    assertThat(entries()).noneMatch(name -> name.startsWith(".bad"));
  }

  @Test
  void aWrongInputIsOneLineUnlessMoreIsAskedFor() throws Exception {
    assertAttendFailed(attend("nowhere", "y"), "nowhere");
    assertAttendFailed(
        attend("rows.parquet", "y", "--input-col", "vectors"),
        "Column 'vectors' (inputCol) is missing; the columns are id, name, tokens.");
    Result verbose = attend("rows.parquet", "y", "--input-col", "name", "--verbose");
    assertThat(verbose.code()).isEqualTo(1);
    assertThat(verbose.errors().get(0)).contains("Column 'name' must be", "but is string");
    assertThat(verbose.errors()).anyMatch(line -> line.startsWith("at io.github.sparkattention."));
    assertThat(entries()).doesNotContain("y");
  }
}
