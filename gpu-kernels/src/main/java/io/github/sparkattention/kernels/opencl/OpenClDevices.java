package io.github.sparkattention.kernels.opencl;

import com.aparapi.device.Device;
import com.aparapi.device.OpenCLDevice;
import com.aparapi.internal.opencl.OpenCLLoader;
import com.aparapi.natives.NativeLoader;
import java.io.IOException;
import java.util.ArrayList;
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
   * @return the devices, or why there are none
   */
  public static OpenClDevices list() {
    return Listing.FOUND;
  }

  /** What Aparapi needs to run on a device of the list. */
  OpenCLDevice handle(OpenClDevice device) {
    return Listing.HANDLES.get(devices.indexOf(device));
  }

  /** Loads Aparapi's native library when it is first asked, and not before. */
  private static final class Listing {
    static final List<OpenCLDevice> HANDLES = new ArrayList<>();
    static final OpenClDevices FOUND = QuietAparapi.call(Listing::find);

    private static OpenClDevices find() {
      // Before the first listing. The default lets a device work on the Java heap, which moves.
      OpenCLDevice.setConfigurator(device -> device.setSharedMemory(false));
      if (!OpenCLLoader.isOpenCLAvailable()) {
        return new OpenClDevices(List.of(), whyNotLoaded());
      }
      List<OpenClDevice> devices = new ArrayList<>();
      for (OpenCLDevice device : OpenCLDevice.listDevices(null)) {
        devices.add(describe(device));
        HANDLES.add(device);
      }
      SignalHandlers.check();
      return new OpenClDevices(
          List.copyOf(devices),
          devices.isEmpty()
              ? "libOpenCL is there, but no driver offers a device; install the driver (ICD) of the"
                  + " GPU"
              : null);
    }

    private static OpenClDevice describe(OpenCLDevice device) {
      var platform = device.getOpenCLPlatform();
      return new OpenClDevice(
          device.getName().trim(),
          type(device.getType()),
          platform.getName().trim() + ", " + version(platform.getVersion()),
          platform.getVendor().trim(),
          device.getGlobalMemSize(),
          device.getMaxMemAllocSize(),
          device.getMaxWorkGroupSize(),
          device.getMaxComputeUnits());
    }

    /** Of "OpenCL 3.0 and whatever the vendor adds" the part that the standard prescribes. */
    private static String version(String text) {
      String[] words = text.trim().split("\\s+", 3);
      return words.length < 2 ? text.trim() : words[0] + " " + words[1];
    }

    private static OpenClDevice.Type type(Device.TYPE type) {
      return switch (type) {
        case GPU -> OpenClDevice.Type.GPU;
        case CPU -> OpenClDevice.Type.CPU;
        default -> OpenClDevice.Type.ACCELERATOR;
      };
    }

    /** Tries again what Aparapi tried, for it keeps the reason to itself. */
    private static String whyNotLoaded() {
      try {
        NativeLoader.load();
        return "Aparapi's native library could not be loaded";
      } catch (UnsatisfiedLinkError | IOException e) {
        return why(String.valueOf(e.getMessage()).trim(), System.getProperty("java.io.tmpdir"));
      }
    }
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
    if (message.startsWith(folder)) {
      return String.format(
          "Aparapi's native library could not be unpacked to %s and loaded from there (%s); let"
              + " java.io.tmpdir name a folder that is writable and not mounted noexec",
          folder, reason);
    }
    return "Aparapi's native library could not be loaded (" + message + ")";
  }
}
