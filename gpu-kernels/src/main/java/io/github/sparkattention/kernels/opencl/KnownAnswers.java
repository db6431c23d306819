package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Rotary;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.contract.ContractMath;
import io.github.sparkattention.kernels.contract.ContractProgram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * A small program with every operation, whose results the numeric contract knows. One half computes
 * what models do; the other takes numbers with which devices differ: zeros of both signs, numbers
 * below the least normal float, numbers that overflow, and what is no number.
 */
final class KnownAnswers {
  /** What outputs hold before they are computed, and no answer is. */
  static final float UNWRITTEN = -0x1.5bedacp99f;

  private static final long SEED = 20261128L;
  private static final int WIDTH = 20;

  /** Rows of tables: more than a block of ids. */
  private static final int ROWS = 50;

  /**
   * Ids of a vocabulary in two segments: an item that scores the first goes through more than
   * 65,535 iterations of loops, after which some drivers end them.
   */
  static final int MANY_ROWS = ContractMath.SEGMENT + 4;

  /** Sequences of more than a tile of most devices, none, one, and less than a tile. */
  private static final int[] LENGTHS = {66, 0, 1, 17};

  private static final float[] NUMBERS = {
    0f,
    Float.MIN_VALUE,
    0x1p-130f,
    Float.MIN_NORMAL,
    0x1p-80f,
    1e-20f,
    1e-3f,
    0.5f,
    1f,
    3f,
    5.9999995f,
    6.0000005f,
    13f,
    43f,
    87f,
    125.9f,
    126.1f,
    1e10f,
    1e19f,
    1e30f,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY
  };

  private final List<Integer> slots = new ArrayList<>(List.of(Program.IDS));
  private final List<Step> steps = new ArrayList<>();
  private final List<Output> outputs = new ArrayList<>();
  private final Tensors.Builder builder = Tensors.builder();
  private final Random random = new Random(SEED);
  private final PackedSequences batch = batch();
  private final Dropout dropout = Dropout.byContents(SEED, batch);
  private final Program program;
  private final Tensors tensors;

  /**
   * How answers differ from those that are known.
   *
   * @param difference the gravest difference, as the end of a sentence that begins with who
   *     computed it; null if there is none
   * @param explanations the deviations that explain all differences; none if they don't, or if
   *     there is no difference
   */
  record Verdict(String difference, Set<Deviation> explanations) {
    static final Verdict SAME = new Verdict(null, Set.of());

    boolean isSame() {
      return difference == null;
    }

    /** Whether a user who accepts some deviations accepts these answers. */
    boolean passes(Set<Deviation> accepted) {
      return isSame() || (!explanations.isEmpty() && accepted.containsAll(explanations));
    }
  }

  /** What each device is asked. */
  KnownAnswers() {
    this(MANY_ROWS);
  }

  /**
   * Asks for the same steps with another vocabulary.
   *
   * @param vocabulary its ids: fewer for a device that takes long over {@link #MANY_ROWS}
   */
  KnownAnswers(int vocabulary) {
    addModel(vocabulary);
    addNumbers();
    program = new Program(slots, steps, outputs, LENGTHS[0]);
    tensors = builder.build();
  }

  /** Has a backend compute the program, and compares all its answers bit by bit. */
  Verdict compare(Backend backend) {
    float[][] found = arrays();
    float[][] expected = arrays();
    try (Prepared prepared = backend.prepare(program, tensors)) {
      prepared.run(batch, Outputs.of(found), dropout);
    }
    new ContractProgram(program, tensors).run(batch, Outputs.of(expected), dropout);
    return compare(expected, found);
  }

  Program program() {
    return program;
  }

  private Verdict compare(float[][] expected, float[][] found) {
    String first = null;
    Set<Deviation> explanations = EnumSet.noneOf(Deviation.class);
    for (int o = 0; o < expected.length; o++) {
      for (int i = 0; i < expected[o].length; i++) {
        float right = expected[o][i];
        float other = found[o][i];
        if (Float.floatToIntBits(right) != Float.floatToIntBits(other)) {
          Deviation explanation = explanation(right, other);
          if (explanation == null) {
            return new Verdict(difference(outputs.get(o), i, right, other), Set.of());
          }
          explanations.add(explanation);
          first = first == null ? difference(outputs.get(o), i, right, other) : first;
        }
      }
    }
    return first == null ? Verdict.SAME : new Verdict(first, explanations);
  }

