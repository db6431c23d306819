package io.github.sparkattention.kernels.backends;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Device;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device that Java threads stand in for: a batch that the device can't compute is computed anew
 * on them. Both give the same bits, so nothing of it shows but in the log and in the time.
 */
final class FallbackBackend implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(FallbackBackend.class);

  private final Backend device;
  private final Backend threads;
  private final AtomicBoolean said = new AtomicBoolean();
  private final AtomicLong fallbacks = new AtomicLong();

  FallbackBackend(Backend device, Backend threads) {
    this.device = device;
    this.threads = threads;
  }

  @Override
  public Prepared prepare(Program program, Tensors tensors) {
    Both both = new Both(program, tensors);
    try {
      both.onDevice = device.prepare(program, tensors);
    } catch (DeviceException e) {
      sayOnce(e);
      both.onThreads();
    }
    return both;
  }

  /** Batches that Java threads computed in the device's stead. */
  long fallbacks() {
    return fallbacks.get();
  }

  @Override
  public String description() {
    return device.description();
  }

  @Override
  public Device device() {
    return device.device();
  }

  @Override
  public long heldBytes() {
    return device.heldBytes();
  }

  @Override
  public void close() {
    device.close();
    threads.close();
  }

  private void sayOnce(DeviceException e) {
    if (said.compareAndSet(false, true)) {
      LOG.warn("Batches run on {} instead: {}", threads.description(), e.getMessage());
    }
  }

  private final class Both implements Prepared {
    private final Program program;

    /** Kept for the day that the device fails. */
    private final Tensors tensors;

    /** Null if the device can't run this program. */
    private Prepared onDevice;

    private Prepared onThreads;

    Both(Program program, Tensors tensors) {
      this.program = program;
      this.tensors = tensors;
    }

    @Override
    public Program program() {
      return program;
    }

    @Override
    public boolean isAsynchronous() {
      return onDevice != null && onDevice.isAsynchronous();
    }

    @Override
    public Pass begin(
        PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
      Supplier<PassReport> standIn = () -> standIn(batch, outputs, dropout, cancellation);
      if (onDevice == null) {
        return Pass.ended(standIn.get());
      }
      try {
        return new GuardedPass(onDevice.begin(batch, outputs, dropout, cancellation), standIn);
      } catch (DeviceException e) {
        sayOnce(e);
        return Pass.ended(standIn.get());
      }
    }

    private PassReport standIn(
        PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
      fallbacks.incrementAndGet();
      return onThreads().run(batch, outputs, dropout, cancellation).asFallback();
    }

    private synchronized Prepared onThreads() {
      if (onThreads == null) {
        onThreads = threads.prepare(program, tensors);
      }
      return onThreads;
    }

    @Override
    public synchronized PreparedMemory memory() {
      PreparedMemory memory = new PreparedMemory(tensors.bytes(), 0);
      for (Prepared prepared : both()) {
        memory = memory.plus(prepared.memory());
      }
      return memory;
    }

    @Override
    public synchronized void close() {
      both().forEach(Prepared::close);
    }

    private List<Prepared> both() {
      return Stream.of(onDevice, onThreads).filter(Objects::nonNull).toList();
    }
  }

  /** A pass on the device, for which Java threads stand in if it fails. */
  private final class GuardedPass implements Pass {
    private final Pass onDevice;
    private final Supplier<PassReport> standIn;

    GuardedPass(Pass onDevice, Supplier<PassReport> standIn) {
      this.onDevice = onDevice;
      this.standIn = standIn;
    }

    @Override
    public PassReport await() {
      try {
        return onDevice.await();
      } catch (DeviceException e) {
        sayOnce(e);
        return standIn.get();
      }
    }

    @Override
    public void cancel() {
      onDevice.cancel();
    }
  }
}
