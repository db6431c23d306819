package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.opencl.DevicePeaks;
import io.github.sparkattention.kernels.opencl.OpenClDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Results of devices as text.
 *
 * @param facts the machine and the software
 * @param sections one for each device
 */
record OpenClReport(Map<String, String> facts, List<Section> sections) {

  /**
   * What is reported of a device.
   *
   * @param device the device
   * @param threads the Java threads that it is compared with
   * @param peaks what it can do at most
   * @param results one for each case
   * @param leftOut cases that were not run
   */
  record Section(
      OpenClDevice device,
      String threads,
      DevicePeaks peaks,
      List<OpenClResult> results,
      List<BenchmarkCase> leftOut) {

    private List<String> facts() {
      List<String> facts = new ArrayList<>();
      facts.add(
          String.format(
              Locale.ROOT,
              "Device: %s, %s, %d compute units, %d MiB",
              device.name(),
              device.platform(),
              device.computeUnits(),
              device.globalMemory() >> 20));
      facts.add(
          String.format(
              Locale.ROOT,
              "Peaks: %.1f GFLOP/s in fma, %.1f GB/s in a copy",
              peaks.gigaflops(),
              peaks.gigabytes()));
      facts.add("Compared with: " + threads);
      if (!leftOut.isEmpty()) {
        facts.add(
            "Left out, since the device is a processor: "
                + BenchmarkCase.names(leftOut)
                + "; --cases '' runs all");
      }
      return facts;
    }
  }

  /** A table for docs/benchmarks.md. */
  String markdown() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("- %s: %s", name, value)));
    for (Section section : sections) {
      lines.add("");
      section.facts().forEach(fact -> lines.add("- " + fact));
      lines.add("");
      lines.add(
          "| case | median ms | min–max ms | upload ms | kernel ms | download ms | GFLOP/s in"
              + " kernel | of fma peak | of copy bandwidth | Java threads ms | device ÷ Java"
              + " threads | launches | round trips | MB up | MB down |");
      lines.add("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
      for (OpenClResult result : section.results()) {
        lines.add(
            String.format(
                Locale.ROOT,
                "| %s | %.3f | %.3f–%.3f | %.3f | %.3f | %.3f | %.1f | %.0f %% | %.1f %% | %.3f"
                    + " | %.2f | %d | %d | %.2f | %.2f |",
                result.benchmarkCase().name(),
                result.device().median(),
                result.device().min(),
                result.device().max(),
                result.uploadMillis(),
                result.kernelMillis(),
                result.downloadMillis(),
                result.gigaflops(),
                100 * result.shareOfFmaPeak(section.peaks()),
                100 * result.shareOfCopyBandwidth(section.peaks()),
                result.threads().median(),
                result.overThreads(),
                result.lastRun().launches(),
                result.lastRun().roundTrips(),
                result.lastRun().bytesUp() / 1e6,
                result.lastRun().bytesDown() / 1e6));
      }
    }
    return String.join("\n", lines) + "\n";
  }

  /** The same figures for programs. */
  String csv() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("# %s: %s", name, value)));
    sections.forEach(section -> section.facts().forEach(fact -> lines.add("# " + fact)));
    lines.add(
        "device,case,rounds,median_ms,min_ms,max_ms,upload_ms,kernel_ms,download_ms,kernel_gflops,"
            + "peak_share,copy_share,threads_ms,device_over_threads,launches,round_trips,bytes_up,"
            + "bytes_down");
    for (Section section : sections) {
      for (OpenClResult result : section.results()) {
        lines.add(
            String.format(
                Locale.ROOT,
                "\"%s\",%s,%d,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.2f,%.4f,%.4f,%.4f,%.4f,%d,%d,%d,%d",
                section.device().name(),
                result.benchmarkCase().name(),
                result.parts().size(),
                result.device().median(),
                result.device().min(),
                result.device().max(),
                result.uploadMillis(),
                result.kernelMillis(),
                result.downloadMillis(),
                result.gigaflops(),
                result.shareOfFmaPeak(section.peaks()),
                result.shareOfCopyBandwidth(section.peaks()),
                result.threads().median(),
                result.overThreads(),
                result.lastRun().launches(),
                result.lastRun().roundTrips(),
                result.lastRun().bytesUp(),
                result.lastRun().bytesDown()));
      }
    }
    return String.join("\n", lines) + "\n";
  }
}
