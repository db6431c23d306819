package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.PackedSequences;

/**
 * What a launch may take: bytes of one buffer, bytes of all buffers, and work, so that a launch
 * stays short – while one runs, a garbage collection may have to wait for it.
 */
final class DeviceBudget {
  /** Multiply-adds of a launch at most, unless one sequence has more: some 10 ms on a large GPU. */
  static final long MOST_WORK = 100_000_000_000L;

  /** An array index is an int, and Aparapi computes a buffer's bytes as one. */
  private static final long MOST_BUFFER_BYTES = Integer.MAX_VALUE - 1024L;

  private final long bufferBytes;
  private final long totalBytes;

  /**
   * Takes the share of a device that one launch may use.
   *
   * @param maxAllocation bytes that one buffer may have on the device
   * @param totalBytes bytes that all buffers of a launch may have
   */
  DeviceBudget(long maxAllocation, long totalBytes) {
    this.bufferBytes = Math.min(maxAllocation, MOST_BUFFER_BYTES);
    this.totalBytes = totalBytes;
  }

  /** Half of the device's memory, shared by the launches that may run at once. */
  static DeviceBudget of(OpenClDevice device, int concurrentLaunches) {
    return new DeviceBudget(device.maxAllocation(), device.globalMemory() / 2 / concurrentLaunches);
  }

  /**
   * The length of an array that is to hold some floats: a quarter more, so that batches of varying
   * size settle soon, but no more than a buffer may have.
   *
   * @param size number of floats, within the budget
   * @param maxAllocation bytes that one buffer may have on the device
   * @return a length of at least {@code size}
   */
  static int roomFor(int size, long maxAllocation) {
    long most = Math.min(maxAllocation, MOST_BUFFER_BYTES) / Float.BYTES;
    return (int) Math.max(size, Math.min(size + size / 4L, most));
  }

  /**
   * Whether sequences fit a launch.
   *
   * @param layer the layer
   * @param tokens number of tokens of all sequences
   * @param weights number of attention weights that are wanted
   * @return why they don't, with the bytes, or null if they do
   */
  String refusal(LayerData layer, long tokens, long weights) {
    AttentionConfig config = layer.config();
    long largest =
        Math.max(
            Math.max(tokens * config.dIn(), tokens * layer.columns()),
            Math.max(weights, Math.max(tokens * config.dOut(), tokens * 2 * config.numHeads())));
    if (largest * Float.BYTES > bufferBytes) {
      return String.format(
          "needs a buffer of %,d bytes, and the device allows %,d",
          largest * Float.BYTES, bufferBytes);
    }
    long bytes = bytes(layer, tokens, weights);
    return bytes > totalBytes
        ? String.format("needs %,d bytes, and a launch may take %,d", bytes, totalBytes)
        : null;
  }

  /**
   * The memory of a launch.
   *
   * @param layer the layer
   * @param tokens number of tokens of all sequences
   * @param weights number of attention weights that are wanted
   * @return bytes of all buffers, the layer's weights included
   */
  static long bytes(LayerData layer, long tokens, long weights) {
    AttentionConfig config = layer.config();
    long perToken = config.dIn() + layer.columns() + 2L * config.dOut() + 2L * config.numHeads();
    return (tokens * perToken + weights) * Float.BYTES + layer.weightBytes();
  }

  /** Bytes that all layers may hold on one launch thread: a launch, and the room to grow in. */
  long mostHeld() {
    return totalBytes + totalBytes / 4;
  }

  /**
   * How many sequences go together.
   *
   * @param layer the layer
   * @param sequences the batch
   * @param begin first sequence
   * @param weights whether attention weights are wanted
   * @return end of the sequences that fit a launch, more than {@code begin}
   * @throws DeviceException if the first one alone does not fit
   */
  int fit(LayerData layer, PackedSequences sequences, int begin, boolean weights) {
    AttentionConfig config = layer.config();
    long work = 0;
    long wanted = 0;
    int end = begin;
    while (end < sequences.count()) {
      long n = sequences.length(end);
      work += n * config.dIn() * layer.columns() + n * n * config.dOut() * 2;
      wanted += weights ? config.numHeads() * n * n : 0;
      String refusal = refusal(layer, sequences.offset(end + 1) - sequences.offset(begin), wanted);
      if (end > begin && (refusal != null || work > MOST_WORK)) {
        return end;
      }
      if (refusal != null) {
        throw new DeviceException(
            String.format(
                "sequence %d of the batch, of %d tokens, %s; use backend 'auto' or 'threads'",
                end, n, refusal),
            null);
      }
      end++;
    }
    return end;
  }
}
