package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.RandomModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mesa's OpenCL, in a JVM of its own: another compiler than PoCL's, and another runtime. */
class RusticlTest {
  private static final int PATIENCE_SECONDS = 300;

  @TempDir private Path folder;

  /** What it may do otherwise is what {@link Deviation} says; docs/opencl.md says what it does. */
  @Test
  void modelsAndLayersGiveTheBitsOfJavaThreadsButForDeviationsThatHaveAName()
      throws IOException, InterruptedException {
    ChildJvm child =
        OtherDriver.rusticl()
            .compare(
                folder,
                PATIENCE_SECONDS,
                "64",
                Integer.toString(KnownAnswers.MANY_ROWS),
                "models",
                "layers");
    assertThat(child.exitCode()).as(child.toString()).isZero();
    assertThat(child.value("device")).startsWith("OpenCL (llvmpipe ").contains("rusticl");
    List<String> programs = new ArrayList<>();
    DriverComparison.LAYERS.forEach(layer -> programs.add(layer.name()));
    RandomModel.all().map(RandomModel::name).forEach(programs::add);
    for (String program : programs) {
      assertThat(child.value(program))
          .as(program)
          .matches("same bits|\\{(signed-zeros=\\d+)?(, )?(subnormals=\\d+)?}");
    }
    // Its loops end after 65,535 iterations, so it must not be let in.
    assertThat(child.value("known answers"))
        .matches("same bits|computes .* in step 12 \\(Score\\) .*");
  }
}
