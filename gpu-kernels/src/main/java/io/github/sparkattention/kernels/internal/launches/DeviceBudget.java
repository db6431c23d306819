package io.github.sparkattention.kernels.internal.launches;

import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.internal.device.LaunchSize;
import io.github.sparkattention.kernels.internal.device.ProgramData;
import io.github.sparkattention.kernels.internal.device.ProgramKernel;
import java.util.stream.LongStream;

/**
 * What a launch may take: bytes of one buffer, bytes of all buffers, and work, so that a launch
 * stays short – while one runs, a garbage collection may have to wait for it.
 */
public final class DeviceBudget {
  /** Multiply-adds of a launch at most, unless one sequence has more: some 10 ms on a large GPU. */
  static final long MOST_WORK = 100_000_000_000L;

  /** An array index is an int, and Aparapi computes a buffer's bytes as one. */
  private static final long MOST_BUFFER_BYTES = Integer.MAX_VALUE - 1024L;

  private final long bufferBytes;
  private final long totalBytes;
  private final int launches;

  /**
   * Takes the share of a device that one launch may use.
   *
   * @param maxAllocation bytes that one buffer may have on the device
   * @param totalBytes bytes that all buffers of a launch may have
   */
  public DeviceBudget(long maxAllocation, long totalBytes) {
    this(maxAllocation, totalBytes, 1);
  }

  private DeviceBudget(long maxAllocation, long totalBytes, int launches) {
    this.bufferBytes = Math.min(maxAllocation, MOST_BUFFER_BYTES);
    this.totalBytes = totalBytes;
    this.launches = launches;
  }

  /** Half of the device's memory, shared by the launches that may run at once. */
  public static DeviceBudget of(long maxAllocation, long globalMemory, int concurrentLaunches) {
    return new DeviceBudget(
        maxAllocation, globalMemory / 2 / concurrentLaunches, concurrentLaunches);
  }

  /**
   * The length of an array that is to hold some floats: a sixteenth more, so that batches of
   * varying size settle soon, but no more than a buffer may have.
   *
   * @param size number of floats, within the budget
   * @param maxAllocation bytes that one buffer may have on the device
   * @return a length of at least {@code size}
   */
  static int roomFor(int size, long maxAllocation) {
    long most = Math.min(maxAllocation, MOST_BUFFER_BYTES) / Float.BYTES;
    return (int) Math.max(size, Math.min(size + size / 16L, most));
  }

  /**
   * Refuses weights that no buffer holds.
   *
   * @param program the program
   * @throws DeviceException if they are too many; the message says how many bytes
   */
  public void checkWeights(Program program) {
    long bytes = ProgramData.weightsLength(program) * Float.BYTES;
    if (bytes > bufferBytes) {
      throw new DeviceException(
          String.format(
              "the program's weights need a buffer of %,d bytes, and the device allows %,d; use"
                  + " backend 'auto' or 'threads'",
              bytes, bufferBytes),
          null);
    }
  }

  /**
   * Whether sequences fit a launch.
   *
   * @param data the program
   * @param size what the sequences' memory depends on
   * @return why they don't, with the bytes, or null if they do
   */
  String refusal(ProgramData data, LaunchSize size) {
    long widest =
        Math.max(
            Math.max(data.program().inputWidth(), data.plan().activationWidth()),
            Math.max(data.plan().resultWidth(), statisticsWidth(data)));
    long largest =
        LongStream.of(
                size.tokens() * widest,
                size.weights(),
                data.partsLength(size.tokens(), size.sequences()),
                data.tokenInts(size.tokens(), size.sequences()),
                size.longest() * data.rotationWidth())
            .max()
            .getAsLong();
    if (largest * Float.BYTES > bufferBytes) {
      return String.format(
          "needs a buffer of %,d bytes, and the device allows %,d",
          largest * Float.BYTES, bufferBytes);
    }
    long bytes = bytes(data, size);
    if (bytes <= totalBytes) {
      return null;
    }
    String refusal = String.format("needs %,d bytes, and a launch may take %,d", bytes, totalBytes);
    return launches == 1
        ? refusal
        : String.format("%s, or %,d if concurrentLaunches is 1", refusal, totalBytes * launches);
  }

  /** Floats per token of what is kept of all softmaxes. */
  private static long statisticsWidth(ProgramData data) {
    return (long) data.tappedHeads() * ProgramKernel.STATISTICS;
  }

  /**
   * The memory of a launch.
   *
   * @param data the program
   * @param size what the launch's memory depends on
   * @return bytes of all buffers, the program's weights included
   */
  public static long bytes(ProgramData data, LaunchSize size) {
    long perToken =
        (long) data.program().inputWidth()
            + data.plan().activationWidth()
            + data.plan().resultWidth()
            + statisticsWidth(data);
    long floats =
        size.tokens() * perToken
            + size.weights()
            + data.partsLength(size.tokens(), size.sequences())
            + size.longest() * data.rotationWidth();
    long ints = data.tokenInts(size.tokens(), size.sequences());
    return floats * Float.BYTES + ints * Integer.BYTES + data.weightBytes();
  }

  /** Bytes that all programs may hold on one launch thread: a launch, and the room to grow in. */
  long mostHeld() {
    return totalBytes + totalBytes / 16;
  }

  /**
   * How many sequences go together.
   *
   * @param data the program
   * @param batch the batch
   * @param begin first sequence
   * @param wantsWeights whether attention weights are wanted
   * @return end of the sequences that fit a launch, more than {@code begin}
   * @throws DeviceException if the first one alone does not fit
   */
  public int fit(ProgramData data, PackedSequences batch, int begin, boolean wantsWeights) {
    long work = 0;
    long wanted = 0;
    long longest = 0;
    int end = begin;
    while (end < batch.count()) {
      long n = batch.length(end);
      work += data.program().work(n);
      wanted += wantsWeights ? data.tappedHeads() * n * n : 0;
      longest = Math.max(longest, n);
      long tokens = (long) batch.offset(end + 1) - batch.offset(begin);
      String refusal = refusal(data, new LaunchSize(end + 1L - begin, tokens, longest, wanted));
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
