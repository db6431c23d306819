package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.ModelConfig.Head;
import io.github.sparkattention.kernels.ModelConfig.Placement;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.contract.ContractMath;
import io.github.sparkattention.kernels.contract.ContractProgram;
import io.github.sparkattention.kernels.opencl.OpenClBackend;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import io.github.sparkattention.kernels.opencl.RequiredDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole transformers, and steps of theirs on numbers that no model should meet, on a device. */
class OpenClModelTest {
  private static final long SEED = 20261128L;

  /** A segment and a few ids more. */
  private static final int VOCABULARY = ContractMath.SEGMENT + 50;

  private static OpenClBackend device;

  @BeforeAll
  static void open() {
    RequiredDevice.get();
    device = OpenClBackend.open(RequiredDevice.SETTINGS);
  }

  @AfterAll
  static void close() {
    if (device != null) {
      device.close();
    }
  }

  /** The three families, small. */
  enum Family {
    GPT,
    ENCODER,
    LLAMA;

    ModelConfig config() {
      Norm.Kind norm = this == LLAMA ? Norm.Kind.RMS : Norm.Kind.LAYER;
      Rotary rotary = new Rotary(6, 10_000, new Rotary.Scaling(8, 1, 4, 32));
      return new ModelConfig(
          VOCABULARY,
          21,
          2,
          new Heads(6, 4, this == LLAMA ? 2 : 4, this != ENCODER, 0.4f, 0, 0, 0),
          70,
          switch (this) {
            case GPT -> Activation.GELU_TANH;
            case ENCODER -> Activation.GELU_ERF;
            case LLAMA -> Activation.SILU;
          },
          this == LLAMA,
          new Norm(norm, 1e-5f),
          this == ENCODER ? Placement.AFTER : Placement.BEFORE,
          this == LLAMA ? 0 : 64,
          this == ENCODER ? 2 : 0,
          this == LLAMA ? rotary : null,
          64,
          true,
          true,
          true,
          this == GPT ? Head.TIED : Head.OWN);
    }
  }

  private static Tensors tensors(Program program) {
    Random random = new Random(SEED);
    Tensors.Builder builder = Tensors.builder();
    program
        .tensors()
        .forEach(
            (name, shape) ->
                builder.add(name, RandomLayers.floats((int) shape.size(), 0.3f, random), shape));
    return builder.build();
  }

  private static PackedSequences ids(int... lengths) {
    Random random = new Random(SEED);
    int[][] sequences = new int[lengths.length][];
    for (int s = 0; s < lengths.length; s++) {
      sequences[s] = random.ints(lengths[s], 0, VOCABULARY).toArray();
    }
    return PackedSequences.packIds(sequences);
  }

  private static float[][] arrays(Program program, PackedSequences batch) {
    float[][] arrays = new float[program.outputs().size()][];
    for (int o = 0; o < arrays.length; o++) {
      long length = Outputs.length(program, program.outputs().get(o), batch);
      arrays[o] = new float[Math.toIntExact(length)];
      Arrays.fill(arrays[o], 123f);
    }
    return arrays;
  }

  /** Runs a program here and by the contract, compares all outputs, and returns the report. */
  private static PassReport assertSameBits(
      Backend backend, Program program, Tensors tensors, PackedSequences batch) {
    float[][] actual = arrays(program, batch);
    float[][] expected = arrays(program, batch);
    PassReport report;
    try (Prepared prepared = backend.prepare(program, tensors)) {
      report = prepared.run(batch, Outputs.of(actual), Dropout.NONE);
    }
    new ContractProgram(program, tensors).run(batch, Outputs.of(expected), Dropout.NONE);
    for (int o = 0; o < expected.length; o++) {
      assertThat(actual[o]).as("%s", program.outputs().get(o)).isEqualTo(expected[o]);
    }
    return report;
  }

