package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.contract.ContractProgram;
import io.github.sparkattention.kernels.contract.ReferenceProgram;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every backend must keep, whatever it computes on. */
public abstract class BackendContract {
  private static final long SEED = 20261124L;

  private Backend backend;

  /** Opens the backend under test. */
  protected abstract Backend open();

  @BeforeEach
  void openBackend() {
    backend = open();
  }

  @AfterEach
  void closeBackend() {
    backend.close();
  }

  static Stream<GoldenCase> golden() {
    return GoldenCase.all();
  }

  @ParameterizedTest
  @MethodSource("golden")
  void agreesWithPyTorchInFloat64(GoldenCase golden) {
    AttentionConfig config = golden.config();
    PackedSequences batch = golden.sequences();
    float[] context = new float[golden.expected().length];
    float[] weights = new float[(int) Outputs.weightsLength(batch, config.numHeads())];
    try (Prepared layer = backend.prepare(Program.attention(config), golden.weights().tensors())) {
      layer.run(batch, Outputs.of(context, weights), Dropout.NONE);
    }
    Rows.assertClose(context, golden.expected(), config.dOut(), 2e-5);
    if (golden.expectedWeights() != null) {
      for (int i = 0; i < weights.length; i++) {
        assertThat(weights[i]).isCloseTo(golden.expectedWeights()[i], within(2e-5f));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
  void equalsTheContractToTheLastBit(int round) {
    Random random = new Random(SEED + round);
    AttentionConfig config = RandomLayers.config(random);
    AttentionWeights weights = RandomLayers.weights(config, random);
    float[][] sequences = RandomLayers.sequences(config, 6, 150, random);
    PackedSequences batch = PackedSequences.pack(sequences, config.dIn());
    Dropout dropout = round % 3 == 0 ? Dropout.byContents(round, batch) : Dropout.NONE;
    Program program = Program.attention(config);
    float[][] actual = arrays(program, batch);
    float[][] expected = arrays(program, batch);
    try (Prepared layer = backend.prepare(program, weights.tensors())) {
      layer.run(batch, Outputs.of(actual), dropout);
    }
    new ContractProgram(program, weights.tensors()).run(batch, Outputs.of(expected), dropout);
    for (int o = 0; o < expected.length; o++) {
      assertThat(actual[o])
          .as("%s, %s, seed %d", program.outputs().get(o), config, SEED + round)
          .isEqualTo(expected[o]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
  void randomProgramsEqualTheContractToTheLastBit(int round) {
    Random random = new Random(SEED + 100 + round);
    RandomProgram drawn = RandomProgram.draw(random);
    Program program = drawn.program();
    PackedSequences batch = drawn.batch(5, 110, random);
    Dropout dropout = round % 3 == 0 ? Dropout.byContents(round, batch) : Dropout.NONE;
    float[][] actual = arrays(program, batch);
    float[][] expected = arrays(program, batch);
    try (Prepared prepared = backend.prepare(program, drawn.tensors())) {
      prepared.run(batch, Outputs.of(actual), dropout);
    }
    new ContractProgram(program, drawn.tensors()).run(batch, Outputs.of(expected), dropout);
    for (int o = 0; o < expected.length; o++) {
      assertThat(actual[o])
          .as("%s of %s, seed %d", program.outputs().get(o), program, SEED + 100 + round)
          .isEqualTo(expected[o]);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void randomProgramsAgreeWithDoubleArithmetic(int round) {
    Random random = new Random(SEED + 200 + round);
    RandomProgram drawn = RandomProgram.draw(random);
    Program program = drawn.program();
    PackedSequences batch = drawn.batch(5, 110, random);
    float[][] actual = arrays(program, batch);
    float[][] expected = arrays(program, batch);
    try (Prepared prepared = backend.prepare(program, drawn.tensors())) {
      prepared.run(batch, Outputs.of(actual), Dropout.NONE);
    }
    new ReferenceProgram(program, drawn.tensors()).run(batch, Outputs.of(expected), Dropout.NONE);
    for (int o = 0; o < expected.length; o++) {
      if (program.outputs().get(o) instanceof Output.Values values) {
        Rows.assertClose(actual[o], expected[o], program.width(values.slot()), 1e-4);
      }
    }
  }

  static Stream<RandomModel> models() {
    return RandomModel.all();
  }

  @ParameterizedTest
  @MethodSource("models")
  void wholeModelsEqualTheContractToTheLastBitAndAgreeWithDoubleArithmetic(RandomModel model) {
    Random random = new Random(SEED + 300);
    ModelConfig config = model.config();
    List<Program> programs = new ArrayList<>(List.of(config.vectors()));
    if (config.head() != ModelConfig.Head.NONE) {
      programs.add(config.scores(3, Score.Rows.EACH_TOKEN));
      programs.add(config.scores(1, Score.Rows.LAST_TOKEN));
    }
    for (Program program : programs) {
      boolean scores = program.outputs().size() > 1;
      PackedSequences batch = scores ? model.batch(4, 25, random) : model.batch(5, 110, random);
      Tensors tensors = RandomModel.tensors(program, random);
      float[][] actual = arrays(program, batch);
      float[][] expected = arrays(program, batch);
      float[][] exact = arrays(program, batch);
      try (Prepared prepared = backend.prepare(program, tensors)) {
        prepared.run(batch, Outputs.of(actual), Dropout.NONE);
      }
      new ContractProgram(program, tensors).run(batch, Outputs.of(expected), Dropout.NONE);
      new ReferenceProgram(program, tensors).run(batch, Outputs.of(exact), Dropout.NONE);
      for (int o = 0; o < expected.length; o++) {
        Output output = program.outputs().get(o);
        assertThat(actual[o]).as("%s of %s", output, model).isEqualTo(expected[o]);
        if (output instanceof Output.Values) {
          Rows.assertClose(actual[o], exact[o], config.width(), 1e-4);
        } else if (!(output instanceof Output.TopIds)) {
          assertCloseOrBothNaN(actual[o], exact[o]);
        }
      }
    }
  }

  /** Rounds that no release may change, of one small model of each architecture. */
  @ParameterizedTest
  @MethodSource("models")
  void theBitsOfWholeModelsAreFrozen(RandomModel model) throws NoSuchAlgorithmException {
    Random random = new Random(1);
    Program program = model.config().vectors();
    Tensors tensors = RandomModel.tensors(program, random);
    PackedSequences batch = model.batch(4, 70, random);
    float[] vectors = new float[batch.total() * program.outputWidth()];
    try (Prepared prepared = backend.prepare(program, tensors)) {
      prepared.run(batch, vectors);
    }
    ByteBuffer bytes = ByteBuffer.allocate(vectors.length * Float.BYTES);
    bytes.asFloatBuffer().put(vectors);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes.array());
    assertThat(HexFormat.of().formatHex(digest)).isEqualTo(model.digest());
  }

  private static void assertCloseOrBothNaN(float[] actual, float[] exact) {
    for (int i = 0; i < exact.length; i++) {
      if (Float.isNaN(exact[i])) {
        assertThat(actual[i]).as("log-probability %d", i).isNaN();
      } else {
        assertThat(actual[i])
            .as("log-probability %d", i)
            .isCloseTo(exact[i], within(1e-4f + 1e-5f * Math.abs(exact[i])));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void splittingABatchOfIdsAnyhowChangesNoBit(RandomModel model) {
    Random random = new Random(SEED + 400);
    Program program = model.config().vectors();
    Tensors tensors = RandomModel.tensors(program, random);
    PackedSequences batch = model.batch(20, 100, random);
    float[] whole = new float[batch.total() * program.outputWidth()];
    float[] alone = new float[whole.length];
    try (Prepared prepared = backend.prepare(program, tensors)) {
      prepared.run(batch, whole);
      int at = 0;
      for (int s = 0; s < batch.count(); s++) {
        int[] ids = new int[batch.length(s)];
        for (int i = 0; i < ids.length; i++) {
          ids[i] = batch.id(batch.offset(s) + i);
        }
        float[] one = new float[ids.length * program.outputWidth()];
        prepared.run(PackedSequences.packIds(ids), one);
        System.arraycopy(one, 0, alone, at, one.length);
        at += one.length;
      }
    }
    assertThat(alone).isEqualTo(whole);
  }

  @Test
  void idsThatDoNotFitAreRefused() {
    ModelConfig config = RandomModel.all().findFirst().orElseThrow().config();
    Program program = config.scores(2, Score.Rows.EACH_TOKEN);
    try (Prepared model =
        backend.prepare(program, RandomModel.tensors(program, new Random(SEED)))) {
      PackedSequences large = PackedSequences.packIds(new int[] {1}, new int[] {2, 8_500});
      assertThatThrownBy(() -> model.run(large, Outputs.of(), Dropout.NONE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the id of token 1 of sequence 1 must be from 0 to 8499, but is 8500");
      PackedSequences negative = PackedSequences.packIds(new int[] {-1});
      assertThatThrownBy(() -> model.run(negative, Outputs.of(), Dropout.NONE))
          .hasMessage("the id of token 0 of sequence 0 must be from 0 to 8499, but is -1");
      PackedSequences fits = PackedSequences.packIds(new int[] {1, 2});
      assertThatThrownBy(
              () -> model.run(fits.withTargets(new int[] {8_500, 1}), Outputs.of(), Dropout.NONE))
          .hasMessage("the target of token 0 of sequence 0 must be from -1 to 8499, but is 8500");
      assertThatThrownBy(
              () -> model.run(fits.withTypes(new int[] {0, 0}), Outputs.of(), Dropout.NONE))
          .hasMessage("the program has no types, but tokens have them");
      assertThatThrownBy(() -> model.run(fits, Outputs.of(null, new float[3], null), Dropout.NONE))
          .hasMessage("the batch has 4 top ids values, but the array 3");
      PackedSequences embeddings = PackedSequences.pack(new float[][] {new float[2]}, 2);
      assertThatThrownBy(() -> model.run(embeddings, Outputs.of(), Dropout.NONE))
          .hasMessage("tokens must be ids, but are embeddings");
      PackedSequences longer = PackedSequences.packIds(new int[131]);
      assertThatThrownBy(() -> model.run(longer, Outputs.of(), Dropout.NONE))
          .hasMessage("sequence 0 has 131 tokens, more than the context length of 130");
    }
  }

  /** An array for each output; stale contents must not shine through where nothing is computed. */
  private static float[][] arrays(Program program, PackedSequences batch) {
    float[][] arrays = new float[program.outputs().size()][];
    for (int o = 0; o < arrays.length; o++) {
      long length = Outputs.length(program, program.outputs().get(o), batch);
      arrays[o] = new float[Math.toIntExact(length)];
      Arrays.fill(arrays[o], Float.NaN);
    }
    return arrays;
  }

  @Test
  void aPassThatIsGivenUpWritesNothingAndLeavesTheLayerAsItWas() {
    AttentionConfig config = RandomLayers.config(new Random(SEED));
    float[][] sequences = RandomLayers.sequences(config, 6, 150, new Random(SEED));
    PackedSequences batch = PackedSequences.pack(sequences, config.dIn());
    float[] context = new float[batch.total() * config.dOut()];
    try (Prepared layer =
        backend.prepare(
            Program.attention(config), RandomLayers.weights(config, new Random(SEED)).tensors())) {
      float[] expected = run(layer, sequences);
      assertThatThrownBy(() -> layer.run(batch, Outputs.of(context), Dropout.NONE, () -> true))
          .isInstanceOf(PassCancelledException.class)
          .hasMessage("the forward pass was given up by its caller");
      assertThat(context).containsOnly(0f);
      assertThat(run(layer, sequences)).isEqualTo(expected);
    }
  }

  /** Asked for alone, without attention weights. */
  @ParameterizedTest
  @MethodSource("golden")
  void logSumExpsAgreeWithDoubleArithmetic(GoldenCase golden) {
    AttentionConfig config = golden.config();
    PackedSequences batch = golden.sequences();
    float[] context = new float[golden.expected().length];
    float[] expected = new float[batch.total() * config.numHeads()];
    float[] actual = new float[expected.length];
    new ReferenceProgram(Program.attention(config), golden.weights().tensors())
        .run(batch, Outputs.of(context, null, expected), Dropout.NONE);
    try (Prepared layer = backend.prepare(Program.attention(config), golden.weights().tensors())) {
      layer.run(batch, Outputs.of(context, null, actual), Dropout.NONE);
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i])
          .as("log-sum-exp %d", i)
          .isCloseTo(expected[i], within(2e-6f + 2e-6f * Math.abs(expected[i])));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7})
  void splittingABatchAnyhowChangesNoBit(int parts) {
    Random random = new Random(SEED + parts);
    AttentionConfig config = RandomLayers.config(random);
    AttentionWeights weights = RandomLayers.weights(config, random);
    float[][] sequences = RandomLayers.sequences(config, 40, 130, random);
    try (Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      float[] whole = run(layer, sequences);
      float[] joined = new float[0];
      for (int p = 0; p < parts; p++) {
        float[][] part =
            Arrays.copyOfRange(
                sequences, p * sequences.length / parts, (p + 1) * sequences.length / parts);
        joined = concat(joined, run(layer, part));
      }
      assertThat(joined).as("%s, seed %d", config, SEED + parts).isEqualTo(whole);
    }
  }

  @Test
  void changingFutureTokensNeverChangesEarlierOutputs() {
    AttentionConfig config = AttentionConfig.builder(24, 36).numHeads(3).build();
    try (Prepared layer =
        backend.prepare(
            Program.attention(config), RandomLayers.weights(config, new Random(SEED)).tensors())) {
      float[] sequence = RandomLayers.floats(120 * 24, 1, new Random(SEED));
      float[] before = run(layer, new float[][] {sequence});
      for (int kept : new int[] {1, 47, 48, 49, 100}) {
        float[] changed = sequence.clone();
        for (int i = kept * 24; i < changed.length; i++) {
          changed[i] = -3 * changed[i] + 1;
        }
        float[] after = run(layer, new float[][] {changed});
        assertThat(Arrays.copyOf(after, kept * 36)).isEqualTo(Arrays.copyOf(before, kept * 36));
        assertThat(after).isNotEqualTo(before);
      }
    }
  }

  @Test
  void theFirstTokenReturnsItsOwnValueVector() {
    AttentionConfig config = AttentionConfig.builder(8, 8).build();
    AttentionWeights weights = RandomLayers.weights(config, new Random(SEED));
    float[] sequence = RandomLayers.floats(5 * 8, 1, new Random(SEED));
    try (Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      float[] context = run(layer, new float[][] {sequence});
      for (int o = 0; o < 8; o++) {
        float value = 0;
        for (int j = 0; j < 8; j++) {
          value = Math.fma(weights.value().weight()[o * 8 + j], sequence[j], value);
        }
        assertThat(context[o]).isEqualTo(value);
      }
    }
  }

  @Test
  void aConstantValueIsPreserved() {
    AttentionConfig config = AttentionConfig.builder(6, 6).causal(false).build();
    AttentionWeights drawn = RandomLayers.weights(config, new Random(SEED));
    // The first embedding value is 1 in every token, and W_value passes only that one on.
    float[] value = new float[36];
    for (int o = 0; o < 6; o++) {
      value[o * 6] = o + 1;
    }
    AttentionWeights weights =
        new AttentionWeights(drawn.query(), drawn.key(), new Linear(value, null, 6, 6), null);
    float[] sequence = RandomLayers.floats(100 * 6, 1, new Random(SEED));
    for (int t = 0; t < 100; t++) {
      sequence[t * 6] = 1;
    }
    try (Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      float[] context = run(layer, new float[][] {sequence});
      for (int i = 0; i < context.length; i++) {
        assertThat(context[i]).isCloseTo(i % 6 + 1f, within(2e-6f * (i % 6 + 1)));
      }
    }
  }

  @Test
  void addingAConstantToAllScoresOfAQueryChangesNothingThatMatters() {
    // A key bias b adds q·b to each score of a query: the same constant for all of its keys.
    AttentionConfig config = AttentionConfig.builder(10, 10).qkvBias(true).build();
    AttentionWeights drawn = RandomLayers.weights(config, new Random(SEED));
    float[] shifted = drawn.key().bias().clone();
    for (int i = 0; i < shifted.length; i++) {
      shifted[i] += 0.5f;
    }
    AttentionWeights moved =
        new AttentionWeights(
            drawn.query(), new Linear(drawn.key().weight(), shifted, 10, 10), drawn.value(), null);
    float[][] sequence = {RandomLayers.floats(90 * 10, 1, new Random(SEED))};
    try (Prepared one = backend.prepare(Program.attention(config), drawn.tensors());
        Prepared other = backend.prepare(Program.attention(config), moved.tensors())) {
      Rows.assertClose(run(one, sequence), run(other, sequence), 10, 2e-6);
    }
  }

  @Test
  void largeFiniteScoresStayFinite() {
    AttentionConfig config = AttentionConfig.builder(4, 4).build();
    AttentionWeights weights = RandomLayers.weights(config, new Random(SEED));
    float[] sequence = RandomLayers.floats(60 * 4, 1e12f, new Random(SEED));
    try (Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      for (float value : run(layer, new float[][] {sequence})) {
        assertThat(value).isFinite();
      }
    }
  }

  @Test
  void overflowGivesNotANumberRatherThanAPlausibleValue() {
    AttentionConfig config = AttentionConfig.builder(2, 2).build();
    Linear ones = new Linear(new float[] {1, 1, 1, 1}, null, 2, 2);
    Linear minusOnes = new Linear(new float[] {-1, -1, -1, -1}, null, 2, 2);
    float[][] sequence = {{1e30f, 1e30f, 1e30f, 1e30f}};
    for (Linear key : new Linear[] {ones, minusOnes}) {
      try (Prepared layer =
          backend.prepare(
              Program.attention(config), new AttentionWeights(ones, key, ones, null).tensors())) {
        for (float value : run(layer, sequence)) {
          assertThat(value).isNaN();
        }
      }
    }
  }

  @Test
  void emptyBatchesAndEmptySequencesGiveEmptyOutputs() {
    AttentionConfig config = AttentionConfig.builder(3, 2).build();
    try (Prepared layer =
        backend.prepare(
            Program.attention(config), RandomLayers.weights(config, new Random(SEED)).tensors())) {
      assertThat(run(layer, new float[0][])).isEmpty();
      assertThat(run(layer, new float[3][0])).isEmpty();
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    AttentionConfig config = AttentionConfig.builder(3, 2).contextLength(4).build();
    AttentionWeights weights = RandomLayers.weights(config, new Random(SEED));
    AttentionConfig wider = AttentionConfig.builder(5, 2).build();
    assertThatThrownBy(() -> backend.prepare(Program.attention(wider), weights.tensors()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("W_query.weight must be [2, 5] by the configuration, but is [2, 3]");
    try (Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      PackedSequences five = PackedSequences.pack(new float[][] {new float[6], new float[15]}, 3);
      assertThatThrownBy(() -> layer.run(five, new float[100]))
          .hasMessage("sequence 1 has 5 tokens, more than the context length of 4");
      PackedSequences wide = PackedSequences.pack(new float[][] {new float[8]}, 4);
      assertThatThrownBy(() -> layer.run(wide, new float[100]))
          .hasMessage("a token must have 3 values (dIn), but has 4");
      PackedSequences two = PackedSequences.pack(new float[][] {new float[6]}, 3);
      assertThatThrownBy(() -> layer.run(two, new float[3]))
          .hasMessage("the batch has 4 context vectors values, but the array 3");
      assertThatThrownBy(() -> layer.run(two, Outputs.of(new float[4], new float[3]), Dropout.NONE))
          .hasMessage("the batch has 4 attention weights values, but the array 3");
      assertThatThrownBy(
              () -> layer.run(two, Outputs.of(new float[4], null, new float[1]), Dropout.NONE))
          .hasMessage("the batch has 2 log-sum-exp values, but the array 1");
      assertThatThrownBy(
              () -> layer.run(two, Outputs.of(new float[4]), Dropout.byKeys(1, new long[0], 0)))
          .hasMessage("dropout needs one key per sequence, but there are 0 keys for 1 sequences");
    }
  }

  public static float[] run(Prepared layer, float[][] sequences) {
    PackedSequences batch = PackedSequences.pack(sequences, layer.program().inputWidth());
    float[] context = new float[batch.total() * layer.program().outputWidth()];
    layer.run(batch, context);
    return context;
  }

  private static float[] concat(float[] a, float[] b) {
    float[] joined = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, joined, a.length, b.length);
    return joined;
  }
}
