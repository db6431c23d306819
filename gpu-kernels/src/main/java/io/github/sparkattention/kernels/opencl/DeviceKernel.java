package io.github.sparkattention.kernels.opencl;

import com.aparapi.Range;
import com.aparapi.device.OpenCLDevice;
import com.aparapi.exception.CompileFailedException;
import com.aparapi.exception.QueryFailedException;
import com.aparapi.internal.kernel.KernelManager;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.ContractMath;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.PackedSequences;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * One layer's kernel on one launch thread, with its buffers. Arrays are kept from launch to launch
 * and only grow, since Aparapi makes a new buffer for every new array.
 */
final class DeviceKernel implements AutoCloseable {
  private final LayerData layer;
  private final OpenCLDevice device;
  private final WorkGroup group;
  private final AttentionKernel kernel;

  /**
   * Compiles the device code; what doesn't compile fails here and not at a row.
   *
   * @param device the device
   * @param layer the layer
   * @param largest the work group to have, or a smaller one if the compiled kernel needs so many
   *     registers that the device allows no more
   * @param mostItems work items that the device allows in a group
   */
  DeviceKernel(OpenCLDevice device, LayerData layer, WorkGroup largest, int mostItems) {
    this.device = device;
    this.layer = layer;
    WorkGroup fitting = largest.within(mostItems, device.getLocalMemSize());
    AttentionKernel compiled = null;
    while (fitting != null && compiled == null) {
      AttentionKernel candidate = compile(fitting);
      int most = maxGroupSize(candidate);
      if (most >= fitting.items()) {
        compiled = candidate;
      } else {
        fitting = fitting.within(most, device.getLocalMemSize());
      }
    }
    if (compiled == null) {
      throw new DeviceException(
          String.format(
              "the kernel needs work groups of %d items with %,d bytes of local memory, and %s"
                  + " allows fewer",
              WorkGroup.SMALL.items(), WorkGroup.SMALL.localBytes(), name()),
          null);
    }
    group = fitting;
    kernel = compiled;
    describeLayer();
    // One group with nothing to do: sends the weights, and shows that launches work here at all.
    // A kernel that was compiled but never ran can't be disposed, either: the native code crashes.
    kernel.put(kernel.weights).put(kernel.bias).put(kernel.powers);
    kernel.put(kernel.outWeights).put(kernel.outBias).put(kernel.blocks);
    execute(1, 1);
  }

  private void describeLayer() {
    AttentionConfig config = layer.config();
    kernel.dIn = config.dIn();
    kernel.headDim = config.headDim();
    kernel.numHeads = config.numHeads();
    kernel.kvGroup = config.numHeads() / config.numKvHeads();
    kernel.dOut = config.dOut();
    kernel.kvWidth = config.kvWidth();
    kernel.columns = layer.columns();
    kernel.causal = config.causal() ? 1 : 0;
    kernel.window = config.slidingWindow();
    kernel.hasOut = config.outProjection() ? 1 : 0;
    kernel.queryScale = ContractMath.queryScale(config);
    kernel.cap = ContractMath.base2Cap(config);
    kernel.dropThreshold = Dropout.threshold(config.dropout());
    kernel.keptScale = Dropout.keptScale(config.dropout());
    layer.fill(kernel);
  }

  /** A kernel for groups of a kind. Settings name those without loading Aparapi's classes. */
  static AttentionKernel newKernel(WorkGroup group) {
    AttentionKernel kernel =
        switch (group) {
          case SMALL -> new AttentionKernelSmall();
          case MEDIUM -> new AttentionKernel();
          case LARGE -> new AttentionKernelLarge();
        };
    kernel.makeLocalArrays();
    return kernel;
  }

  private AttentionKernel compile(WorkGroup group) {
    AttentionKernel candidate = newKernel(group);
    candidate.setExplicit(true);
    // An earlier failure has crossed the device off this list, which all kernels of a class share.
    KernelManager.instance().setPreferredDevices(candidate, new LinkedHashSet<>(List.of(device)));
    try {
      candidate.compile(device);
      SignalHandlers.check();
      return candidate;
    } catch (CompileFailedException e) {
      throw doesNotCompile(e);
    }
  }

