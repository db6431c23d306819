package io.github.sparkattention.kernels.opencl;

import com.aparapi.Kernel;
import com.aparapi.ProfileInfo;
import io.github.sparkattention.kernels.internal.device.ProgramKernel;
import io.github.sparkattention.kernels.internal.launches.LaunchHook;
import io.github.sparkattention.kernels.internal.launches.LaunchTraffic;
import java.util.List;

/**
 * Times launches. Aparapi moves the input within its call that runs the kernel and reports no event
 * for it, so the upload is what that call took beside the kernel's own events.
 */
final class LaunchClock implements LaunchHook {
  private LaunchTimes sum = LaunchTimes.NONE;
  private long begin;
  private double upload;
  private double kernel;

  @Override
  public void before(long launch, ProgramKernel prepared) {
    begin = System.nanoTime();
  }

  @Override
  public void executed(ProgramKernel ran) {
    long now = System.nanoTime();
    kernel = kernelMillis(ran);
    upload = (now - begin) / 1e6 - kernel;
    begin = now;
  }

  @Override
  public void fetched(LaunchTraffic traffic) {
    double download = (System.nanoTime() - begin) / 1e6;
    sum = sum.plus(LaunchTimes.of(upload, kernel, download, traffic));
  }

  /** The sum since the last call; to be called while no launch is on its way. */
  LaunchTimes take() {
    LaunchTimes taken = sum;
    sum = LaunchTimes.NONE;
    return taken;
  }

  /** Milliseconds that all passes of the last launch took, by the device's clock. */
  static double kernelMillis(Kernel ran) {
    List<ProfileInfo> events = ran.getProfileInfo();
    long nanos = 0;
    for (ProfileInfo event : events == null ? List.<ProfileInfo>of() : events) {
      // The type's class is not public; X is an execution, W a write, R a read.
      if (String.valueOf((Object) event.getType()).equals("X")) {
        nanos += event.getEnd() - event.getStart();
      }
    }
    if (nanos <= 0) {
      throw new IllegalStateException(
          "no kernel events: -Dcom.aparapi.enableProfiling=true is missing, or the kernel did not"
              + " run on a device");
    }
    return nanos / 1e6;
  }
}
