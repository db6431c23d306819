package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * A driver that a JVM of its own sees, and that the tests' own JVM doesn't. {@code
 * -Dsparkattention.require=...} turns a missing one from a skip into a failure.
 *
 * @param name what {@code sparkattention.require} calls it
 * @param library the driver's library
 * @param environment what makes it offer a device
 */
record OtherDriver(String name, String library, Map<String, String> environment) {
  private static final Path RUSTICL = Path.of("/etc/OpenCL/vendors/rusticl.icd");
  private static final Path OCLGRIND = Path.of("/usr/lib/oclgrind/liboclgrind-rt-icd.so");

  /** Mesa's, which computes on the processor. */
  static OtherDriver rusticl() throws IOException {
    require("rusticl", RUSTICL);
    return new OtherDriver(
        "rusticl", Files.readString(RUSTICL).strip(), Map.of("RUSTICL_ENABLE", "llvmpipe"));
  }

  /** One that interprets the device code, and watches each access. */
  static OtherDriver oclgrind(Path log, String buildOptions) {
    require("oclgrind", OCLGRIND);
    return new OtherDriver(
        "oclgrind",
        OCLGRIND.toString(),
        Map.of(
            "OCLGRIND_DATA_RACES", "1",
            "OCLGRIND_UNINITIALIZED", "1",
            "OCLGRIND_CHECK_API", "1",
            "OCLGRIND_BUILD_OPTIONS", buildOptions,
            "OCLGRIND_LOG", log.toString()));
  }

  private static void require(String name, Path file) {
    if (!Files.exists(file)) {
      if (System.getProperty("sparkattention.require", "").contains(name)) {
        fail("tests on %s are required, but there is no %s", name, file);
      }
      Assumptions.abort(String.format("not run on %s, since there is no %s", name, file));
    }
  }

  /**
   * Compares its device with Java threads.
   *
   * @param folder for what the JVM needs
   * @param patienceSeconds how long that may take
   * @param arguments those of {@link DriverComparison}
   */
  ChildJvm compare(Path folder, int patienceSeconds, String... arguments)
      throws IOException, InterruptedException {
    Path vendors = Files.createDirectories(folder.resolve(name));
    Files.writeString(vendors.resolve(name + ".icd"), library + "\n");
    List<String> command = new ArrayList<>(List.of("env", "OCL_ICD_VENDORS=" + vendors));
    environment.forEach((variable, value) -> command.add(variable + "=" + value));
    return ChildJvm.run(
        patienceSeconds, command, List.of("-Xmx1g"), DriverComparison.class, arguments);
  }
}