  private static Deviation explanation(float expected, float found) {
    return Arrays.stream(Deviation.values())
        .filter(deviation -> deviation.explains(expected, found))
        .findFirst()
        .orElse(null);
  }

  private String difference(Output output, int at, float expected, float found) {
    String where = where(output, at);
    return found == UNWRITTEN
        ? String.format("leaves %s unwritten, where the numeric contract gives %s", where, expected)
        : String.format(
            "computes %s as %s, where the numeric contract gives %s", where, found, expected);
  }

  private String where(Output output, int at) {
    if (output instanceof Output.Values values) {
      int width = program.width(values.slot());
      return String.format(
          "value %d of token %d in %s", at % width, at / width, step(writer(values.slot())));
    } else if (output instanceof Output.AttentionWeights weights) {
      return String.format("attention weight %d in %s", at, step(weights.step()));
    } else if (output instanceof Output.LogSumExp sums) {
      return String.format("log-sum-exp %d in %s", at, step(sums.step()));
    } else if (output instanceof Output.LogProbability probability) {
      return String.format("log-probability %d in %s", at, step(probability.step()));
    } else if (output instanceof Output.TopIds ids) {
      return String.format("top id %d in %s", at, step(ids.step()));
    }
    Output.TopLogProbabilities probabilities = (Output.TopLogProbabilities) output;
    return String.format("top log-probability %d in %s", at, step(probabilities.step()));
  }

  private int writer(int slot) {
    int writer = 0;
    while (steps.get(writer).to() != slot) {
      writer++;
    }
    return writer;
  }

  private String step(int index) {
    Step step = steps.get(index);
    String what =
        step instanceof Step.Project project && project.activation() != Activation.NONE
            ? ", " + project.activation()
            : "";
    return String.format("step %d (%s%s)", index, step.getClass().getSimpleName(), what);
  }

  private float[][] arrays() {
    float[][] arrays = new float[outputs.size()][];
    for (int o = 0; o < arrays.length; o++) {
      arrays[o] = new float[Math.toIntExact(Outputs.length(program, outputs.get(o), batch))];
      Arrays.fill(arrays[o], UNWRITTEN);
    }
    return arrays;
  }

  /** Each row of the tables is a token of the batch. */
  private static PackedSequences batch() {
    int[][] ids = new int[LENGTHS.length][];
    int token = 0;
    for (int s = 0; s < ids.length; s++) {
      ids[s] = new int[LENGTHS[s]];
      for (int i = 0; i < ids[s].length; i++) {
        ids[s][i] = token++ * 7 % ROWS;
      }
    }
    int[] types = new int[token];
    int[] targets = new int[token];
    for (int i = 0; i < token; i++) {
      types[i] = i % 2;
      targets[i] = i % 5 == 0 ? PackedSequences.NO_TARGET : i * 3 % ROWS;
    }
    return PackedSequences.packIds(ids).withTypes(types).withTargets(targets);
  }

  /** A transformer's block, with each kind of attention, and scores of ids. */
  private void addModel(int vocabulary) {
    Heads masked = new Heads(18, 2, 1, true, 0.3f, 40, 5f, 0.2f);
    Heads open = new Heads(24, 1, 1, false, 0.2f, 0, 0f, 0f);
    Step.Table ids = table("ids", ROWS, WIDTH);
    int stream = slot(WIDTH);
    Step.Table positions = table("positions", LENGTHS[0], WIDTH);
    add(new Step.Embed(Program.INPUT, stream, ids, positions, table("types", 2, WIDTH)));
    int qkv = project(normalize(stream, Norm.Kind.LAYER, 1e-5f), Activation.NONE, 36, 18, 18);
    steps.add(new Step.Rotate(qkv, new Rotary(18, 100, new Rotary.Scaling(8, 1, 4, 16)), 3));
    int joined = attend(qkv, masked);
    attend(qkv, open);
    int added = slot(WIDTH);
    add(new Step.Project(joined, added, maps(joined, WIDTH), stream));
    int normal = normalize(added, Norm.Kind.RMS, 1e-5f);
    int gate = project(normal, Activation.SILU, 70);
    int gated = slot(70);
    List<Step.Map> maps = maps(normal, 70);
    add(new Step.Project(normal, gated, maps, Activation.GELU_TANH, gate, Step.NONE));
    int last = slot(WIDTH);
    add(new Step.Project(gated, last, maps(gated, WIDTH), added));
    score(new Step.Score(last, ids, 3, Step.Score.Rows.EACH_TOKEN));
    score(new Step.Score(last, table("head", vocabulary, WIDTH), 1, Step.Score.Rows.LAST_TOKEN));
  }

