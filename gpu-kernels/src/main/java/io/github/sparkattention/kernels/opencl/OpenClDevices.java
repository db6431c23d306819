package io.github.sparkattention.kernels.opencl;

import java.util.List;

/**
 * The OpenCL devices of this machine, as Aparapi finds them.
 *
 * @param devices all devices of all platforms; empty if there are none
 * @param absence why there are none, in one sentence without a full stop; null if there are some
 */
public record OpenClDevices(List<OpenClDevice> devices, String absence) {

  /**
   * Lists the devices. A JVM looks once: a driver that is installed later is found by the next one.
   *
   * @return the devices, or why there are none; that a driver hangs is such a reason
   */
  public static OpenClDevices list() {
    return DeviceListing.OF_JVM.await(OpenClSettings.DEFAULTS.openTimeout()).devices();
  }

  /**
   * Explains what went wrong when the native library was unpacked and loaded.
   *
   * @param message what was thrown, such as "/tmp/.../libaparapi.so: libOpenCL.so.1: cannot open
   *     shared object file: ..."
   * @param folder where it was unpacked to
   */
  static String why(String message, String folder) {
    // The loader names the file that it wanted first, some versions twice.
    String reason = message.replaceFirst("^(\\S*libaparapi\\S*: )+", "");
    if (reason.contains("libOpenCL")) {
      return "libOpenCL is not installed (" + reason + ")";
    }
    if (message.endsWith("was not found inside JAR.")) {
      return String.format(
          "no jar of the class path has Aparapi's native library for this machine (%s); add"
              + " gpu-kernels-*-other-natives.jar, which has those for Windows and 32 bits",
          message);
    }
    if (message.startsWith(folder)) {
      return String.format(
          "Aparapi's native library could not be unpacked to %s and loaded from there (%s); let"
              + " java.io.tmpdir name a folder that is writable and not mounted noexec",
          folder, reason);
    }
    return "Aparapi's native library could not be loaded (" + message + ")";
  }
}