  /** A device may allow less than its usual size to a kernel that needs many registers. */
  private int maxGroupSize(AttentionKernel compiled) {
    try {
      return compiled.getKernelMaxWorkGroupSize(device);
    } catch (QueryFailedException e) {
      throw doesNotCompile(e);
    }
  }

  private DeviceException doesNotCompile(Exception e) {
    return new DeviceException(
        String.format("the kernel does not compile on %s: %s", name(), e.getMessage()), e);
  }

  private String name() {
    return device.getName().trim();
  }

  /** The work group that the kernel has. */
  WorkGroup group() {
    return group;
  }

  /**
   * Runs a launch; anything that goes wrong is an exception.
   *
   * @return what writes the results to where the caller wants them, to be run before anything else
   *     runs here
   */
  Runnable run(
      Launch launch, long number, LaunchHook hook, PassCost cost, DeviceQueue.CallerArrays arrays) {
    long began = System.nanoTime();
    int groups = arrays.read(() -> prepare(launch));
    hook.before(number, kernel);
    kernel.put(kernel.tokens).put(kernel.blocks);
    execute(groups, passes(launch));
    hook.executed(kernel);
    kernel.get(contextArray());
    if (launch.wantsWeights()) {
      kernel.get(kernel.attentionWeights);
    }
    if (launch.output().logSumExp() != null) {
      kernel.get(kernel.statistics);
    }
    return () -> {
      write(launch);
      hook.fetched();
      cost.ended(began, bytesUp(), bytesDown(launch));
    };
  }

  private void write(Launch launch) {
    AttentionConfig config = layer.config();
    int length = launch.numTokens() * config.dOut();
    System.arraycopy(
        contextArray(), 0, launch.output().context(), launch.firstToken() * config.dOut(), length);
    if (launch.wantsWeights()) {
      System.arraycopy(
          kernel.attentionWeights,
          0,
          launch.output().weights(),
          launch.weightsOffset(),
          launch.weightsLength(config));
    }
    if (launch.output().logSumExp() != null) {
      putLogSumExp(launch);
    }
  }

  /** Buffers go whole, whatever part of them is in use. */
  private long bytesUp() {
    return (long) kernel.tokens.length * Float.BYTES + (long) kernel.blocks.length * Integer.BYTES;
  }

  private long bytesDown(Launch launch) {
    long floats = contextArray().length;
    floats += launch.wantsWeights() ? kernel.attentionWeights.length : 0;
    floats += launch.output().logSumExp() != null ? kernel.statistics.length : 0;
    return floats * Float.BYTES;
  }

  /** Bytes of all its buffers. */
  long bytes() {
    long values =
        (long) kernel.tokens.length
            + kernel.projected.length
            + kernel.joined.length
            + kernel.statistics.length
            + kernel.context.length
            + kernel.attentionWeights.length
            + kernel.powers.length;
    return values * Float.BYTES + (long) kernel.blocks.length * Integer.BYTES + layer.weightBytes();
  }

  private float[] contextArray() {
    return layer.config().outProjection() ? kernel.context : kernel.joined;
  }

