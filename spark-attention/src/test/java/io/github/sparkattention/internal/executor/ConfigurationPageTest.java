package io.github.sparkattention.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Holds docs/configuration.md to the code, or writes it with -Dconfiguration.write=true. */
class ConfigurationPageTest {
  private static final String COMMAND =
      "mvn -pl spark-attention -am test -Dtest=ConfigurationPageTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dconfiguration.write=true";

  @Test
  void thePageSaysWhatTheCodeSays() throws IOException {
    Path page = Path.of("..", "docs", "configuration.md");
    if (Boolean.getBoolean("configuration.write")) {
      Files.writeString(page, ConfigurationPage.text());
    }
    assertThat(page)
        .as("docs/configuration.md, which is written anew by '%s'", COMMAND)
        .hasContent(ConfigurationPage.text());
  }
}
