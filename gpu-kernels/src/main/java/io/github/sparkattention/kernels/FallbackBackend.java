package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.opencl.DeviceException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A device that Java threads stand in for: a batch that the device can't compute is computed anew
 * on them. Both give the same bits, so nothing of it shows but in the log and in the time.
 */
final class FallbackBackend implements AttentionBackend {
  private static final Logger LOG = LoggerFactory.getLogger(FallbackBackend.class);

  private final AttentionBackend device;
  private final AttentionBackend threads;
  private final AtomicBoolean said = new AtomicBoolean();
  private final AtomicLong fallbacks = new AtomicLong();

  FallbackBackend(AttentionBackend device, AttentionBackend threads) {
    this.device = device;
    this.threads = threads;
  }

  @Override
  public AttentionLayer prepare(AttentionConfig config, AttentionWeights weights) {
    AttentionLayer onDevice;
    try {
      onDevice = device.prepare(config, weights);
    } catch (DeviceException e) {
      sayOnce(e);
      return threads.prepare(config, weights);
    }
    return new Layer(onDevice, () -> threads.prepare(config, weights));
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
  public void close() {
    device.close();
    threads.close();
  }

  private void sayOnce(DeviceException e) {
    if (said.compareAndSet(false, true)) {
      LOG.warn("Batches run on {} instead: {}", threads.description(), e.getMessage());
    }
  }

  private final class Layer implements AttentionLayer {
    private final AttentionLayer onDevice;
    private final Supplier<AttentionLayer> prepare;
    private AttentionLayer onThreads;

    Layer(AttentionLayer onDevice, Supplier<AttentionLayer> prepare) {
      this.onDevice = onDevice;
      this.prepare = prepare;
    }

    @Override
    public AttentionConfig config() {
      return onDevice.config();
    }

    @Override
    public void forward(PackedSequences sequences, AttentionOutput output, Dropout dropout) {
      try {
        onDevice.forward(sequences, output, dropout);
      } catch (DeviceException e) {
        sayOnce(e);
        fallbacks.incrementAndGet();
        onThreads().forward(sequences, output, dropout);
      }
    }

    private synchronized AttentionLayer onThreads() {
      if (onThreads == null) {
        onThreads = prepare.get();
      }
      return onThreads;
    }

    @Override
    public synchronized void close() {
      onDevice.close();
      if (onThreads != null) {
        onThreads.close();
      }
    }
  }
}
