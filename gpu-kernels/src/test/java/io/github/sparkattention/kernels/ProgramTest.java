package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.SlotPlan.Space;
import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Embed;
import io.github.sparkattention.kernels.Step.Map;
import io.github.sparkattention.kernels.Step.Normalize;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.Step.Rotate;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Step.Score.Rows;
import io.github.sparkattention.kernels.Step.Table;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

class ProgramTest {
  private static final Heads HEADS = AttentionConfig.builder(4, 4).numHeads(2).build().heads();

  @Test
  void aLayerIsTheSmallestProgram() {
    AttentionConfig config = AttentionConfig.builder(6, 4).numHeads(2).outProjection(true).build();
    Program program = Program.attention(config);
    assertThat(program.slots()).containsExactly(6, 12, 4, 4);
    assertThat(program.steps()).hasSize(3);
    assertThat(program).isEqualTo(Program.attention(config));
    assertThat(program.inputWidth()).isEqualTo(6);
    assertThat(program.outputWidth()).isEqualTo(4);
    // Queries, keys and values, both products of attention, and the output projection.
    assertThat(program.work(5)).isEqualTo(5 * 6 * 12 + 2 * 5 * 5 * 4 + 5 * 4 * 4);
  }

  @Test
  void stepsThatContradictTheSlotsAreRefusedByName() {
    List<Integer> slots = List.of(4, 12, 4);
    Project qkv = project(0, 1, 12, Step.NONE);
    refused(slots, List.of(project(1, 2, 4, Step.NONE)))
        .hasMessage("step 0 reads slot 1, which none before it writes");
    refused(slots, List.of(project(0, 0, 4, Step.NONE)))
        .hasMessage(
            "step 0 must write one of the slots 1 to 2, and not the one that it reads, but writes"
                + " slot 0");
    refused(slots, List.of(project(0, 2, 5, Step.NONE)))
        .hasMessage("step 0 writes slot 2, which must be 5 wide, but is 4");
    refused(slots, List.of(qkv, project(0, 2, 4, 1)))
        .hasMessage("step 1 adds slot 1, which must be 4 wide, but is 12");
    refused(slots, List.of(new Project(0, 1, List.of(), Step.NONE)))
        .hasMessage("step 0 has no map");
    refused(List.of(4, 11, 4), List.of(project(0, 1, 11, Step.NONE), new Attend(1, 2, HEADS)))
        .hasMessage("step 1 reads slot 1, which must be 12 wide, but is 11");
    assertThatThrownBy(() -> new Program(slots, List.of(qkv), List.of(new Output.Values(2)), 0))
        .hasMessage("an output asks for slot 2, which no step writes");
    assertThatThrownBy(() -> new Program(slots, List.of(qkv), List.of(new Output.LogSumExp(0)), 0))
        .hasMessage("an output asks for the attention of step 0, which has none");
    assertThatThrownBy(() -> new Program(slots, List.of(qkv), List.of(), -1))
        .hasMessage("contextLength must be at least 0, but is -1");
  }

