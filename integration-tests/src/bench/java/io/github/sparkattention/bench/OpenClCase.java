package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.opencl.LaunchTimes;
import io.github.sparkattention.kernels.opencl.TimedDevice;
import java.util.ArrayList;
import java.util.List;

/** A case on an OpenCL device, which keeps what the parts of every run took. */
final class OpenClCase implements PreparedCase {
  private final TimedDevice device;
  private final Workload workload;
  private final Prepared layer;
  private final float[] context;
  private final List<LaunchTimes> times = new ArrayList<>();

  OpenClCase(TimedDevice device, Workload workload) {
    this.device = device;
    this.workload = workload;
    layer =
        device
            .backend()
            .prepare(Program.attention(workload.config()), workload.weights().tensors());
    context = new float[workload.contextLength()];
  }

  @Override
  public void forward() {
    layer.run(workload.sequences(), context);
    times.add(device.takeTimes());
  }

  /** The parts of the last runs. */
  List<LaunchTimes> lastTimes(int runs) {
    return List.copyOf(times.subList(times.size() - runs, times.size()));
  }

  @Override
  public float[] context() {
    return context.clone();
  }

  @Override
  public void release() {
    // The next batch is written over this one.
  }

  @Override
  public void close() {
    layer.close();
  }
}
