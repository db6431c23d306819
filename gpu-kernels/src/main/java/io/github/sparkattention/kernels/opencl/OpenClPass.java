package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassReport;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A batch on its way through the device, in one launch or several. */
final class OpenClPass implements Pass {
  private final OpenClBackend backend;
  private final ProgramData data;
  private final PassCost cost = new PassCost();
  private final Deque<Running> launches = new ArrayDeque<>();

  /** A launch that waits for the device, runs, or has run. */
  private record Running(Launch launch, DeviceQueue<DeviceKernels>.Job job) {}

  /** Begins all launches; they may be halved later. */
  OpenClPass(OpenClBackend backend, ProgramData data, List<Launch> parts) {
    this.backend = backend;
    this.data = data;
    try {
      parts.forEach(part -> launches.add(begin(part)));
    } catch (RuntimeException e) {
      cancel();
      throw e;
    }
  }

  private Running begin(Launch launch) {
    return new Running(launch, backend.begin(data, launch, cost));
  }

  @Override
  public PassReport await() {
    try {
      while (!launches.isEmpty()) {
        Running first = launches.peek();
        try {
          backend.await(first.job());
          launches.remove();
        } catch (DeviceMemoryException e) {
          launches.remove();
          halve(first.launch(), e);
        }
      }
      return cost.report();
    } finally {
      cancel();
    }
  }

  private void halve(Launch launch, DeviceMemoryException failure) {
    if (launch.end() - launch.begin() == 1) {
      // Within the budget, and still too large: something is wrong with the device.
      backend.countFailure(failure);
      throw failure;
    }
    backend.countSplit();
    cost.split();
    int middle = (launch.begin() + launch.end()) >>> 1;
    launches.add(begin(launch.part(launch.begin(), middle)));
    launches.add(begin(launch.part(middle, launch.end())));
  }

  @Override
  public void cancel() {
    launches.forEach(running -> running.job().cancel());
    launches.clear();
  }
}