  /** Numbers with which devices differ, through each formula. */
  private void addNumbers() {
    float[] numbers = floats(ROWS, 8f);
    for (int i = 0; i < NUMBERS.length; i++) {
      numbers[2 * i] = NUMBERS[i];
      numbers[2 * i + 1] = -NUMBERS[i];
    }
    numbers[2 * NUMBERS.length] = Float.NaN;
    builder.matrix("numbers.weight", numbers, ROWS, 1);
    // Tokens have types, so these embeddings need a table of them: one that changes no number.
    builder.matrix("no types.weight", new float[] {-0f, -0f}, 2, 1);
    Step.Table table = new Step.Table("numbers", ROWS);
    int number = slot(1);
    add(new Step.Embed(Program.INPUT, number, table, null, new Step.Table("no types", 2)));
    // The number and its negative, as sums that begin with a zero of either sign.
    builder.matrix("both.weight", new float[] {1f, -1f}, 2, 1);
    builder.vector("both.bias", new float[] {-0f, 0f});
    List<Step.Map> both = List.of(new Step.Map("both", 2, true));
    int signed = slot(2);
    add(new Step.Project(number, signed, both));
    for (Activation activation : Activation.values()) {
      int to = slot(2);
      add(new Step.Project(number, to, both, activation, signed, Step.NONE));
      int sum = slot(2);
      add(new Step.Project(number, sum, both, activation, Step.NONE, signed));
    }
    normalize(signed, Norm.Kind.RMS, 1f);
  }

  private int slot(int width) {
    slots.add(width);
    return slots.size() - 1;
  }

  /** A step whose results are compared. */
  private void add(Step step) {
    steps.add(step);
    outputs.add(new Output.Values(step.to()));
  }

  private int normalize(int from, Norm.Kind kind, float epsilon) {
    int width = slots.get(from);
    String name = "norm " + steps.size();
    Step.Normalize step = new Step.Normalize(from, slot(width), name, new Norm(kind, epsilon));
    builder.vector(step.gainName(), floats(width, 2f));
    if (step.norm().hasShift()) {
      builder.vector(step.shiftName(), floats(width, 0.5f));
    }
    add(step);
    return step.to();
  }

  /** Maps whose results stay on the device. */
  private int project(int from, Activation activation, int... widths) {
    int to = slot(Arrays.stream(widths).sum());
    steps.add(new Step.Project(from, to, maps(from, widths), activation, Step.NONE, Step.NONE));
    return to;
  }

  private List<Step.Map> maps(int from, int... widths) {
    List<Step.Map> maps = new ArrayList<>();
    int in = slots.get(from);
    for (int width : widths) {
      Step.Map map = new Step.Map("map " + steps.size() + "." + maps.size(), width, true);
      builder.matrix(map.weightName(), floats(width * in, 0.4f), width, in);
      builder.vector(map.biasName(), floats(width, 0.3f));
      maps.add(map);
    }
    return maps;
  }

  private int attend(int from, Heads heads) {
    Step.Attend step = new Step.Attend(from, slot(heads.dOut()), heads);
    add(step);
    outputs.add(new Output.AttentionWeights(steps.size() - 1));
    outputs.add(new Output.LogSumExp(steps.size() - 1));
    return step.to();
  }

  private void score(Step.Score step) {
    steps.add(step);
    outputs.add(new Output.LogProbability(steps.size() - 1));
    outputs.add(new Output.TopIds(steps.size() - 1));
    outputs.add(new Output.TopLogProbabilities(steps.size() - 1));
  }

  private Step.Table table(String name, int rows, int width) {
    builder.matrix(name + ".weight", floats(rows * width, 1f), rows, width);
    return new Step.Table(name, rows);
  }

  /** Numbers from minus to plus a bound. */
  private float[] floats(int count, float bound) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (2 * random.nextFloat() - 1) * bound;
    }
    return values;
  }
}
