package io.github.sparkattention.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** Where and with what a benchmark ran: a figure without this means nothing. */
final class MachineFacts {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private MachineFacts() {}

  /** The facts that any benchmark states, in the order in which they are printed. */
  static Map<String, String> collect(String command) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Command", command);
    facts.put("Date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    facts.put("CPU", cpuModel());
    facts.put("Cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    facts.put("Load average at the start", String.format(Locale.ROOT, "%.2f", load));
    facts.put("Operating system", properties("os.name", "os.version", "os.arch"));
    facts.put("JVM", properties("java.vm.name", "java.vm.version"));
    facts.put("Heap", Runtime.getRuntime().maxMemory() / (1 << 20) + " MiB");
    return facts;
  }

  private static String cpuModel() throws IOException {
    if (Files.notExists(CPU_INFO)) {
      return "unknown";
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    }
  }

  private static String properties(String... names) {
    return String.join(" ", Stream.of(names).map(System::getProperty).toList());
  }
}
