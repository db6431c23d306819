package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.RandomLayers;
import io.github.sparkattention.kernels.RandomModel;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.internal.launches.DeviceBudget;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * The main class of JVMs that see another OpenCL driver than the tests: compares what its device
 * computes with Java threads, and prints a line for each program: that the bits are the same, or
 * how many values differ in which way.
 *
 * <p>Its arguments are the work group's items, and then what to compare: {@code models}, {@code
 * layers}, the smallest {@code layer} alone, or the known answers, by the ids of their vocabulary.
 */
final class DriverComparison {
  static final String SAME = "same bits";

  private static final long SEED = 20261129L;

  /** Some drivers interpret the device code. */
  private static final Duration PATIENCE = Duration.ofHours(1);

  /**
   * Sizes around those of the device code, and all that attention can be asked; each with sequences
   * that are short, and that are not.
   */
  static final List<Layer> LAYERS =
      List.of(
          layer("heads of 1", AttentionConfig.builder(1, 1), 0, 1, 2, 3, 25),
          layer(
              "heads of 5, window",
              AttentionConfig.builder(7, 15).numHeads(3).slidingWindow(4),
              24,
              47,
              48,
              49),
          layer(
              "heads of 11, grouped, soft cap, out projection",
              AttentionConfig.builder(17, 44)
                  .numHeads(4)
                  .numKvHeads(2)
                  .causal(false)
                  .softcap(9)
                  .outProjection(true),
              33,
              0,
              1),
          layer(
              "heads of 17, dropout, window",
              AttentionConfig.builder(16, 34).numHeads(2).dropout(0.3f).slidingWindow(30),
              65,
              3),
          layer("heads of 33, bias", AttentionConfig.builder(5, 33).qkvBias(true), 2, 100),
          layer("heads of 80, not causal", AttentionConfig.builder(3, 80).causal(false), 20, 25));

  private final OpenClBackend device;
  private final Backend threads;

  /**
   * A layer and what it is run on.
   *
   * @param name what is particular about it
   * @param config its settings
   * @param lengths tokens of the sequences
   */
  record Layer(String name, AttentionConfig config, List<Integer> lengths) {}

  private static Layer layer(String name, AttentionConfig.Builder config, Integer... lengths) {
    return new Layer(name, config.build(), List.of(lengths));
  }

  private DriverComparison(OpenClBackend device, Backend threads) {
    this.device = device;
    this.threads = threads;
  }

  public static void main(String[] args) {
    OpenClDevice device = RequiredDevice.get();
    OpenClSettings settings =
        new OpenClSettings(EnumSet.allOf(OpenClDevice.Type.class), null, 1, PATIENCE, 1)
            .withWorkGroup(Integer.parseInt(args[0]));
    // Not opened as users open it, so that a device that would be refused shows what it can.
    try (OpenClBackend backend =
            new OpenClBackend(
                device,
                DeviceListing.OF_JVM.await(settings.openTimeout()).handle(device),
                settings,
                DeviceBudget.of(device.maxAllocation(), device.globalMemory(), 1),
                DeviceCheck.UNWRITTEN_BEFORE);
        Backend threads = new ThreadsBackend(2)) {
      System.out.println("device: " + backend.description());
      DriverComparison comparison = new DriverComparison(backend, threads);
      List.of(args).subList(1, args.length).forEach(comparison::compare);
    }
  }

  private void compare(String what) {
    if (what.equals("models")) {
      RandomModel.all().forEach(this::compare);
    } else if (what.equals("layers")) {
      LAYERS.forEach(this::compare);
    } else if (what.equals("layer")) {
      compare(LAYERS.get(0));
    } else {
      KnownAnswers answers = new KnownAnswers(Integer.parseInt(what));
      KnownAnswers.Verdict verdict = answers.compare(device);
      System.out.println("known answers: " + (verdict.isSame() ? SAME : verdict.difference()));
    }
  }

  private void compare(RandomModel model) {
    ModelConfig config = model.config();
    Random random = new Random(SEED);
    PackedSequences batch = model.batch(3, 60, random);
    compare(model.name(), config.vectors(), batch, Dropout.NONE, random);
  }

  private void compare(Layer layer) {
    Random random = new Random(SEED);
    float[][] sequences = new float[layer.lengths().size()][];
    for (int s = 0; s < sequences.length; s++) {
      sequences[s] = RandomLayers.floats(layer.lengths().get(s) * layer.config().dIn(), 1, random);
    }
    PackedSequences batch = PackedSequences.pack(sequences, layer.config().dIn());
    Dropout dropout = layer.config().dropout() > 0 ? Dropout.byContents(SEED, batch) : Dropout.NONE;
    compare(layer.name(), Program.attention(layer.config()), batch, dropout, random);
  }

  private void compare(
      String name, Program program, PackedSequences batch, Dropout dropout, Random random) {
    Tensors tensors = RandomModel.tensors(program, random);
    float[][] found = run(device, program, tensors, batch, dropout);
    float[][] expected = run(threads, program, tensors, batch, dropout);
    Map<String, Integer> counts = new TreeMap<>();
    for (int o = 0; o < expected.length; o++) {
      for (int i = 0; i < expected[o].length; i++) {
        if (Float.floatToIntBits(expected[o][i]) != Float.floatToIntBits(found[o][i])) {
          counts.merge(explanation(expected[o][i], found[o][i]), 1, Integer::sum);
        }
      }
    }
    System.out.println(name + ": " + (counts.isEmpty() ? SAME : counts.toString()));
  }

  private static String explanation(float expected, float found) {
    for (Deviation deviation : Deviation.values()) {
      if (deviation.explains(expected, found)) {
        return deviation.toString();
      }
    }
    return found + " in place of " + expected;
  }

  private static float[][] run(
      Backend backend, Program program, Tensors tensors, PackedSequences batch, Dropout dropout) {
    float[][] arrays = new float[program.outputs().size()][];
    for (int o = 0; o < arrays.length; o++) {
      arrays[o] = new float[(int) Outputs.length(program, program.outputs().get(o), batch)];
    }
    try (Prepared prepared = backend.prepare(program, tensors)) {
      prepared.run(batch, Outputs.of(arrays), dropout);
    }
    return arrays;
  }
}