  private void putLogSumExp(Launch launch) {
    int heads = layer.config().numHeads();
    for (int s = launch.begin(); s < launch.end(); s++) {
      int n = launch.sequences().length(s);
      int first = launch.sequences().offset(s);
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < n; i++) {
          int at = ((first - launch.firstToken() + i) * heads + h) * AttentionKernel.STATISTICS;
          launch.output().logSumExp()[first * heads + h * n + i] =
              ContractMath.logSumExp(
                  kernel.statistics[at + AttentionKernel.STATISTICS_MAXIMUM],
                  kernel.statistics[at + AttentionKernel.STATISTICS_TOTAL]);
        }
      }
    }
  }

  private void execute(int groups, int passes) {
    int ranBefore = AttentionKernel.RUNS_IN_JAVA.get();
    Range range = Range.create(device, groups * group.items(), group.items());
    LaunchStatus.clear();
    try {
      kernel.execute(range, passes);
    } catch (RuntimeException | Error e) {
      throw LaunchStatus.explain(name(), e);
    }
    // Aparapi may have gone on to another device, in the end to Java, without a word.
    if (AttentionKernel.RUNS_IN_JAVA.get() != ranBefore
        || !kernel.getTargetDevice().equals(device)) {
      throw new DeviceException(
          String.format("Aparapi left %s and ran a launch elsewhere", name()), null);
    }
  }

  private int passes(Launch launch) {
    if (launch.wantsWeights()) {
      return AttentionKernel.PASS_WEIGHTS + 1;
    }
    return (layer.config().outProjection() ? AttentionKernel.PASS_OUT : AttentionKernel.PASS_ATTEND)
        + 1;
  }

  /** Sets the launch's arrays and numbers, and returns the number of work groups. */
  private int prepare(Launch launch) {
    AttentionConfig config = layer.config();
    int tokens = launch.numTokens();
    kernel.tokens = room(kernel.tokens, tokens * config.dIn());
    kernel.projected = room(kernel.projected, tokens * layer.columns());
    kernel.joined = room(kernel.joined, tokens * config.dOut());
    kernel.statistics =
        room(kernel.statistics, tokens * config.numHeads() * AttentionKernel.STATISTICS);
    if (config.outProjection()) {
      kernel.context = room(kernel.context, tokens * config.dOut());
    }
    kernel.attentionWeights = room(kernel.attentionWeights, launch.weightsLength(config));
    System.arraycopy(
        launch.sequences().tokens(),
        launch.firstToken() * config.dIn(),
        kernel.tokens,
        0,
        tokens * config.dIn());
    kernel.numTokens = tokens;
    kernel.drops = launch.dropout().isActive() ? 1 : 0;
    kernel.numBlocks = describeBlocks(launch);

    int rowTiles = tiles(tokens);
    int projection = rowTiles * tiles(layer.columns());
    int attention = kernel.numBlocks * config.numHeads();
    return Math.max(1, Math.max(projection, attention));
  }

  private int tiles(int size) {
    return (size + group.tile() - 1) / group.tile();
  }

  private int describeBlocks(Launch launch) {
    PackedSequences sequences = launch.sequences();
    int count = 0;
    for (int s = launch.begin(); s < launch.end(); s++) {
      count += tiles(sequences.length(s));
    }
    int size = count * AttentionKernel.BLOCK_INTS;
    if (kernel.blocks.length < size) {
      kernel.blocks = new int[size + size / 4];
    }
    int at = 0;
    int weights = 0;
    for (int s = launch.begin(); s < launch.end(); s++) {
      int n = sequences.length(s);
      long key = launch.dropout().isActive() ? launch.dropout().generatorKey(s) : 0;
      for (int query = 0; query < n; query += group.tile()) {
        kernel.blocks[at + AttentionKernel.BLOCK_TOKEN] = sequences.offset(s) - launch.firstToken();
        kernel.blocks[at + AttentionKernel.BLOCK_LENGTH] = n;
        kernel.blocks[at + AttentionKernel.BLOCK_QUERY] = query;
        kernel.blocks[at + AttentionKernel.BLOCK_WEIGHTS] = weights;
        kernel.blocks[at + AttentionKernel.BLOCK_KEY_LOW] = (int) key;
        kernel.blocks[at + AttentionKernel.BLOCK_KEY_HIGH] = (int) (key >>> 32);
        at += AttentionKernel.BLOCK_INTS;
      }
      weights += launch.wantsWeights() ? layer.config().numHeads() * n * n : 0;
    }
    return count;
  }

  private float[] room(float[] array, int size) {
    return array.length >= size
        ? array
        : new float[DeviceBudget.roomFor(size, device.getMaxMemAllocSize())];
  }

  @Override
  public void close() {
    kernel.dispose();
  }
}
