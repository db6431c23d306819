package io.github.sparkattention.it.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A JVM of its own that Spark runs in; all that it prints is kept. */
public final class SparkProcess implements AutoCloseable {
  /** Generous, for machines with other things to do. Nothing waits this long where all is well. */
  public static final Duration PATIENCE = Duration.ofMinutes(10);

  private final String name;
  private final Process process;
  private final List<Thread> readers = new ArrayList<>();
  private final List<String> out = new ArrayList<>();
  private final List<String> errors = new ArrayList<>();

  private SparkProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    read(process.getInputStream(), out);
    read(process.getErrorStream(), errors);
  }

  /**
   * Starts a JVM with the modules that Spark's own scripts start each JVM with.
   *
   * @param environment added to this JVM's own environment
   * @param jvmArgs what comes before the main class
   * @param main the main class
   * @param args its arguments
   */
  public static SparkProcess start(
      Map<String, String> environment, List<String> jvmArgs, String main, String... args)
      throws IOException {
    Path own = Path.of(System.getProperty("java.home"));
    return start(own, environment, jvmArgs, main, args);
  }

  /** The same on a Java of one's choice, which is in a folder. */
  public static SparkProcess start(
      Path javaHome,
      Map<String, String> environment,
      List<String> jvmArgs,
      String main,
      String... args)
      throws IOException {
    List<String> command = new ArrayList<>();
    if (System.getProperty("os.name").equals("Linux")) {
      // What was started in the background of a shell would ignore these signals otherwise.
      command.addAll(List.of("env", "--default-signal=INT,TERM"));
    }
    command.add(javaHome.resolve("bin/java").toString());
    command.addAll(moduleArgs());
    command.addAll(jvmArgs);
    command.add(main);
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return new SparkProcess(main + " " + String.join(" ", args), builder.start());
  }

  /** What Spark's own scripts open of the JDK's modules; this JVM was started with it, too. */
  public static List<String> moduleArgs() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(arg -> arg.startsWith("--add-"))
        .toList();
  }

  private void read(InputStream stream, List<String> lines) {
    Thread reader =
        new Thread(
            () -> {
              try (var text =
                  new BufferedReader(new InputStreamReader(stream, Charset.defaultCharset()))) {
                for (String line = text.readLine(); line != null; line = text.readLine()) {
                  synchronized (this) {
                    lines.add(line);
                    notifyAll();
                  }
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            },
            "reads " + name);
    reader.setDaemon(true);
    reader.start();
    readers.add(reader);
  }

  /** Waits for a line, on either stream, in which a regular expression is found. */
  public synchronized Matcher awaitLine(String regex) throws InterruptedException {
    Pattern pattern = Pattern.compile(regex);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      for (String line : Stream.concat(out.stream(), errors.stream()).toList()) {
        Matcher matcher = pattern.matcher(line);
        if (matcher.find()) {
          return matcher;
        }
      }
      if (!process.isAlive() && readers.stream().noneMatch(Thread::isAlive)) {
        break;
      }
      wait(1000);
    }
    throw new AssertionError("no line with '" + regex + "' from " + this);
  }

  /** Waits for the end, and for the last line. */
  public int awaitExit() throws InterruptedException {
    return awaitExit(PATIENCE);
  }

  /** Waits for the end of something that takes long. */
  public int awaitExit(Duration patience) throws InterruptedException {
    if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
      close();
      throw new AssertionError("still running after " + patience + ": " + this);
    }
    for (Thread reader : readers) {
      reader.join();
    }
    return process.exitValue();
  }

  /** Sends a signal, such as INT. */
  public void signal(String signal) throws IOException, InterruptedException {
    signal(pid(), signal);
  }

  /** Sends a signal to a process. */
  static void signal(long pid, String signal) throws IOException, InterruptedException {
    int code = new ProcessBuilder("kill", "-" + signal, "" + pid).inheritIO().start().waitFor();
    if (code != 0) {
      throw new AssertionError("kill -" + signal + " " + pid + " has failed");
    }
  }

  public long pid() {
    return process.pid();
  }

  /** The processes that this one has started and that run now. */
  public List<ProcessHandle> children() {
    return process.children().toList();
  }

  public synchronized List<String> out() {
    return List.copyOf(out);
  }

  public synchronized List<String> errors() {
    return List.copyOf(errors);
  }

  /** Kills the process and what it has started, as kill -9 does, and waits until they are gone. */
  @Override
  public void close() {
    List<ProcessHandle> all =
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(handle -> handle.onExit().join());
  }

  @Override
  public synchronized String toString() {
    return name + "\n" + String.join("\n", out) + "\n" + String.join("\n", errors);
  }
}
