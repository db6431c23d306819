package io.github.sparkattention.it;

import static io.github.sparkattention.it.CommandLineProcess.assertAttendFailed;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.CommandLineProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Outputs that can't be written, or not to the end. */
@Timeout(1800)
class UnwritableOutputTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void writeTheInput() {
    LocalSpark.rows(4, IntStream.range(0, 3000).map(i -> i % 50).toArray())
        .write()
        .parquet(folder.resolve("rows").toUri().toString());
  }

  private static Result attend(Path output) throws IOException, InterruptedException {
    return CommandLineProcess.run(
        "attend",
        "--input",
        folder.resolve("rows").toString(),
        "--output",
        output.toString(),
        "--seed",
        "123",
        "--d-in",
        "4",
        "--d-out",
        "4",
        "--master",
        "local[2]");
  }

  @Test
  void anOutputBelowAFileIsRefused() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "not a folder");
    assertAttendFailed(attend(file.resolve("output")), "output' can't be written", file.toString());
    assertThat(file).hasContent("not a folder");
  }

  /** Root may write whatever its permissions say, but not to a file system that is read-only. */
  @Test
  void anOutputOnAReadOnlyFileSystemIsRefused() throws Exception {
    try (Mount mount = Mount.tmpfs(folder.resolve("read-only"), "ro")) {
      assertAttendFailed(
          attend(mount.folder().resolve("output")),
          "output' can't be written, since no folder can be made in",
          mount.folder().toString());
    }
  }

  @Test
  void aFullDiskFailsTheRunAndLeavesNothing() throws Exception {
    try (Mount mount = Mount.tmpfs(folder.resolve("small"), "size=128k")) {
      assertAttendFailed(attend(mount.folder().resolve("output")), "No space left on device");
      try (Stream<Path> left = Files.list(mount.folder())) {
        assertThat(left).isEmpty();
      }
    }
  }

  /** A file system in memory, which only root can mount; where CI runs, root does. */
  private record Mount(Path folder) implements AutoCloseable {
    static Mount tmpfs(Path folder, String options) throws IOException {
      Files.createDirectory(folder);
      int code = run(List.of("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder.toString()));
      if (System.getenv("CI") == null) {
        Assumptions.assumeTrue(code == 0, "not run, since a file system can't be mounted here");
      }
      assertThat(code).describedAs("exit code of mount").isZero();
      return new Mount(folder);
    }

    private static int run(List<String> command) throws IOException {
      return new ProcessBuilder(command).inheritIO().start().onExit().join().exitValue();
    }

    @Override
    public void close() throws IOException {
      assertThat(run(List.of("umount", folder.toString()))).isZero();
    }
  }
}
