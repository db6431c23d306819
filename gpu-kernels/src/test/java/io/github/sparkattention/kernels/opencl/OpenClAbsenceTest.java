package io.github.sparkattention.kernels.opencl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Machines on which something is missing, each played by a JVM whose view of the file system is
 * another; only root on Linux may give it one.
 */
class OpenClAbsenceTest {
  /**
   * In place of each folder that has a libOpenCL, one that links to all else that is in it. Files
   * are left alone, and a mount ends with the process that made it.
   */
  private static final String HIDE_LIBRARY =
      """
      set -e
      n=0
      for folder in $(ldconfig -p | sed -n 's/.*libOpenCL\\.so.* => //p' | xargs -rn1 dirname \
          | xargs -rn1 readlink -f | sort -u); do
        n=$((n + 1))
        mkdir "$0/real$n" "$0/shown$n"
        mount --bind "$folder" "$0/real$n"
        ln -s "$0/real$n"/* "$0/shown$n"
        rm "$0/shown$n"/libOpenCL.so*
        mount --bind "$0/shown$n" "$folder"
      done
      exec "$@"
      """;

  private static final String HIDE_DRIVERS =
      """
      set -e
      [ ! -d /etc/OpenCL/vendors ] || mount -t tmpfs none /etc/OpenCL/vendors
      exec "$@"
      """;

  private static final String MOUNT_NOEXEC =
      """
      set -e
      mount -t tmpfs -o noexec,size=16m none "$0"
      exec "$@"
      """;

  @TempDir private Path folder;

  @BeforeEach
  void needsMountsOfItsOwn() throws IOException, InterruptedException {
    assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
    Process attempt;
    try {
      attempt =
          new ProcessBuilder("unshare", "-m", "mount", "-t", "tmpfs", "none", folder.toString())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      assumeThat(e).as("unshare must be there").isNull();
      return;
    }
    String output = new String(attempt.getInputStream().readAllBytes(), UTF_8);
    assumeThat(attempt.waitFor()).as("only root may mount: %s", output).isZero();
  }

  private ChildJvm run(String script, Path tmpdir) throws IOException, InterruptedException {
    ChildJvm child =
        ChildJvm.run(
            List.of("unshare", "-m", "sh", "-c", script, folder.toString()),
            List.of("-Djava.io.tmpdir=" + tmpdir),
            BothPolicies.class);
    assertThat(child.exitCode()).as(child.toString()).isZero();
    return child;
  }

  /** Under auto, Java threads and one warning; under opencl a failure; both with the reason. */
  private static void assertAbsence(ChildJvm child, String reason) {
    assertThat(child.value("auto")).startsWith("Java threads (1 thread, ").endsWith(", computes");
    assertThat(child.output().stream().filter(line -> line.contains(" WARN ")))
        .singleElement()
        .asString()
        .endsWith(", since there is no OpenCL device: " + reason);
    assertThat(child.value("opencl"))
        .isEqualTo("backend 'opencl' was asked for, but there is no OpenCL device: " + reason);
    // Aparapi's own way to say it, with a stack trace.
    assertThat(child.output()).noneMatch(line -> line.contains("SEVERE"));
  }

  @Test
  void aMissingLibraryIsNamed() throws IOException, InterruptedException {
    assertAbsence(
        run(HIDE_LIBRARY, folder),
        "libOpenCL is not installed (libOpenCL.so.1: cannot open shared object file: No such file"
            + " or directory)");
  }

  @Test
  void aMissingDriverIsNotTakenForAMissingLibrary() throws IOException, InterruptedException {
    RequiredDevice.get();
    assertAbsence(
        run(HIDE_DRIVERS, Path.of(System.getProperty("java.io.tmpdir"))),
        "libOpenCL is there, but no driver offers a device; install the driver (ICD) of the GPU");
  }

  @Test
  void aTemporaryFolderThatIsMountedNoexecIsNamed() throws IOException, InterruptedException {
    ChildJvm child = run(MOUNT_NOEXEC, folder);
    String start = "Aparapi's native library could not be unpacked to " + folder;
    String reason = child.value("opencl").replaceFirst(".*OpenCL device: ", "");
    assertThat(reason)
        .startsWith(start + " and loaded from there (failed to map segment from shared object")
        .endsWith("; let java.io.tmpdir name a folder that is writable and not mounted noexec");
    assertAbsence(child, reason);
  }

  @Test
  void aTemporaryFolderThatIsNotThereIsNamed() throws IOException, InterruptedException {
    Path missing = folder.resolve("missing");
    ChildJvm child = run("exec \"$@\"", missing);
    assertThat(child.value("opencl"))
        .contains("could not be unpacked to " + missing + " and loaded from there (" + missing)
        .endsWith("; let java.io.tmpdir name a folder that is writable and not mounted noexec");
  }

  /** The main class of the JVMs: opens both policies and prints what came of it. */
  static final class BothPolicies {
    private BothPolicies() {}

    public static void main(String[] args) {
      try (Backend backend = Backends.open(BackendPolicy.AUTO, 1)) {
        System.out.println("auto: " + backend.description() + ", " + compute(backend));
      }
      try (Backend backend = Backends.open(BackendPolicy.parse("opencl"), 1)) {
        System.out.println("opencl: " + backend.description());
      } catch (BackendUnavailableException e) {
        System.out.println("opencl: " + e.getMessage());
      }
    }

    private static String compute(Backend backend) {
      AttentionConfig config = AttentionConfig.builder(2, 2).build();
      float[] context = new float[4];
      backend
          .prepare(Program.attention(config), SeededWeights.attention(config, 1).tensors())
          .run(PackedSequences.pack(new float[][] {{1, 2, 3, 4}}, 2), context);
      return Arrays.equals(context, new float[4]) ? "computes nothing" : "computes";
    }
  }
}
