package io.github.sparkattention.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.CommandLineProcess.Result;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.ml.PipelineModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoCommandTest {
  @TempDir private Path folder;

  @Test
  void theDemoFindsSentencesAndLeavesModelsResultsAndPictures() throws Exception {
    Path output = DemoRun.shared().folder();
    Result result = DemoRun.shared().result();
    assertThat(result.errors()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.value("rows")).isEqualTo("300");
    assertThat(result.out()).contains("Nearest to \"Fear of death\":");
    assertThat(result.out()).containsPattern("\n  0\\.\\d{3}  \\S+");
    assertThat(result.out()).contains("(read back: the same bits)");
    assertThat(result.out()).containsPattern("\n\\S+ +1\\.000\n\\S+ +0\\.\\d{3} +0\\.\\d{3}\n");
    assertThat(result.out().lines())
        // Paths and devices are as long as they are.
        .filteredOn(line -> !line.contains("/") && !line.startsWith("computed on"))
        .allMatch(line -> line.length() <= 100);

    Path picture = output.resolve("attention.html");
    assertThat(result.value("pictures")).isEqualTo(picture + " (for a browser)");
    assertThat(picture)
        .content()
        .contains("MiniLM, trained, layer 2", "mean of 4 heads", "4 heads", ": 1.000</title>");

    var session = LocalSpark.session();
    PipelineModel.load(output.resolve("model").toUri().toString());
    var rows = session.read().parquet(output.resolve("context.parquet").toUri().toString());
    assertThat(rows.columns()).containsExactly("id", "sentence", "words", "tokens", "context");
    assertThat(rows.select("sentence").distinct().count()).isEqualTo(300);
    var vectors = session.read().parquet(output.resolve("vectors.parquet").toUri().toString());
    assertThat(vectors.columns()).containsExactly("id", "sentence", "ids", "embedding");
    assertThat(vectors.count()).isEqualTo(300);
  }

  @Test
  void aFolderWithASpaceInItsNameGetsAllThatTheDemoLeaves() throws Exception {
    Path output = folder.resolve("of the demo");
    Result result = CommandLineProcess.run("demo", "--rows", "20", "--output", output.toString());
    assertThat(result.errors()).isEmpty();
    assertThat(output.resolve("model/metadata")).isDirectory();
    assertThat(output.resolve("context.parquet/_SUCCESS")).exists();
    assertThat(output.resolve("attention.html")).exists();
  }

  @Test
  void withoutDatafakerTheDemoSaysSoAndTakesFiles() throws Exception {
    Result refused = CommandLineProcess.runWithout(jar -> jar.contains("datafaker"), "demo");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.errors())
        .singleElement()
        .asString()
        .contains("Datafaker, which is not on the class path");

    Path empty = Files.writeString(folder.resolve("empty.txt"), "Hm.\n");
    Result nothing = CommandLineProcess.run("demo", "--text", empty.toString());
    assertThat(nothing.code()).isEqualTo(1);
    assertThat(nothing.errors()).singleElement().asString().contains("no sentence");
  }
}
