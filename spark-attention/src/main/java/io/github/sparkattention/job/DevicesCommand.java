package io.github.sparkattention.job;

import io.github.sparkattention.internal.runs.Report;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.Device;
import io.github.sparkattention.kernels.Devices;
import io.github.sparkattention.kernels.backends.BackendChoice;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tells what this machine can compute with. */
@Command(
    name = "devices",
    description = "List the devices, the SIMD in use, and the backend that auto would take.")
final class DevicesCommand implements Runnable {
  private static final double GIB = 1L << 30;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    Report report = new Report(spec.commandLine().getOut());
    int cores = Runtime.getRuntime().availableProcessors();
    report.line("java", Runtime.version() + ", " + System.getProperty("java.vm.name"));
    report.line(
        "processor", cores + (cores == 1 ? " core, " : " cores, ") + System.getProperty("os.arch"));

    for (BackendProvider provider : BackendPolicy.AUTO.providers()) {
      Devices found = provider.devices();
      if (found.devices().isEmpty()) {
        report.line(provider.title(), "none: " + found.absence());
      }
      for (Device device : found.devices()) {
        report.line(provider.title(), describe(device));
      }
    }
    try (Backend threads = Backends.threads(cores)) {
      report.line("threads", threads.description());
    }
    BackendChoice auto = Backends.choose(BackendPolicy.AUTO, cores, Map.of());
    try (Backend backend = auto.backend()) {
      report.line("auto takes", backend.description() + ", since " + auto.reason());
    }
  }

  private static String describe(Device device) {
    return String.format(
        Locale.ROOT,
        "%s (%s), %.1f GiB, %s",
        device.name(),
        device.type(),
        device.memory() / GIB,
        device.details());
  }
}
