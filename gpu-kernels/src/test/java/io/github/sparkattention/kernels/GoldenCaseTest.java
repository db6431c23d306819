package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GoldenCaseTest {
  @Test
  void allNineteenCasesLoadAndFitTheirOwnConfiguration() {
    List<GoldenCase> cases = GoldenCase.all().toList();

    assertThat(cases).hasSize(19);
    assertThat(cases)
        .allSatisfy(
            golden -> {
              golden.weights().check(golden.config());
              assertThat(golden.expected())
                  .hasSize(golden.sequences().total() * golden.config().dOut());
            });
    assertThat(cases).filteredOn(golden -> golden.expectedWeights() != null).hasSizeGreaterThan(9);
  }

  @Test
  void noGoldenFileIsLeftOut() throws Exception {
    Path directory = Path.of(GoldenCase.class.getResource("/golden").toURI());
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .filteredOn(file -> file.endsWith(".safetensors") && !file.equals("book.safetensors"))
          .containsExactlyInAnyOrderElementsOf(
              GoldenCase.all().map(golden -> golden + ".safetensors").toList());
    }
  }
}