  @ParameterizedTest
  @CsvSource({"GPT, 16", "GPT, 64", "GPT, 256", "ENCODER, 64", "LLAMA, 16", "LLAMA, 64"})
  void aModelInSeveralLaunchesGivesTheBitsOfTheContract(Family family, int workGroup) {
    ModelConfig config = family.config();
    PackedSequences batch = ids(20, 0, 5, 31, 1, 17, 0, 0);
    if (config.types() > 0) {
      batch = batch.withTypes(new Random(SEED).ints(batch.total(), 0, config.types()).toArray());
    }
    for (Program program :
        List.of(
            config.vectors(),
            config.scores(7, Score.Rows.EACH_TOKEN),
            config.scores(Score.MOST_TOP, Score.Rows.LAST_TOKEN))) {
      Tensors tensors = tensors(program);
      OpenClSettings settings = RequiredDevice.SETTINGS.withWorkGroup(workGroup);
      try (Backend scarce = RequiredDevice.open(settings, program, tensors, 3, 40)) {
        PassReport report = assertSameBits(scarce, program, tensors, batch);
        assertThat(report.launches()).isGreaterThan(1);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 16", "1, 16", "2, 16", "3, 16", "0, 256", "1, 256", "2, 256", "3, 256"})
  void otherWorkGroupsGiveTheBitsOfTheContract(int round, int workGroup) {
    Random random = new Random(SEED + round);
    RandomProgram drawn = RandomProgram.draw(random);
    PackedSequences batch = drawn.batch(5, 150, random);
    try (Backend backend = OpenClBackend.open(RequiredDevice.SETTINGS.withWorkGroup(workGroup))) {
      assertSameBits(backend, drawn.program(), drawn.tensors(), batch);
    }
  }

  @Test
  void weightsAndRotationsGoUpOnceAndOfTokensOnlyTheirIds() {
    Program program = Family.LLAMA.config().scores(1, Score.Rows.LAST_TOKEN);
    PackedSequences batch = ids(30, 9);
    try (Prepared prepared = device.prepare(program, tensors(program))) {
      long first = run(prepared, batch).bytesUp();
      long second = run(prepared, batch).bytesUp();
      // Rotations of 30 tokens.
      assertThat(first - second).isEqualTo(4L * 30 * 6);
      // A step for each pass, six ints for a block of queries and for a short sequence, to which
      // sequence each query of that belongs, an id, a position and a target for each token, the
      // last token of each sequence.
      int ints = program.steps().size() + 2 * 6 + 9 + 39 * 3 + 2;
      assertThat(second).isEqualTo(4L * ints);
      assertThat(run(prepared, ids(10)).bytesUp()).isEqualTo(second);
      assertThat(run(prepared, ids(60)).bytesUp()).isGreaterThan(4L * 60 * 6);
    }
  }

  private static PassReport run(Prepared prepared, PackedSequences batch) {
    Outputs outputs = Outputs.of(arrays(prepared.program(), batch));
    return prepared.run(batch, outputs, Dropout.NONE);
  }

  /** Arrays move then, and what was sent once must still be what passes read. */
  @Test
  void whatWentUpOnceOutlivesACollectionOfGarbage() {
    Program program = Family.LLAMA.config().vectors();
    PackedSequences batch = ids(30, 9);
    float[][] before = arrays(program, batch);
    float[][] after = arrays(program, batch);
    try (Prepared prepared = device.prepare(program, tensors(program))) {
      prepared.run(batch, Outputs.of(before), Dropout.NONE);
      System.gc();
      prepared.run(batch, Outputs.of(after), Dropout.NONE);
    }
    assertThat(after).isDeepEqualTo(before);
  }

  @Test
  void aProgramOfWhichNothingIsWantedLeavesNothingToRun() {
    Score score = new Score(0, new Step.Table("head", 2), 1, Score.Rows.EACH_TOKEN);
    Program program = new Program(List.of(1), List.of(score), List.of(new Output.TopIds(0)), 0);
    PackedSequences batch = PackedSequences.pack(new float[][] {{1f, 2f}}, 1);
    try (Prepared prepared = device.prepare(program, tensors(program))) {
      prepared.run(batch, Outputs.of(), Dropout.NONE);
      assertThat(run(prepared, batch).bytesDown()).isPositive();
    }
  }

  @Test
  void aTableThatEmbedsAndScoresIsThereOnce() {
    ModelConfig config = Family.GPT.config();
    Program vectors = config.vectors();
    Program scores = config.scores(3, Score.Rows.EACH_TOKEN);
    try (Prepared embeds = device.prepare(vectors, tensors(vectors));
        Prepared both = device.prepare(scores, tensors(scores))) {
      assertThat(both.memory().heapBytes()).isEqualTo(embeds.memory().heapBytes());
    }
  }

  @Test
  void scoresThatNobodyWantsAreNotComputed() {
    Program scores = Family.GPT.config().scores(3, Score.Rows.EACH_TOKEN);
    PackedSequences batch = ids(12, 3);
    try (Prepared prepared = device.prepare(scores, tensors(scores))) {
      assertThat(prepared.run(batch, Outputs.of(), Dropout.NONE).bytesDown()).isZero();
      // Two segments of three numbers and three ids with their scores.
      assertThat(run(prepared, batch).bytesDown()).isEqualTo(4L * 15 * 18);
    }
  }

  @ParameterizedTest
  @EnumSource(Score.Rows.class)
  void sequencesWithoutATokenHaveRowsWithoutProbabilities(Score.Rows rows) {
    Program program = Family.GPT.config().scores(2, rows);
    assertSameBits(device, program, tensors(program), ids(0, 0, 0));
    assertSameBits(device, program, tensors(program), ids());
  }

  @Test
  void severalScoresOfOneProgramKeepTheirPartsApart() {
    Step.Table ids = new Step.Table("ids", VOCABULARY);
    Step.Table few = new Step.Table("few", 9);
    Program program =
        new Program(
            List.of(Program.IDS, 5),
            List.of(
                new Step.Embed(0, 1, ids, null, null),
                new Score(1, ids, 2, Score.Rows.EACH_TOKEN),
                new Score(1, few, 1, Score.Rows.LAST_TOKEN),
                new Score(1, few, 0, Score.Rows.EACH_TOKEN),
                new Score(1, ids, 3, Score.Rows.LAST_TOKEN)),
            List.of(
                new Output.TopIds(1),
                new Output.TopLogProbabilities(2),
                new Output.LogProbability(3),
                new Output.TopIds(4),
                new Output.LogProbability(1)),
            0);
    PackedSequences batch = ids(7, 0, 70);
    int[] targets = new Random(SEED).ints(batch.total(), -1, 9).toArray();
    assertSameBits(device, program, tensors(program), batch.withTargets(targets));
  }

  /** What overflows, underflows, is near a bend of a formula, or is no number. */
  private static float[] extremes() {
    float[] some = {
      0f,
      Float.MIN_VALUE,
      Float.MIN_NORMAL,
      1e-20f,
      0.5f,
      1f,
      5.9999995f,
      6f,
      6.0000005f,
      13f,
      43f,
      87f,
      88f,
      125.9f,
      126f,
      126.1f,
      1e10f,
      1e19f,
      1e30f,
      Float.MAX_VALUE,
      Float.POSITIVE_INFINITY
    };
    float[] all = Arrays.copyOf(some, 2 * some.length + 1 + 500);
    for (int i = 0; i < some.length; i++) {
      all[some.length + i] = -some[i];
    }
    all[2 * some.length] = Float.NaN;
    float[] random = RandomLayers.floats(500, 4, new Random(SEED));
    System.arraycopy(random, 0, all, 2 * some.length + 1, random.length);
    return all;
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void activationsOfAnyNumberGiveTheBitsOfTheContract(Activation activation) {
    Step.Map map = new Step.Map("same", 1, false);
    Program program =
        new Program(
            List.of(1, 1, 1, 1),
            List.of(
                new Project(0, 1, List.of(map), activation, Step.NONE, Step.NONE),
                new Project(0, 2, List.of(map), activation, 0, Step.NONE),
                new Project(0, 3, List.of(map), activation, 0, 0)),
            List.of(new Output.Values(1), new Output.Values(2), new Output.Values(3)),
            0);
    Tensors tensors =
        Tensors.builder().linear("same", new Linear(new float[] {1}, null, 1, 1)).build();
    PackedSequences batch = PackedSequences.pack(new float[][] {extremes()}, 1);
    assertSameBits(device, program, tensors, batch);
  }

  @ParameterizedTest
  @CsvSource({"LAYER, 1", "LAYER, 2", "LAYER, 37", "RMS, 1", "RMS, 2", "RMS, 37"})
  void normsOfAnyNumbersGiveTheBitsOfTheContract(Norm.Kind kind, int width) {
    for (float epsilon : new float[] {Norm.LEAST_EPSILON, 1e-5f, 1f}) {
      Program program =
          new Program(
              List.of(width, width),
              List.of(new Step.Normalize(0, 1, "norm", new Norm(kind, epsilon))),
              List.of(new Output.Values(1)),
              0);
      float[] extremes = extremes();
      List<float[]> tokens = new ArrayList<>();
      for (float extreme : extremes) {
        float[] token = RandomLayers.floats(width, 1, new Random(SEED));
        token[width / 2] = extreme;
        tokens.add(token);
        float[] constant = new float[width];
        Arrays.fill(constant, extreme);
        tokens.add(constant);
      }
      PackedSequences batch = PackedSequences.pack(tokens.toArray(new float[0][]), width);
      assertSameBits(device, program, tensors(program), batch);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5})
  void scoresOfAnyNumbersGiveTheBitsOfTheContract(int top) {
    int vocabulary = ContractMath.SEGMENT + 7;
    Program program =
        new Program(
            List.of(1),
            List.of(new Score(0, new Step.Table("head", vocabulary), top, Score.Rows.EACH_TOKEN)),
            List.of(
                new Output.LogProbability(0),
                new Output.TopIds(0),
                new Output.TopLogProbabilities(0),
                new Output.TopIds(0)),
            0);
    float[] tokens = Arrays.copyOf(extremes(), 80);
    float[] table = RandomLayers.floats(vocabulary, 1, new Random(SEED));
    // Equal scores, of which the lower id comes first.
    table[4000] = table[7];
    table[vocabulary - 1] = 9f;
    table[40] = 9f;
    Tensors tensors = Tensors.builder().matrix("head.weight", table, vocabulary, 1).build();
    int[] targets = new Random(SEED).ints(tokens.length, -1, vocabulary).toArray();
    PackedSequences batch = PackedSequences.pack(new float[][] {tokens}, 1).withTargets(targets);
    assertSameBits(device, program, tensors, batch);
  }
}
