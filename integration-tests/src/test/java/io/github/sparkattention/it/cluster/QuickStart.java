package io.github.sparkattention.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.SparkSession;

/**
 * How the JVMs of Spark that tests start by the dozen get going at half the cost: without C2, whose
 * code they end too soon to use, and with the classes of Spark from an archive that they share, in
 * which these are already parsed and verified. Their class path begins with {@link
 * SparkHome#jarsOfSpark()}; a JVM with another one goes without the archive.
 */
public final class QuickStart {
  private static final String WITHOUT_C2 = "-XX:TieredStopAtLevel=1";
  private static final List<String> COMPILER_AND_COLLECTOR =
      List.of(WITHOUT_C2, "-XX:+UseSerialGC");

  /** The JVM warns of classes that can't be archived. */
  private static final String SILENT_ARCHIVE = "-Xlog:cds*=off";

  private static final Path FOLDER = Path.of("target", "class-archive").toAbsolutePath();

  private static List<String> jvmArgs;

  private QuickStart() {}

  /** Arguments for such a JVM. The archive is made when they are first asked for. */
  public static synchronized List<String> jvmArgs() throws IOException, InterruptedException {
    if (jvmArgs == null) {
      List<String> args = new ArrayList<>(COMPILER_AND_COLLECTOR);
      args.addAll(List.of(SILENT_ARCHIVE, "-XX:SharedArchiveFile=" + archive()));
      jvmArgs = List.copyOf(args);
    }
    return jvmArgs;
  }

  /** The same for a JVM that has C2, as a whole model needs it. */
  public static List<String> jvmArgsWithC2() throws IOException, InterruptedException {
    return jvmArgs().stream().filter(arg -> !arg.equals(WITHOUT_C2)).toList();
  }

  /** Has the executors of a session start so, too. */
  static SparkSession.Builder executors(SparkSession.Builder session, String... moreJvmArgs)
      throws IOException, InterruptedException {
    List<String> args = new ArrayList<>(jvmArgs());
    args.addAll(List.of(moreJvmArgs));
    return session
        .config("spark.executor.extraClassPath", String.join(":", SparkHome.jarsOfSpark()))
        .config("spark.executor.extraJavaOptions", String.join(" ", args));
  }

  private static Path archive() throws IOException, InterruptedException {
    Files.createDirectories(FOLDER);
    Path archive = FOLDER.resolve(fingerprint() + ".jsa");
    // The tests run in several JVMs, one of which makes it for all.
    try (FileChannel channel =
            FileChannel.open(
                FOLDER.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      assertThat(lock.isValid()).isTrue();
      if (Files.notExists(archive)) {
        deleteOthers();
        make(archive);
      }
    }
    return archive;
  }

  /** JVMs take an archive for these very files only. */
  private static String fingerprint() throws IOException {
    List<Object> files = new ArrayList<>(List.of(System.getProperty("java.vm.version")));
    for (String jar : SparkHome.jarsOfSpark()) {
      files.addAll(List.of(jar, Files.getLastModifiedTime(Path.of(jar)).toMillis()));
    }
    return Integer.toHexString(files.hashCode());
  }

  private static void deleteOthers() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".jsa")).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Archives what a run of the command line has loaded. */
  private static void make(Path archive) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("class-archive");
    Path rows =
        Files.writeString(folder.resolve("rows.json"), "{\"id\": 1, \"tokens\": [[1.0, 2.0]]}");
    Path made = FOLDER.resolve("new");
    List<String> args = new ArrayList<>(COMPILER_AND_COLLECTOR);
    args.addAll(List.of(SILENT_ARCHIVE, "-XX:ArchiveClassesAtExit=" + made));
    try (SparkProcess run =
        SparkHome.ofTests()
            .submit(
                args,
                "--master=local[2]",
                "--class",
                "io.github.sparkattention.job.SparkAttention",
                SparkHome.shadedJar().toString(),
                "attend",
                "--input=" + rows,
                "--input-format=json",
                "--output=" + folder.resolve("context"),
                "--seed=1",
                "--d-in=2",
                "--d-out=2")) {
      assertThat(run.awaitExit()).as(run.toString()).isZero();
    }
    Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
    JavaUtils.deleteRecursively(folder.toFile());
  }
}