  @Test
  void stepsOfWholeModelsThatContradictTheSlotsAreRefusedByName() {
    List<Integer> ids = List.of(Program.IDS, 6, 6, 8);
    Embed embed = new Embed(0, 1, new Table("tokens", 9), null, null);
    Norm norm = new Norm(Norm.Kind.LAYER, 1e-5f);
    Normalize normalize = new Normalize(1, 2, "norm", norm);
    refused(List.of(4, 0), List.of()).hasMessage("slot 1 must be at least 1 wide, but is 0");
    refused(List.of(4, 4), List.of(new Embed(0, 1, new Table("tokens", 9), null, null)))
        .hasMessage("step 0 must read embeddings, unless it embeds ids");
    refused(ids, List.of(project(0, 1, 6, Step.NONE)))
        .hasMessage("step 0 must read embeddings, unless it embeds ids");
    refused(ids, List.of(new Embed(0, 1, new Table("tokens", 0), null, null)))
        .hasMessage("step 0 has a table 'tokens' of 0 rows");
    refused(ids, List.of(new Embed(0, 1, new Table("tokens", 9), new Table("positions", 5), null)))
        .hasMessage("step 0 has 5 positions, so contextLength must be from 1 to that, but is 0");
    refused(ids, List.of(embed, new Normalize(1, 3, "norm", norm)))
        .hasMessage("step 1 writes slot 3, which must be 6 wide, but is 8");
    List<Map> up = List.of(new Map("up", 8, false));
    refused(ids, List.of(embed, new Project(1, 3, up, Activation.SILU, 2, Step.NONE)))
        .hasMessage("step 1 reads slot 2, which none before it writes");
    refused(ids, List.of(embed, normalize, new Project(1, 3, up, Activation.SILU, 2, Step.NONE)))
        .hasMessage("step 2 multiplies by slot 2, which must be 8 wide, but is 6");
    refused(ids, List.of(embed, new Rotate(1, new Rotary(4, 10_000, null), 2)))
        .hasMessage("step 1 turns 2 heads of 4 values, but slot 1 is 6 wide");
    refused(ids, List.of(embed, new Score(1, new Table("tokens", 9), 10, Rows.EACH_TOKEN)))
        .hasMessage("step 1 must keep 0 to 9 of the most probable ids, but keeps 10");
    refused(ids, List.of(embed, new Score(1, new Table("head", 1 << 25), 1, Rows.EACH_TOKEN)))
        .hasMessage("step 1 scores 33554432 ids, more than 16777216");
    refused(ids, List.of(embed, new Score(1, new Table("tokens", 8), 1, Rows.EACH_TOKEN)))
        .hasMessage("the tensor 'tokens.weight' is [9, 6] to one step, and [8, 6] to another");
    assertThatThrownBy(() -> new Program(ids, List.of(embed), List.of(new Output.TopIds(0)), 0))
        .hasMessage("an output asks for the probabilities of step 0, which has none");
  }

  @Test
  void whatOneStageNeedsHasRoomForABlockOfTokensAlone() {
    Program program =
        new Program(
            List.of(4, 4, 12, 4, 4, 16, 4),
            List.of(
                project(0, 1, 4, Step.NONE),
                project(1, 2, 12, Step.NONE),
                new Attend(2, 3, HEADS),
                project(3, 4, 4, 1),
                project(4, 5, 16, Step.NONE),
                project(5, 6, 4, 4)),
            List.of(new Output.Values(6)),
            0);
    SlotPlan plan = SlotPlan.of(program, new int[] {0, 0, 1, 2, 2, 2});
    assertThat(plan.space(1)).isEqualTo(Space.ACTIVATIONS);
    assertThat(plan.space(2)).isEqualTo(Space.ACTIVATIONS);
    assertThat(plan.space(3)).isEqualTo(Space.ACTIVATIONS);
    assertThat(plan.space(4)).isEqualTo(Space.BLOCK);
    assertThat(plan.space(5)).isEqualTo(Space.BLOCK);
    assertThat(plan.space(6)).isEqualTo(Space.RESULTS);
    assertThat(plan.activationWidth()).isEqualTo(4 + 12 + 4);
    assertThat(plan.blockWidth()).isEqualTo(4 + 16);
  }

  @Test
  void aSlotTakesThePlaceOfOneThatIsNotNeededAnyMore() {
    // Two layers of attention with a residual stream: slot 1, and 4 after it.
    Program program =
        new Program(
            List.of(4, 4, 12, 4, 4, 12, 4, 4),
            List.of(
                project(0, 1, 4, Step.NONE),
                project(1, 2, 12, Step.NONE),
                new Attend(2, 3, HEADS),
                project(3, 4, 4, 1),
                project(4, 5, 12, Step.NONE),
                new Attend(5, 6, HEADS),
                project(6, 7, 4, 4)),
            List.of(new Output.Values(7)),
            0);
    SlotPlan plan = SlotPlan.of(program);
    assertThat(plan.space(0)).isEqualTo(Space.INPUT);
    assertThat(plan.space(7)).isEqualTo(Space.RESULTS);
    assertThat(plan.resultWidth()).isEqualTo(4);
    // The stream, queries with keys and values, and the joined heads: no layer adds to that.
    assertThat(plan.activationWidth()).isEqualTo(4 + 12 + 4);
    assertThat(plan.place(1)).isZero();
    assertThat(plan.place(2)).isEqualTo(4);
    assertThat(plan.place(3)).isEqualTo(16);
    assertThat(plan.place(4)).isEqualTo(4);
  }

  private static Project project(int from, int to, int width, int residual) {
    return new Project(from, to, List.of(new Map("map to " + to, width, false)), residual);
  }

  private static AbstractThrowableAssert<?, ?> refused(List<Integer> slots, List<Step> steps) {
    return assertThatThrownBy(() -> new Program(slots, steps, List.of(), 0));
  }
}
