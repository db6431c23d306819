package io.github.sparkattention.kernels.opencl;

import com.aparapi.device.OpenCLDevice;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Device;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.internal.device.Launch;
import io.github.sparkattention.kernels.internal.device.ProgramData;
import io.github.sparkattention.kernels.internal.device.WorkGroup;
import io.github.sparkattention.kernels.internal.launches.DeviceBudget;
import io.github.sparkattention.kernels.internal.launches.DeviceKernels;
import io.github.sparkattention.kernels.internal.launches.DeviceMemoryException;
import io.github.sparkattention.kernels.internal.launches.DeviceQueue;
import io.github.sparkattention.kernels.internal.launches.LaunchHook;
import io.github.sparkattention.kernels.internal.launches.PassCost;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Programs on one OpenCL device, of which this is the only owner in its JVM.
 *
 * <p>A launch that fails takes its thread and its kernels with it; after several in a row the
 * device is given up, and every later batch is refused at once.
 */
public final class OpenClBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(OpenClBackend.class);

  private final OpenClDevice description;
  private final DeviceBudget budget;
  private final int failuresAllowed;
  private final LaunchHook hook;
  private final DeviceQueue<DeviceKernels> queue;
  private final AtomicLong heldBytes = new AtomicLong();
  private final AtomicLong launches = new AtomicLong();
  private final AtomicLong splits = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final AtomicInteger failuresInARow = new AtomicInteger();

  /**
   * Opens the device that the settings choose.
   *
   * @param settings which device to take, and how to use it
   * @return the backend
   * @throws BackendUnavailableException if there is no such device, or it doesn't compute as the
   *     numeric contract says; the message lists what there is, or says what differs
   */
  public static OpenClBackend open(OpenClSettings settings) {
    return open(settings, DeviceListing.OF_JVM);
  }

  static OpenClBackend open(OpenClSettings settings, DeviceListing listing) {
    DeviceListing.Found found = listing.await(settings.openTimeout());
    OpenClDevice device = DeviceChoice.choose(found.devices(), settings);
    OpenCLDevice handle = found.handle(device);
    return settings.workGroup() == OpenClSettings.FASTEST
        ? open(device, handle, settings.withWorkGroup(fastest(device, handle, settings)))
        : open(device, handle, settings);
  }

  private static int fastest(OpenClDevice device, OpenCLDevice handle, OpenClSettings settings) {
    // One launch at a time: another thread would compile the kernel anew while the first is timed.
    OpenClSettings timed = settings.withConcurrentLaunches(1);
    return FastestGroup.OF_JVM
        .of(
            device,
            handle,
            handle.getLocalMemSize(),
            group -> open(device, handle, timed.withWorkGroup(group.items()), LaunchHook.NONE))
        .items();
  }

  private static OpenClBackend open(
      OpenClDevice device, OpenCLDevice handle, OpenClSettings settings) {
    OpenClSettings one = settings.withConcurrentLaunches(1);
    DeviceCheck.OF_JVM.require(
        device,
        List.of(handle, settings.workGroup()),
        settings.accepted(),
        () -> open(device, handle, one, DeviceCheck.UNWRITTEN_BEFORE));
    return open(device, handle, settings, LaunchHook.NONE);
  }

  private static OpenClBackend open(
      OpenClDevice device, OpenCLDevice handle, OpenClSettings settings, LaunchHook hook) {
    DeviceBudget budget =
        DeviceBudget.of(device.maxAllocation(), device.globalMemory(), settings.launchesOn(device));
    return new OpenClBackend(device, handle, settings, budget, hook);
  }

  OpenClBackend(
      OpenClDevice description,
      OpenCLDevice handle,
      OpenClSettings settings,
      DeviceBudget budget,
      LaunchHook hook) {
    this.description = description;
    this.budget = budget;
    this.failuresAllowed = settings.failuresInARow();
    this.hook = hook;
    queue =
        new DeviceQueue<>(
            settings.launchesOn(description),
            settings.launchTimeout(),
            () ->
                new DeviceKernels(
                    handle,
                    WorkGroup.of(settings.workGroup()),
                    description.maxWorkGroupSize(),
                    budget,
                    heldBytes));
  }

  /**
   * {@inheritDoc}
   *
   * @throws DeviceException if the device code does not compile on this device, or a buffer of it
   *     can't hold the weights
   */
  @Override
  public Prepared prepare(Program program, Tensors tensors) {
    tensors.check(program);
    budget.checkWeights(program);
    ProgramData data = new ProgramData(program, tensors);
    // Compiled now, so that what can't run fails here and not at a row.
    refuseIfGivenUp();
    boolean prepared = false;
    try {
      await(
          submit(
              (kernels, caller) -> {
                kernels.prepare(data);
                return DeviceQueue.NO_RESULTS;
              }),
          Cancellation.NEVER);
      prepared = true;
      return new OpenClProgram(data, this);
    } finally {
      if (!prepared) {
        // The kernel may be there all the same, if it was this thread that ended sooner.
        data.close();
      }
    }
  }

  @Override
  public Device device() {
    return description.device();
  }

  /**
   * {@inheritDoc}
   *
   * <p>These are all buffers, those that failed launches have left behind included.
   */
  @Override
  public long heldBytes() {
    return heldBytes.get();
  }

  DeviceBudget budget() {
    return budget;
  }

  /** Queues a launch. */
  DeviceQueue<DeviceKernels>.Job begin(ProgramData data, Launch launch, PassCost cost) {
    refuseIfGivenUp();
    long number = launches.incrementAndGet();
    cost.launched();
    return submit((kernels, caller) -> kernels.run(data, launch, number, hook, cost, caller));
  }

  private DeviceQueue<DeviceKernels>.Job submit(DeviceQueue.Work<DeviceKernels> work) {
    return queue.submit(
        (kernels, caller) -> {
          try {
            return work.run(kernels, caller);
          } finally {
            kernels.count();
          }
        });
  }

  /** Waits for a launch, and counts its failure. */
  void await(DeviceQueue<DeviceKernels>.Job job, Cancellation cancellation) {
    try {
      job.await(cancellation);
      failuresInARow.set(0);
    } catch (DeviceMemoryException e) {
      throw e;
    } catch (DeviceException e) {
      countFailure(e);
      throw e;
    }
  }

  private void refuseIfGivenUp() {
    if (failuresInARow.get() >= failuresAllowed) {
      throw new DeviceException(
          String.format(
              "%s was given up after %d failures in a row", description.name(), failuresAllowed),
          null);
    }
  }

  void countFailure(DeviceException failure) {
    failures.incrementAndGet();
    if (failuresInARow.incrementAndGet() == failuresAllowed) {
      LOG.error(
          "{} is given up after {} failures in a row; the last one: {}",
          description.name(),
          failuresAllowed,
          failure.getMessage());
    }
  }

  void countSplit() {
    splits.incrementAndGet();
  }

  /**
   * The number of launches that were begun.
   *
   * @return launches since this backend was opened
   */
  public long launches() {
    return launches.get();
  }

  /**
   * The number of launches that were halved since the device had too little memory.
   *
   * @return splits since this backend was opened
   */
  public long splits() {
    return splits.get();
  }

  /**
   * The number of launches that failed for another reason than memory.
   *
   * @return failures since this backend was opened
   */
  public long failures() {
    return failures.get();
  }

  @Override
  public String description() {
    return String.format("OpenCL (%s, %s)", description.name(), description.platform());
  }

  @Override
  public void close() {
    queue.close();
  }
}
