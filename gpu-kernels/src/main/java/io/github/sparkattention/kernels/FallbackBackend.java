package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.opencl.DeviceException;
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
    Layer layer = new Layer(config, weights);
    try {
      layer.onDevice = device.prepare(config, weights);
    } catch (DeviceException e) {
      sayOnce(e);
      layer.onThreads();
    }
    return layer;
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
    private final AttentionConfig config;

    /** Kept for the day that the device fails. */
    private final AttentionWeights weights;

    /** Null if the device can't run this layer. */
    private AttentionLayer onDevice;

    private AttentionLayer onThreads;

    Layer(AttentionConfig config, AttentionWeights weights) {
      this.config = config;
      this.weights = weights;
    }

    @Override
    public AttentionConfig config() {
      return config;
    }

    @Override
    public ForwardReport forward(
        PackedSequences sequences,
        AttentionOutput output,
        Dropout dropout,
        Cancellation cancellation) {
      return begin(sequences, output, dropout, cancellation).await();
    }

    @Override
    public boolean isAsynchronous() {
      return onDevice != null && onDevice.isAsynchronous();
    }

    @Override
    public ForwardPass begin(
        PackedSequences sequences,
        AttentionOutput output,
        Dropout dropout,
        Cancellation cancellation) {
      Supplier<ForwardReport> standIn = () -> standIn(sequences, output, dropout, cancellation);
      if (onDevice == null) {
        return ForwardPass.ended(standIn.get());
      }
      try {
        return new Pass(onDevice.begin(sequences, output, dropout, cancellation), standIn);
      } catch (DeviceException e) {
        sayOnce(e);
        return ForwardPass.ended(standIn.get());
      }
    }

    private ForwardReport standIn(
        PackedSequences sequences,
        AttentionOutput output,
        Dropout dropout,
        Cancellation cancellation) {
      fallbacks.incrementAndGet();
      return onThreads().forward(sequences, output, dropout, cancellation).asFallback();
    }

    private synchronized AttentionLayer onThreads() {
      if (onThreads == null) {
        onThreads = threads.prepare(config, weights);
      }
      return onThreads;
    }

    @Override
    public synchronized LayerMemory memory() {
      LayerMemory memory = LayerMemory.ofWeights(config);
      for (AttentionLayer layer : layers()) {
        memory = memory.plus(layer.memory());
      }
      return memory;
    }

    @Override
    public synchronized void close() {
      layers().forEach(AttentionLayer::close);
    }

    private List<AttentionLayer> layers() {
      return Stream.of(onDevice, onThreads).filter(Objects::nonNull).toList();
    }
  }

  /** A pass on the device, for which Java threads stand in if it fails. */
  private final class Pass implements ForwardPass {
    private final ForwardPass onDevice;
    private final Supplier<ForwardReport> standIn;

    Pass(ForwardPass onDevice, Supplier<ForwardReport> standIn) {
      this.onDevice = onDevice;
      this.standIn = standIn;
    }

    @Override
    public ForwardReport await() {
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
