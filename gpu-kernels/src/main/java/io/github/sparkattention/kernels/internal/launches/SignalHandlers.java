package io.github.sparkattention.kernels.internal.launches;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether an OpenCL driver has taken SIGSEGV from the JVM, on Linux.
 *
 * <p>The JVM stops its threads with this signal. LLVM, which many drivers compile with, puts its
 * own handler in the place of the JVM's: one that serves a single signal and leaves none behind
 * while it works, so that the process ends if a second thread stops at that moment. Java can't take
 * the signal back, but the JDK's libjsig.so, loaded first, never lets it go. Source: "Signal
 * Chaining" in the JDK's guide for HotSpot.
 */
public final class SignalHandlers {
  private static final Logger LOG = LoggerFactory.getLogger(SignalHandlers.class);

  /** A line of the JVM's report about itself; the handler's own name may be unknown. */
  private static final Pattern SIGSEGV =
      Pattern.compile("^\\s*SIGSEGV: (?:\\S+ in )?([^\\s,+]+)", Pattern.MULTILINE);

  private static final AtomicBoolean WARNED = new AtomicBoolean();

  private SignalHandlers() {}

  /** Warns, once, if the signal has been taken: to be called when a driver may have done so. */
  public static void check() {
    if (WARNED.get() || isChained()) {
      return;
    }
    String library = foreignLibrary(report());
    if (library != null && WARNED.compareAndSet(false, true)) {
      LOG.warn(
          "The OpenCL driver has put a signal handler of {} in the place of the JVM's, so this"
              + " process may end with SIGSEGV at any time; start it with LD_PRELOAD={} in its"
              + " environment (spark.executorEnv.LD_PRELOAD for executors), which keeps the JVM's",
          library,
          Path.of(System.getProperty("java.home"), "lib", "libjsig.so"));
    }
  }

  /** Whether libjsig.so is loaded; what it answers about handlers is not what the kernel does. */
  private static boolean isChained() {
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      return maps.anyMatch(line -> line.endsWith("/libjsig.so"));
    } catch (IOException e) {
      return true; // not Linux
    }
  }

  /** What {@code jcmd VM.info} prints; empty if this JVM has no such command. */
  private static String report() {
    try {
      ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
      return (String)
          ManagementFactory.getPlatformMBeanServer().invoke(commands, "vmInfo", null, null);
    } catch (JMException e) {
      return "";
    }
  }

  /** The library that handles SIGSEGV, if it isn't the JVM; else null. */
  static String foreignLibrary(String report) {
    Matcher handler = SIGSEGV.matcher(report);
    return !handler.find() || handler.group(1).startsWith("libjvm") ? null : handler.group(1);
  }
}
