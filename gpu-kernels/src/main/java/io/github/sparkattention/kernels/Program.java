package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Map;
import io.github.sparkattention.kernels.Step.Project;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is computed on each sequence of a batch: steps over slots, where a slot holds a row for each
 * token. An attention layer is the smallest program.
 *
 * <p>A program is data: equal programs are equal, and with equal {@link Tensors} they have one
 * {@link Tensors#fingerprint}. Slot 0 holds the input, which no step writes.
 *
 * @param slots width of each slot, in values per token
 * @param steps the steps, in the order in which they run
 * @param outputs what the caller gets
 * @param contextLength longest sequence that is accepted, in tokens; 0 means no limit
 */
public record Program(
    List<Integer> slots, List<Step> steps, List<Output> outputs, int contextLength)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The slot of the input. */
  public static final int INPUT = 0;

  /**
   * Validates the components.
   *
   * @param slots the component {@link #slots}
   * @param steps the component {@link #steps}
   * @param outputs the component {@link #outputs}
   * @param contextLength the component {@link #contextLength}
   * @throws IllegalArgumentException if a step or an output contradicts the slots; the message
   *     names it
   */
  public Program {
    slots = List.copyOf(slots);
    steps = List.copyOf(steps);
    outputs = List.copyOf(outputs);
    if (contextLength < 0) {
      throw new IllegalArgumentException(
          "contextLength must be at least 0, but is " + contextLength);
    }
    Set<Integer> written = new TreeSet<>(Set.of(INPUT));
    for (int i = 0; i < steps.size(); i++) {
      check(i, steps.get(i), slots, written);
    }
    for (Output output : outputs) {
      check(output, steps, written);
    }
  }

  /**
   * The program of one attention layer. Its outputs are the context vectors, the attention weights
   * and the log-sum-exps; its tensors are those of {@link AttentionWeights#tensors}.
   *
   * @param config the settings of the layer
   * @return the program
   */
  public static Program attention(AttentionConfig config) {
    int projected = 1;
    int joined = 2;
    List<Integer> slots = new ArrayList<>();
    slots.add(config.dIn());
    Attend attend = new Attend(projected, joined, config.heads());
    slots.add(attend.fromWidth());
    slots.add(config.dOut());
    List<Step> steps = new ArrayList<>();
    steps.add(
        new Project(
            INPUT,
            projected,
            List.of(
                new Map(AttentionWeights.QUERY, config.dOut(), config.qkvBias()),
                new Map(AttentionWeights.KEY, config.kvWidth(), config.qkvBias()),
                new Map(AttentionWeights.VALUE, config.kvWidth(), config.qkvBias())),
            Step.NONE));
    steps.add(attend);
    int last = joined;
    if (config.outProjection()) {
      last = slots.size();
      slots.add(config.dOut());
      steps.add(
          new Project(
              joined,
              last,
              List.of(new Map(AttentionWeights.OUT, config.dOut(), true)),
              Step.NONE));
    }
    return new Program(
        slots,
        steps,
        List.of(new Output.Values(last), new Output.AttentionWeights(1), new Output.LogSumExp(1)),
        config.contextLength());
  }

  /**
   * The width of the input.
   *
   * @return values per token
   */
  public int inputWidth() {
    return slots.get(INPUT);
  }

  /**
   * The width of a slot.
   *
   * @param slot index of the slot
   * @return values per token
   */
  public int width(int slot) {
    return slots.get(slot);
  }

  /**
   * The width of the first output.
   *
   * @return values per token of the first {@link Output.Values}
   */
  public int outputWidth() {
    for (Output output : outputs) {
      if (output instanceof Output.Values values) {
        return width(values.slot());
      }
    }
    throw new IllegalStateException("the program hands over no slot");
  }

  /**
   * The step whose attention an output shows.
   *
   * @param step index of a {@link Step.Attend}
   * @return the step
   */
  public Attend attend(int step) {
    return (Attend) steps.get(step);
  }

  /**
   * The multiply-adds of a sequence, those that a mask hides included.
   *
   * @param numTokens length of the sequence
   * @return the sum over all steps
   */
  public long work(long numTokens) {
    long work = 0;
    for (Step step : steps) {
      if (step instanceof Project project) {
        work += numTokens * width(project.from()) * project.width();
      } else if (step instanceof Attend attend) {
        work += 2 * numTokens * numTokens * attend.heads().dOut();
      }
    }
    return work;
  }

  private static void check(int index, Step step, List<Integer> slots, Set<Integer> written) {
    require(
        written.contains(step.from()),
        "step %d reads slot %d, which none before it writes",
        index,
        step.from());
    require(
        step.to() > INPUT && step.to() < slots.size() && step.to() != step.from(),
        "step %d must write one of the slots 1 to %d, and not the one that it reads, but writes"
            + " slot %d",
        index,
        slots.size() - 1,
        step.to());
    if (step instanceof Project project) {
      require(!project.maps().isEmpty(), "step %d has no map", index);
      requireWidth(index, "writes", slots, step.to(), project.width());
      if (project.residual() != Step.NONE) {
        require(
            written.contains(project.residual()),
            "step %d adds slot %d, which none before it writes",
            index,
            project.residual());
        requireWidth(index, "adds", slots, project.residual(), project.width());
      }
    } else if (step instanceof Attend attend) {
      requireWidth(index, "reads", slots, step.from(), attend.fromWidth());
      requireWidth(index, "writes", slots, step.to(), attend.heads().dOut());
    }
    written.add(step.to());
  }

  private static void requireWidth(
      int step, String verb, List<Integer> slots, int slot, int width) {
    require(
        slots.get(slot) == width,
        "step %d %s slot %d, which must be %d wide, but is %d",
        step,
        verb,
        slot,
        width,
        slots.get(slot));
  }

  private static void check(Output output, List<Step> steps, Set<Integer> written) {
    if (output instanceof Output.Values values) {
      require(
          values.slot() != INPUT && written.contains(values.slot()),
          "an output asks for slot %d, which no step writes",
          values.slot());
    } else {
      int step =
          output instanceof Output.AttentionWeights weights
              ? weights.step()
              : ((Output.LogSumExp) output).step();
      require(
          step >= 0 && step < steps.size() && steps.get(step) instanceof Attend,
          "an output asks for the attention of step %d, which has none",
          step);
    }
  }

  private static void require(boolean holds, String message, Object... arguments) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(message, arguments));
    }
  }
}
