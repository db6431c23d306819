package io.github.sparkattention.kernels.internal.launches;

import com.aparapi.Range;
import com.aparapi.device.OpenCLDevice;
import com.aparapi.exception.CompileFailedException;
import com.aparapi.exception.QueryFailedException;
import com.aparapi.internal.kernel.KernelManager;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Rotary;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.contract.ContractMath;
import io.github.sparkattention.kernels.contract.Rotations;
import io.github.sparkattention.kernels.contract.ScoreParts;
import io.github.sparkattention.kernels.internal.device.Launch;
import io.github.sparkattention.kernels.internal.device.ProgramData;
import io.github.sparkattention.kernels.internal.device.ProgramKernel;
import io.github.sparkattention.kernels.internal.device.ProgramKernels;
import io.github.sparkattention.kernels.internal.device.ScoreOutputs;
import io.github.sparkattention.kernels.internal.device.WorkGroup;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One program's kernel on one launch thread, with its buffers. Arrays are kept from launch to
 * launch and only grow, since Aparapi makes a new buffer for every new array.
 */
final class DeviceKernel implements AutoCloseable {
  private final ProgramData data;
  private final OpenCLDevice device;
  private final WorkGroup group;
  private final ProgramKernel kernel;

  /**
   * Compiles the device code; what doesn't compile fails here and not at a row.
   *
   * @param device the device
   * @param data the program
   * @param largest the work group to have, or a smaller one if the compiled kernel needs so many
   *     registers that the device allows no more
   * @param mostItems work items that the device allows in a group
   */
  DeviceKernel(OpenCLDevice device, ProgramData data, WorkGroup largest, int mostItems) {
    this.device = device;
    this.data = data;
    WorkGroup fitting = largest.within(mostItems, device.getLocalMemSize());
    ProgramKernel compiled = null;
    while (fitting != null && compiled == null) {
      ProgramKernel candidate = compile(fitting);
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
    data.fill(kernel);
    // One group with nothing to do: sends the weights, and shows that launches work here at all.
    // A kernel that was compiled but never ran can't be disposed, either: the native code crashes.
    kernel.put(kernel.weights).put(kernel.powers).put(kernel.steps).put(kernel.stepFloats);
    kernel.put(kernel.launch);
    execute(1, 1);
  }

  private ProgramKernel compile(WorkGroup group) {
    ProgramKernel candidate = ProgramKernels.of(group);
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
  private int maxGroupSize(ProgramKernel compiled) {
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
      Launch launch, long number, LaunchHook hook, PassCost cost, DeviceQueue.Caller caller) {
    long began = System.nanoTime();
    boolean wantsLogSumExp = launch.outputs().wants(data.program(), Output.LogSumExp.class);
    int[] entries = data.entries(launch);
    boolean wantsParts = IntStream.of(entries).anyMatch(data::scores);
    int groups = caller.read(() -> prepare(launch, entries, wantsLogSumExp, wantsParts));
    boolean renewed = renewRotations(caller.read(launch::longest));
    hook.before(number, kernel);
    LaunchTraffic traffic = new LaunchTraffic();
    put(renewed, traffic);
    caller.run(kernel::cancelMultiPass, () -> execute(groups, entries.length));
    traffic.passes(entries.length);
    hook.executed(kernel);
    get(kernel.results, data.plan().resultWidth() > 0, traffic);
    get(kernel.attentionWeights, launch.wantsWeights(), traffic);
    get(kernel.statistics, wantsLogSumExp, traffic);
    get(kernel.parts, wantsParts, traffic);
    return () -> {
      write(launch);
      writeScores(launch, entries);
      hook.fetched(traffic);
      cost.ended(began, traffic);
    };
  }

  /** Sends what the launch needs: arrays go whole, however full. */
  private void put(boolean rotations, LaunchTraffic traffic) {
    kernel.put(kernel.launch);
    traffic.up((long) kernel.launch.length * Integer.BYTES);
    if (!data.program().readsIds()) {
      put(kernel.input, traffic);
    }
    if (rotations) {
      put(kernel.rotations, traffic);
    }
  }

  private void put(float[] array, LaunchTraffic traffic) {
    kernel.put(array);
    traffic.up((long) array.length * Float.BYTES);
  }

  /** Brings an array if it is wanted. */
  private void get(float[] array, boolean wanted, LaunchTraffic traffic) {
    if (wanted) {
      kernel.get(array);
      traffic.down((long) array.length * Float.BYTES);
    }
  }

  /**
   * Makes rotations for longer sequences than there were before.
   *
   * @return whether there are new ones, which the device does not have
   */
  private boolean renewRotations(int longest) {
    if (data.rotationWidth() == 0 || longest <= kernel.rotationPositions) {
      return false;
    }
    kernel.rotations = room(kernel.rotations, longest * data.rotationWidth());
    int positions = kernel.rotations.length / data.rotationWidth();
    int at = 0;
    for (Rotary rotary : data.rotaries()) {
      Rotations.fill(rotary, 0, kernel.rotations, at, positions);
      at += positions * rotary.headDim();
    }
    kernel.rotationPositions = positions;
    return true;
  }

  private void write(Launch launch) {
    Program program = data.program();
    for (int o = 0; o < program.outputs().size(); o++) {
      float[] to = launch.outputs().array(o);
      Output output = program.outputs().get(o);
      if (output instanceof Output.Values values) {
        int width = program.width(values.slot());
        int from = data.plan().place(values.slot()) * launch.numTokens();
        System.arraycopy(
            kernel.results, from, to, launch.firstToken() * width, launch.numTokens() * width);
      } else if (to != null && output instanceof Output.AttentionWeights tap) {
        int heads = program.attend(tap.step()).heads().numHeads();
        long perHead = launch.weightsPerHead();
        System.arraycopy(
            kernel.attentionWeights,
            (int) (data.headsBefore(tap.step()) * perHead),
            to,
            (int) (heads * launch.weightsPerHeadBefore()),
            (int) (heads * perHead));
      } else if (to != null && output instanceof Output.LogSumExp tap) {
        putLogSumExp(launch, tap.step(), to);
      }
    }
  }

  private void writeScores(Launch launch, int[] entries) {
    for (int entry : entries) {
      if (data.scores(entry)) {
        int step = data.stepOf(entry);
        int at = data.partsBefore(entry, launch.numTokens(), launch.numSequences());
        ScoreOutputs.write(
            data.program(),
            step,
            kernel.parts,
            at,
            launch.batch(),
            launch.begin(),
            launch.end(),
            launch.outputs());
      }
    }
  }

  /** Bytes of all its buffers. */
  long bytes() {
    long values =
        (long) kernel.input.length
            + kernel.activations.length
            + kernel.results.length
            + kernel.attentionWeights.length
            + kernel.statistics.length
            + kernel.parts.length
            + kernel.rotations.length
            + kernel.powers.length
            + kernel.stepFloats.length;
    long ints = (long) kernel.launch.length + kernel.steps.length;
    return values * Float.BYTES + ints * Integer.BYTES + data.weightBytes();
  }

  private void putLogSumExp(Launch launch, int step, float[] to) {
    int heads = data.program().attend(step).heads().numHeads();
    int before = data.headsBefore(step) * launch.numTokens();
    for (int s = launch.begin(); s < launch.end(); s++) {
      int n = launch.batch().length(s);
      int first = launch.batch().offset(s);
      for (int h = 0; h < heads; h++) {
        for (int i = 0; i < n; i++) {
          int token = first - launch.firstToken() + i;
          int at = (before + token * heads + h) * ProgramKernel.STATISTICS;
          to[first * heads + h * n + i] =
              ContractMath.logSumExp(
                  kernel.statistics[at + ProgramKernel.STATISTICS_MAXIMUM],
                  kernel.statistics[at + ProgramKernel.STATISTICS_TOTAL]);
        }
      }
    }
  }

  private void execute(int groups, int passes) {
    int ranBefore = ProgramKernel.RUNS_IN_JAVA.get();
    Range range = Range.create(device, groups * group.items(), group.items());
    LaunchStatus.clear();
    try {
      kernel.execute(range, passes);
    } catch (RuntimeException | Error e) {
      throw LaunchStatus.explain(name(), e);
    }
    // Aparapi may have gone on to another device, in the end to Java, without a word.
    if (ProgramKernel.RUNS_IN_JAVA.get() != ranBefore || !kernel.getTargetDevice().equals(device)) {
      throw new DeviceException(
          String.format("Aparapi left %s and ran a launch elsewhere", name()), null);
    }
  }

  /** Sets the launch's arrays and numbers, and returns the number of work groups. */
  private int prepare(Launch launch, int[] entries, boolean wantsLogSumExp, boolean wantsParts) {
    Program program = data.program();
    int tokens = launch.numTokens();
    kernel.input = room(kernel.input, tokens * program.inputWidth());
    kernel.activations = room(kernel.activations, tokens * data.plan().activationWidth());
    kernel.results = room(kernel.results, tokens * data.plan().resultWidth());
    boolean keepsStatistics = launch.wantsWeights() || wantsLogSumExp;
    if (keepsStatistics) {
      int width = data.tappedHeads() * ProgramKernel.STATISTICS;
      kernel.statistics = room(kernel.statistics, tokens * width);
    }
    long perHead = launch.weightsPerHead();
    kernel.attentionWeights =
        room(kernel.attentionWeights, Math.toIntExact(perHead * data.tappedHeads()));
    if (wantsParts) {
      long parts = data.partsLength(tokens, launch.numSequences());
      kernel.parts = room(kernel.parts, Math.toIntExact(parts));
    }
    if (!program.readsIds()) {
      System.arraycopy(
          launch.batch().tokens(),
          launch.firstToken() * program.inputWidth(),
          kernel.input,
          0,
          tokens * program.inputWidth());
    }
    kernel.numTokens = tokens;
    kernel.numSequences = launch.numSequences();
    kernel.drops = launch.dropout().isActive() ? 1 : 0;
    kernel.keepsStatistics = keepsStatistics ? 1 : 0;
    kernel.weightsPerHead = (int) perHead;
    describeLaunch(launch, entries);

    long groups = 1;
    for (int entry : entries) {
      Step step = program.steps().get(data.stepOf(entry));
      if (step instanceof Step.Attend attend) {
        int shortBlocks = (kernel.numShortQueries + group.items() - 1) / group.items();
        long blocks = (long) kernel.numBlocks + shortBlocks;
        groups = Math.max(groups, blocks * attend.heads().numHeads());
      } else if (step instanceof Step.Score score) {
        int rows = score.rows() == Step.Score.Rows.EACH_TOKEN ? tokens : launch.numSequences();
        int segments = ScoreParts.segments(score.table().rows());
        groups = Math.max(groups, (long) tiles(rows) * segments);
      } else {
        // What goes over all tokens in strides has no more to do for each item than a projection.
        groups = Math.max(groups, (long) tiles(tokens) * tiles(program.width(step.to())));
      }
    }
    return Math.toIntExact(groups);
  }

  private int tiles(int size) {
    return (size + group.tile() - 1) / group.tile();
  }

  private void describeLaunch(Launch launch, int[] entries) {
    PackedSequences batch = launch.batch();
    int blocks = 0;
    int shortSequences = 0;
    int shortQueries = 0;
    for (int s = launch.begin(); s < launch.end(); s++) {
      int n = batch.length(s);
      if (n > ProgramKernel.SHORT) {
        blocks += tiles(n);
      } else if (n > 0) {
        shortSequences++;
        shortQueries += n;
      }
    }
    long blockInts = (long) (blocks + shortSequences) * ProgramKernel.BLOCK_INTS + shortQueries;
    long tokenInts = data.tokenInts(launch.numTokens(), launch.numSequences());
    int size = Math.toIntExact(entries.length + blockInts + tokenInts);
    if (kernel.launch.length < size) {
      kernel.launch = new int[lengthFor(size, kernel.launch.length)];
    }
    System.arraycopy(entries, 0, kernel.launch, 0, entries.length);
    kernel.firstBlock = entries.length;
    kernel.numBlocks = blocks;
    kernel.firstShortQuery =
        kernel.firstBlock + (blocks + shortSequences) * ProgramKernel.BLOCK_INTS;
    kernel.numShortQueries = shortQueries;
    describeSequences(launch);
    describeTokens(launch, kernel.firstShortQuery + shortQueries);
  }

  private void describeSequences(Launch launch) {
    PackedSequences batch = launch.batch();
    int block = kernel.firstBlock;
    int shortSequence = block + kernel.numBlocks * ProgramKernel.BLOCK_INTS;
    int shortQuery = 0;
    int weights = 0;
    for (int s = launch.begin(); s < launch.end(); s++) {
      int n = batch.length(s);
      if (n > ProgramKernel.SHORT) {
        for (int query = 0; query < n; query += group.tile()) {
          describe(block, launch, s, query, weights);
          block += ProgramKernel.BLOCK_INTS;
        }
      } else if (n > 0) {
        describe(shortSequence, launch, s, shortQuery, weights);
        int at = kernel.firstShortQuery + shortQuery;
        Arrays.fill(kernel.launch, at, at + n, shortSequence);
        shortSequence += ProgramKernel.BLOCK_INTS;
        shortQuery += n;
      }
      weights += launch.wantsWeights() ? n * n : 0;
    }
  }

  /** Describes a block of queries, or a short sequence, at some place. */
  private void describe(int at, Launch launch, int sequence, int query, int weights) {
    PackedSequences batch = launch.batch();
    long key = launch.dropout().isActive() ? launch.dropout().generatorKey(sequence) : 0;
    kernel.launch[at + ProgramKernel.BLOCK_TOKEN] = batch.offset(sequence) - launch.firstToken();
    kernel.launch[at + ProgramKernel.BLOCK_LENGTH] = batch.length(sequence);
    kernel.launch[at + ProgramKernel.BLOCK_QUERY] = query;
    kernel.launch[at + ProgramKernel.BLOCK_WEIGHTS] = weights;
    kernel.launch[at + ProgramKernel.BLOCK_KEY_LOW] = (int) key;
    kernel.launch[at + ProgramKernel.BLOCK_KEY_HIGH] = (int) (key >>> 32);
  }

  /** What tokens have in place of values, as far as the program asks for it. */
  private void describeTokens(Launch launch, int begin) {
    PackedSequences batch = launch.batch();
    int tokens = launch.numTokens();
    kernel.firstId = begin;
    kernel.firstType = kernel.firstId + (data.program().readsIds() ? tokens : 0);
    kernel.firstPosition = kernel.firstType + (data.needsTypes() ? tokens : 0);
    kernel.firstTarget = kernel.firstPosition + (data.needsPositions() ? tokens : 0);
    kernel.firstLastToken = kernel.firstTarget + (data.needsTargets() ? tokens : 0);
    for (int s = launch.begin(); s < launch.end(); s++) {
      int first = batch.offset(s) - launch.firstToken();
      int n = batch.length(s);
      for (int i = 0; i < n; i++) {
        if (data.program().readsIds()) {
          kernel.launch[kernel.firstId + first + i] = batch.id(batch.offset(s) + i);
        }
        if (data.needsTypes()) {
          kernel.launch[kernel.firstType + first + i] = batch.type(batch.offset(s) + i);
        }
        if (data.needsPositions()) {
          kernel.launch[kernel.firstPosition + first + i] = i;
        }
        if (data.needsTargets()) {
          kernel.launch[kernel.firstTarget + first + i] = batch.target(s, i);
        }
      }
      if (data.needsLastTokens()) {
        int last = n == 0 ? ProgramKernel.NO_TOKEN : first + n - 1;
        kernel.launch[kernel.firstLastToken + s - launch.begin()] = last;
      }
    }
  }

  private float[] room(float[] array, int size) {
    return array.length >= size ? array : new float[lengthFor(size, array.length)];
  }

  /** Arrays go whole, so the first is no longer than it must be; one that follows it may settle. */
  private int lengthFor(int size, int before) {
    return before > 1 ? DeviceBudget.roomFor(size, device.getMaxMemAllocSize()) : size;
  }

  @Override
  public void close() {
    kernel.dispose();
  }
}
