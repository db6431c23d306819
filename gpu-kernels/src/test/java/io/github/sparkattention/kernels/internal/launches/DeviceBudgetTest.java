package io.github.sparkattention.kernels.internal.launches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Rotary;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Step.Table;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.contract.ContractMath;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.internal.device.LaunchSize;
import io.github.sparkattention.kernels.internal.device.ProgramData;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceBudgetTest {
  private static final long AMPLE = Long.MAX_VALUE;

  /** A token takes 4 values, 12 projected ones, 4 of context and 2 of statistics: 88 bytes. */
  private static final ProgramData LAYER = layer(4, 1);

  private static final long TOKEN_BYTES = 88;
  private static final long WIDEST_BYTES = 48;

  private static ProgramData layer(int width, int heads) {
    AttentionConfig config = AttentionConfig.builder(width, width).numHeads(heads).build();
    return new ProgramData(Program.attention(config), SeededWeights.attention(config, 1).tensors());
  }

  private static LaunchSize tokens(long tokens) {
    return new LaunchSize(1, tokens, tokens, 0);
  }

  private static PackedSequences sequences(int... lengths) {
    float[][] sequences = new float[lengths.length][];
    for (int s = 0; s < lengths.length; s++) {
      sequences[s] = new float[lengths[s] * 4];
    }
    return PackedSequences.pack(sequences, 4);
  }

  @Test
  void whatFitsGoesInOneLaunch() {
    DeviceBudget budget = new DeviceBudget(AMPLE, AMPLE);
    assertThat(budget.fit(LAYER, sequences(3, 0, 50, 7), 0, true)).isEqualTo(4);
  }

  @Test
  void aBatchIsSplitWhereTheMemoryOfALaunchEnds() {
    DeviceBudget budget = new DeviceBudget(AMPLE, LAYER.weightBytes() + 10 * TOKEN_BYTES);
    PackedSequences batch = sequences(4, 6, 1, 9, 5, 0, 5);
    assertThat(budget.fit(LAYER, batch, 0, false)).isEqualTo(2);
    assertThat(budget.fit(LAYER, batch, 2, false)).isEqualTo(4);
    assertThat(budget.fit(LAYER, batch, 4, false)).isEqualTo(7);
  }

  @Test
  void aBatchIsSplitWhereItsLargestBufferEnds() {
    DeviceBudget budget = new DeviceBudget(10 * WIDEST_BYTES, AMPLE);
    assertThat(budget.fit(LAYER, sequences(4, 6, 1), 0, false)).isEqualTo(2);
    assertThat(budget.fit(LAYER, sequences(4, 7, 1), 0, false)).isEqualTo(1);
  }

  @Test
  void attentionWeightsCountOnlyWhereTheyAreWanted() {
    // Two heads of 10 x 10 weights are 800 bytes a sequence, more than its tokens take.
    DeviceBudget budget = new DeviceBudget(1600, AMPLE);
    PackedSequences batch = sequences(10, 10, 10);
    assertThat(budget.fit(layer(4, 2), batch, 0, true)).isEqualTo(2);
    assertThat(budget.fit(layer(4, 2), batch, 0, false)).isEqualTo(3);
  }

  @Test
  void aSequenceThatFillsTheBudgetStillFits() {
    assertThat(new DeviceBudget(10 * WIDEST_BYTES, AMPLE).fit(LAYER, sequences(10), 0, false))
        .isEqualTo(1);
    DeviceBudget total = new DeviceBudget(AMPLE, LAYER.weightBytes() + 10 * TOKEN_BYTES);
    assertThat(total.fit(LAYER, sequences(10), 0, false)).isEqualTo(1);
  }

  @Test
  void oneSequenceOverTheBufferIsRefusedWithTheBytes() {
    DeviceBudget budget = new DeviceBudget(10 * WIDEST_BYTES, AMPLE);
    assertThatThrownBy(() -> budget.fit(LAYER, sequences(2, 11), 1, false))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            "sequence 1 of the batch, of 11 tokens, needs a buffer of 528 bytes, and the device"
                + " allows 480; use backend 'auto' or 'threads'");
  }

  @Test
  void oneSequenceOverTheMemoryOfALaunchIsRefusedWithTheBytes() {
    DeviceBudget budget = new DeviceBudget(AMPLE, 1000);
    assertThat(LAYER.weightBytes()).isEqualTo(240);
    assertThatThrownBy(() -> budget.fit(LAYER, sequences(9), 0, false))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            "sequence 0 of the batch, of 9 tokens, needs 1,032 bytes, and a launch may take 1,000;"
                + " use backend 'auto' or 'threads'");
  }

  /** Four values a token, in a table of ids, a rotation and scores of two segments. */
  private static ProgramData scorer(Score.Rows rows) {
    Table table = new Table("ids", ContractMath.SEGMENT + 1);
    Program program =
        new Program(
            List.of(Program.IDS, 4),
            List.of(
                new Step.Embed(0, 1, table, null, null),
                new Step.Rotate(1, new Rotary(4, 100, null), 1),
                new Score(1, table, 2, rows)),
            List.of(new Output.LogProbability(2)),
            0);
    float[] values = new float[table.rows() * 4];
    return new ProgramData(
        program, Tensors.builder().matrix("ids.weight", values, table.rows(), 4).build());
  }

  @Test
  void idsRotationsAndPartsOfScoresCount() {
    ProgramData each = scorer(Score.Rows.EACH_TOKEN);
    ProgramData last = scorer(Score.Rows.LAST_TOKEN);
    // The table is there once.
    assertThat(each.weightBytes()).isEqualTo(4L * 4 * (ContractMath.SEGMENT + 1));
    LaunchSize size = new LaunchSize(3, 20, 11, 0);
    // Values, an id, a position and a target, and two parts of seven floats; rotations by length.
    assertThat(DeviceBudget.bytes(each, size) - each.weightBytes())
        .isEqualTo(4 * (20 * (4 + 3 + 14) + 11 * 4));
    // Parts of each sequence, and its last token.
    assertThat(DeviceBudget.bytes(last, size) - last.weightBytes())
        .isEqualTo(4 * (20 * (4 + 3) + 3 * (14 + 1) + 11 * 4));
  }

  @Test
  void aBatchIsSplitWhereThePartsOfItsScoresEnd() {
    DeviceBudget budget = new DeviceBudget(4 * 14 * 10, AMPLE);
    PackedSequences batch = PackedSequences.packIds(new int[4], new int[6], new int[0], new int[1]);
    assertThat(budget.fit(scorer(Score.Rows.EACH_TOKEN), batch, 0, false)).isEqualTo(3);
    assertThat(budget.fit(scorer(Score.Rows.LAST_TOKEN), batch, 0, false)).isEqualTo(4);
    assertThatThrownBy(
            () ->
                budget.fit(
                    scorer(Score.Rows.EACH_TOKEN), PackedSequences.packIds(new int[11]), 0, false))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            "sequence 0 of the batch, of 11 tokens, needs a buffer of 616 bytes, and the device"
                + " allows 560; use backend 'auto' or 'threads'");
  }

  @Test
  void scoresAreWork() {
    // 20,000,000 tokens of 16,324 multiply-adds are more than a launch should have.
    DeviceBudget budget = new DeviceBudget(AMPLE, AMPLE);
    PackedSequences batch = PackedSequences.packIds(new int[4_000_000], new int[4_000_000]);
    assertThat(budget.fit(scorer(Score.Rows.EACH_TOKEN), batch, 0, false)).isEqualTo(1);
    assertThat(budget.fit(scorer(Score.Rows.LAST_TOKEN), batch, 0, false)).isEqualTo(2);
  }

  @Test
  void weightsThatNoBufferHoldsAreRefusedWithTheBytes() {
    Program program = scorer(Score.Rows.EACH_TOKEN).program();
    new DeviceBudget(65_296, AMPLE).checkWeights(program);
    assertThatThrownBy(() -> new DeviceBudget(65_295, AMPLE).checkWeights(program))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            "the program's weights need a buffer of 65,296 bytes, and the device allows 65,295; use"
                + " backend 'auto' or 'threads'");
    Program large =
        new Program(
            List.of(Program.IDS, 1 << 30),
            List.of(new Step.Embed(0, 1, new Table("ids", 1 << 30), null, null)),
            List.of(new Output.Values(1)),
            0);
    assertThat(ProgramData.weightsLength(large)).isEqualTo(1L << 60);
  }

  @Test
  void noBufferIsLargerThanAnIntCanSay() {
    DeviceBudget budget = new DeviceBudget(AMPLE, AMPLE);
    assertThat(budget.refusal(LAYER, tokens(44_000_000))).isNull();
    assertThat(budget.refusal(LAYER, tokens(45_000_000)))
        .isEqualTo("needs a buffer of 2,160,000,000 bytes, and the device allows 2,147,482,623");
    // More tokens than any batch has, and more weights than an int can count.
    assertThat(budget.refusal(LAYER, tokens(1L << 40)))
        .startsWith("needs a buffer of 52,776,558,133,248");
    assertThatThrownBy(() -> budget.fit(LAYER, sequences(60_000), 0, true))
        .isInstanceOf(DeviceException.class)
        .hasMessage(
            "sequence 0 of the batch, of 60000 tokens, needs a buffer of 14,400,000,000 bytes, and"
                + " the device allows 2,147,482,623; use backend 'auto' or 'threads'");
  }

  @Test
  void launchesStayShortButTheLongestSequenceIsNotCut() {
    DeviceBudget budget = new DeviceBudget(AMPLE, AMPLE);
    // 100,000 tokens are 8·10¹⁰ multiply-adds here, and 120,000 more than a launch should have.
    PackedSequences batch = sequences(100_000, 100_000, 120_000, 120_000, 10, 10);
    assertThat(budget.fit(LAYER, batch, 0, false)).isEqualTo(1);
    assertThat(budget.fit(LAYER, batch, 1, false)).isEqualTo(2);
    assertThat(budget.fit(LAYER, batch, 2, false)).isEqualTo(3);
    assertThat(budget.fit(LAYER, batch, 3, false)).isEqualTo(4);
    assertThat(budget.fit(LAYER, batch, 4, false)).isEqualTo(6);
  }

  @Test
  void launchesThatMayRunAtOnceShareHalfOfTheDevice() {
    assertThat(DeviceBudget.of(1_000_000, 4_000_000, 2).refusal(LAYER, tokens(12_000)))
        .isEqualTo(
            "needs 1,056,240 bytes, and a launch may take 1,000,000, or 2,000,000 if"
                + " concurrentLaunches is 1");
    assertThat(DeviceBudget.of(1_000_000, 4_000_000, 1).refusal(LAYER, tokens(12_000))).isNull();
    assertThat(DeviceBudget.of(1_000_000, 4_000_000, 1).refusal(LAYER, tokens(21_000)))
        .isEqualTo("needs a buffer of 1,008,000 bytes, and the device allows 1,000,000");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1000000, 1",
    "1000, 1000000, 1062",
    "960, 4000, 1000",
    "1000, 4000, 1000",
    "520000000, 9000000000, 536870655"
  })
  void arraysGrowByASixteenthWithinABuffer(int size, long maxAllocation, int length) {
    assertThat(DeviceBudget.roomFor(size, maxAllocation)).isEqualTo(length);
  }
}
