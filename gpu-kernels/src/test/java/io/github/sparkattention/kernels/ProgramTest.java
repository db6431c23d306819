package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.SlotPlan.Space;
import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Map;
import io.github.sparkattention.kernels.Step.Project;
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
    return new Project(from, to, List.of(new Map("map", width, false)), residual);
  }

  private static AbstractThrowableAssert<?, ?> refused(List<Integer> slots, List<Step> steps) {
    return assertThatThrownBy(() -> new Program(slots, steps, List.of(), 0));
  }
}
