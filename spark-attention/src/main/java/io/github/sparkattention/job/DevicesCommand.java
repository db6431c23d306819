package io.github.sparkattention.job;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.backends.BackendChoice;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.opencl.OpenClDevice;
import io.github.sparkattention.kernels.opencl.OpenClDevices;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Tells what this machine can compute with. */
@Command(
    name = "devices",
    description = "List the OpenCL devices, the SIMD in use, and the backend that auto would take.")
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

    OpenClDevices found = OpenClDevices.list();
    if (found.devices().isEmpty()) {
      report.line("OpenCL", "none: " + found.absence());
    }
    for (OpenClDevice device : found.devices()) {
      report.line("OpenCL", describe(device));
    }
    try (Backend threads = Backends.open(BackendPolicy.THREADS, cores)) {
      report.line("threads", threads.description());
    }
    BackendChoice auto = Backends.choose(BackendPolicy.AUTO, cores, OpenClSettings.DEFAULTS);
    try (Backend backend = auto.backend()) {
      report.line("auto takes", backend.description() + ", since " + auto.reason());
    }
  }

  private static String describe(OpenClDevice device) {
    return String.format(
        Locale.ROOT,
        "%s (%s), %.1f GiB, %d compute units, work groups up to %d; %s, %s",
        device.name(),
        device.type().name().toLowerCase(Locale.ROOT),
        device.globalMemory() / GIB,
        device.computeUnits(),
        device.maxWorkGroupSize(),
        device.platform(),
        device.vendor());
  }
}
