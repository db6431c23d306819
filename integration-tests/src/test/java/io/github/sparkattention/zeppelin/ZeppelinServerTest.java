package io.github.sparkattention.zeppelin;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.cluster.SparkHome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A note as users run it: in a Zeppelin server, on a cluster, with the jar that they load. */
@Tag("zeppelin")
class ZeppelinServerTest {
  /** Datafaker and what it needs. */
  private static final String DATAFAKER = ".*/(datafaker|libphonenumber|rgxgen|snakeyaml)-[^/]*";

  @Test
  void aNoteRunsInAServerOnACluster(@TempDir Path home) throws Exception {
    Note note = Note.all().get(0);
    note.paragraphs().get(0).setBody(settings(note.paragraphs().get(0).body()));
    SparkHome spark = SparkHome.ofTests();
    try (ZeppelinServer server = new ZeppelinServer(home, spark)) {
      server.configureSpark(
          Map.of(
              "SPARK_HOME", spark.folder().toString(),
              "spark.master", "local-cluster[2,1,1024]",
              "spark.executor.memory", "512m",
              "spark.driver.host", "127.0.0.1",
              "spark.driver.bindAddress", "127.0.0.1",
              "spark.ui.enabled", "false",
              "zeppelin.spark.scala.version", "2.12.99",
              "zeppelin.spark.enableSupportedVersionCheck", "false"));
      String id = server.importNote(note.json());
      List<Paragraph> ran = server.run(id);
      for (int i = 0; i < ran.size(); i++) {
        Paragraph saved = note.paragraphs().get(i);
        assertThat(ran.get(i).status())
            .as("%s: %s", saved.title(), ran.get(i).savedResults())
            .isEqualTo("FINISHED");
        if (i > 0) {
          assertThat(ran.get(i).savedResults().stream().map(Result::shape))
              .as(saved.title())
              .isEqualTo(saved.savedResults().stream().map(Result::shape).toList());
        }
      }
    }
  }

  /**
   * What a user makes of the first paragraph; Datafaker comes from the class path, not from afar.
   */
  private static String settings(String text) throws IOException {
    String jars =
        Stream.concat(
                Stream.of(SparkHome.shadedJar().toString()),
                SparkHome.classPath().stream().filter(entry -> entry.matches(DATAFAKER)))
            .collect(Collectors.joining(","));
    return text.lines()
        .filter(line -> !line.startsWith("spark.jars.packages "))
        .map(line -> line.startsWith("spark.jars ") ? "spark.jars " + jars : line)
        .collect(Collectors.joining("\n"));
  }
}
