package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import com.aparapi.internal.exception.AparapiException;
import com.aparapi.internal.model.ClassModel;
import com.aparapi.internal.writer.KernelWriter;
import io.github.sparkattention.kernels.internal.device.ProgramKernelSmall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The device code in an interpreter that sees each access to memory: data races between the items
 * of a group, reads of what nobody wrote, writes to read-only buffers, and accesses beyond an end.
 */
@Tag("nightly")
class OclgrindTest {
  private static final int PATIENCE_SECONDS = 3600;

  /** With optimizations the interpreter ends at an instruction that it doesn't know. */
  private static final String BUILD_OPTIONS = "-cl-opt-disable";

  /** Two blocks of ids. */
  private static final String FEW_IDS = "70";

  @TempDir private Path folder;

  private List<String> diagnostics(Path log) throws IOException {
    return Files.exists(log)
        ? Files.readAllLines(log).stream().filter(line -> !line.isBlank()).toList()
        : List.of();
  }

  @Test
  void noOperationAndNoSizeOfAHeadHasADiagnostic() throws IOException, InterruptedException {
    ChildJvm child = compareWithoutDiagnostics("16", FEW_IDS, "layers");
    assertThat(child.value("known answers")).isEqualTo(DriverComparison.SAME);
    for (DriverComparison.Layer layer : DriverComparison.LAYERS) {
      assertThat(child.value(layer.name())).as(layer.name()).isEqualTo(DriverComparison.SAME);
    }
  }

  /** One layer alone: the interpreter takes minutes for the groups of each further one. */
  @ParameterizedTest
  @ValueSource(strings = {"64", "256"})
  void noLargerGroupHasADiagnostic(String workGroup) throws IOException, InterruptedException {
    ChildJvm child = compareWithoutDiagnostics(workGroup, "layer");
    String layer = DriverComparison.LAYERS.get(0).name();
    assertThat(child.value(layer)).isEqualTo(DriverComparison.SAME);
  }

  private ChildJvm compareWithoutDiagnostics(String... arguments)
      throws IOException, InterruptedException {
    Path log = folder.resolve("log");
    ChildJvm child =
        OtherDriver.oclgrind(log, BUILD_OPTIONS).compare(folder, PATIENCE_SECONDS, arguments);
    assertThat(diagnostics(log)).isEmpty();
    assertThat(child.exitCode()).as(child.toString()).isZero();
    assertThat(child.value("device")).startsWith("OpenCL (Oclgrind Simulator");
    return child;
  }

  /** The control: what the tests above look for is seen. */
  @Test
  void aBarrierThatIsMissingIsFound() throws IOException, InterruptedException, AparapiException {
    String text =
        KernelWriter.writeToString(
            ClassModel.createClassModel(ProgramKernelSmall.class).getEntrypoint("run", null));
    int line = lineOfBarrier(text, "ProgramKernel__score(");
    Path log = folder.resolve("log");
    // A macro is not expanded within itself.
    String without = String.format("-Dbarrier(x)=if(__LINE__!=%d)barrier(x)", line);
    ChildJvm child =
        OtherDriver.oclgrind(log, BUILD_OPTIONS + " " + without)
            .compare(folder, PATIENCE_SECONDS, "16", "layer");
    assertThat(diagnostics(log)).as(child.toString()).anyMatch(said -> said.contains("data race"));
  }

  /** The line, from 1, of the first barrier in a function. */
  private static int lineOfBarrier(String text, String function) {
    List<String> lines = text.lines().toList();
    int line = 0;
    while (!lines.get(line).contains(function + "This *this")) {
      line++;
    }
    while (!lines.get(line).contains("barrier(")) {
      line++;
    }
    return line + 1;
  }
}
