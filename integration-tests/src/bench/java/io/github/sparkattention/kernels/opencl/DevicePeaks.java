package io.github.sparkattention.kernels.opencl;

import com.aparapi.Kernel;
import com.aparapi.Range;
import com.aparapi.device.OpenCLDevice;
import com.aparapi.exception.CompileFailedException;
import io.github.sparkattention.kernels.DeviceException;

/**
 * What a device reaches that does one thing only, in the best of several tries.
 *
 * @param gigaflops fused multiply-adds in registers, two operations each
 * @param gigabytes bytes a second that a copy reads and writes, both counted
 */
public record DevicePeaks(double gigaflops, double gigabytes) {
  private static final int GROUP = 64;
  private static final int GROUPS_PER_UNIT = 64;
  private static final int TRIES = 8;

  /** A launch of this length hides what starting it costs. */
  private static final double ENOUGH_MILLIS = 20;

  /** Larger than the caches of the processors and GPUs of its time: 128 MiB. */
  private static final int COPIED_FLOATS = 1 << 25;

  static DevicePeaks measure(OpenCLDevice device) {
    return new DevicePeaks(measureFma(device), measureCopy(device));
  }

  private static double measureFma(OpenCLDevice device) {
    FmaProbe probe = new FmaProbe();
    int items = device.getMaxComputeUnits() * GROUPS_PER_UNIT * GROUP;
    probe.sums = new float[items];
    compile(probe, device);
    probe.steps = 32;
    double millis = 0;
    while (millis < ENOUGH_MILLIS) {
      probe.steps *= 2;
      millis = run(probe, device, items);
    }
    for (int attempt = 1; attempt < TRIES; attempt++) {
      millis = Math.min(millis, run(probe, device, items));
    }
    probe.dispose();
    return 2.0 * FmaProbe.CHAINS * probe.steps * items / (millis * 1e6);
  }

  private static double measureCopy(OpenCLDevice device) {
    CopyProbe probe = new CopyProbe();
    long allowed = device.getMaxMemAllocSize() / Float.BYTES;
    int items = (int) Math.min(COPIED_FLOATS, allowed / GROUP * GROUP);
    probe.from = new float[items];
    probe.to = new float[items];
    compile(probe, device);
    // Sent once; what is timed stays on the device.
    probe.put(probe.from);
    double millis = run(probe, device, items);
    for (int attempt = 1; attempt < TRIES; attempt++) {
      millis = Math.min(millis, run(probe, device, items));
    }
    probe.dispose();
    return 2.0 * items * Float.BYTES / (millis * 1e6);
  }

  private static void compile(Kernel probe, OpenCLDevice device) {
    probe.setExplicit(true);
    try {
      probe.compile(device);
    } catch (CompileFailedException e) {
      throw new DeviceException("a probe does not compile on " + device.getName(), e);
    }
  }

  private static double run(Kernel probe, OpenCLDevice device, int items) {
    probe.execute(Range.create(device, items, GROUP));
    if (!probe.getTargetDevice().equals(device)) {
      throw new DeviceException("Aparapi left " + device.getName() + " in a probe", null);
    }
    return LaunchClock.kernelMillis(probe);
  }
}
