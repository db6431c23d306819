package io.github.sparkattention.kernels.opencl;

import com.aparapi.device.Device;
import com.aparapi.device.OpenCLDevice;
import com.aparapi.internal.opencl.OpenCLLoader;
import com.aparapi.natives.NativeLoader;
import io.github.sparkattention.kernels.PassCancelledException;
import io.github.sparkattention.kernels.internal.launches.SignalHandlers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Lists the devices once, on a thread of its own: a driver may hang at it, and then costs those who
 * ask no more than the time that they give it.
 */
final class DeviceListing {
  /** Of this JVM. Loads Aparapi's native library when it is first asked, and not before. */
  static final DeviceListing OF_JVM = new DeviceListing(DeviceListing::find);

  private final Supplier<Found> find;
  private CompletableFuture<Found> found;
  private long begun;

  /**
   * What a listing gave.
   *
   * @param devices the devices, or why there are none
   * @param handles what Aparapi needs to run on each of them
   */
  record Found(OpenClDevices devices, List<OpenCLDevice> handles) {
    static Found nothing(String absence) {
      return new Found(new OpenClDevices(List.of(), absence), List.of());
    }

    OpenCLDevice handle(OpenClDevice device) {
      return handles.get(devices.devices().indexOf(device));
    }
  }

  /**
   * A listing that nobody has asked for yet.
   *
   * @param find asks the drivers
   */
  DeviceListing(Supplier<Found> find) {
    this.find = find;
  }

  /**
   * Waits for the devices.
   *
   * @param timeout how long the drivers may take from the first call on, whoever made it; those who
   *     come later than that don't wait
   * @return the devices, or why there are none
   * @throws PassCancelledException if this thread is interrupted meanwhile
   */
  Found await(Duration timeout) {
    CompletableFuture<Found> listing = begin();
    try {
      return listing.get(timeout.toNanos() - sinceBegun(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return Found.nothing(
          String.format(
              "the OpenCL driver has not listed its devices within %d s (openTimeout)",
              timeout.toSeconds()));
    } catch (ExecutionException e) {
      return Found.nothing("its devices could not be listed (" + e.getCause() + ")");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (PassCancelledException)
          new PassCancelledException("interrupted while waiting for the OpenCL driver")
              .initCause(e);
    }
  }

  private synchronized long sinceBegun() {
    return System.nanoTime() - begun;
  }

  private synchronized CompletableFuture<Found> begin() {
    if (found == null) {
      found = new CompletableFuture<>();
      begun = System.nanoTime();
      CompletableFuture<Found> result = found;
      Thread lister = new Thread(() -> complete(result), "attention-opencl-devices");
      lister.setDaemon(true);
      lister.start();
    }
    return found;
  }

  private void complete(CompletableFuture<Found> result) {
    try {
      result.complete(find.get());
    } catch (Throwable e) {
      result.completeExceptionally(e);
    }
  }

  private static Found find() {
    return QuietAparapi.call(DeviceListing::ask);
  }

  private static Found ask() {
    // Before the first listing. The default lets a device work on the Java heap, which moves.
    OpenCLDevice.setConfigurator(device -> device.setSharedMemory(false));
    if (!OpenCLLoader.isOpenCLAvailable()) {
      return Found.nothing(whyNotLoaded());
    }
    List<OpenClDevice> devices = new ArrayList<>();
    List<OpenCLDevice> handles = new ArrayList<>();
    for (OpenCLDevice device : OpenCLDevice.listDevices(null)) {
      devices.add(describe(device));
      handles.add(device);
    }
    SignalHandlers.check();
    return devices.isEmpty()
        ? Found.nothing(
            "libOpenCL is there, but no driver offers a device; install the driver (ICD) of the"
                + " GPU")
        : new Found(new OpenClDevices(List.copyOf(devices), null), List.copyOf(handles));
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
      return OpenClDevices.why(
          String.valueOf(e.getMessage()).trim(), System.getProperty("java.io.tmpdir"));
    }
  }
}
