package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Embed;
import io.github.sparkattention.kernels.Step.Normalize;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.Step.Rotate;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Step.Table;
import io.github.sparkattention.kernels.Tensors.Shape;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is computed on each sequence of a batch: steps over slots, where a slot holds a row for each
 * token. An attention layer is the smallest program.
 *
 * <p>A program is data: equal programs are equal, and with equal {@link Tensors} they have one
 * {@link Tensors#fingerprint}. Slot 0 holds the input, which no step writes: embeddings, or, where
 * its width is {@link #IDS}, ids, which an {@link Embed} turns into embeddings.
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

  /** The width of an input of ids. */
  public static final int IDS = 0;

  /**
   * Validates the components.
   *
   * @param slots the component {@link #slots}
   * @param steps the component {@link #steps}
   * @param outputs the component {@link #outputs}
   * @param contextLength the component {@link #contextLength}
   * @throws IllegalArgumentException if a step or an output contradicts the slots, or two steps ask
   *     for one tensor in different shapes; the message names them
   */
  public Program {
    slots = List.copyOf(slots);
    steps = List.copyOf(steps);
    outputs = List.copyOf(outputs);
    if (contextLength < 0) {
      throw new IllegalArgumentException(
          "contextLength must be at least 0, but is " + contextLength);
    }
    for (int slot = 0; slot < slots.size(); slot++) {
      require(
          slots.get(slot) >= (slot == INPUT ? IDS : 1),
          "slot %d must be at least 1 wide, but is %d",
          slot,
          slots.get(slot));
    }
    Set<Integer> written = new TreeSet<>(Set.of(INPUT));
    for (int i = 0; i < steps.size(); i++) {
      check(i, steps.get(i), slots, written, contextLength);
    }
    tensors(slots, steps);
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
                new Step.Map(AttentionWeights.QUERY, config.dOut(), config.qkvBias()),
                new Step.Map(AttentionWeights.KEY, config.kvWidth(), config.qkvBias()),
                new Step.Map(AttentionWeights.VALUE, config.kvWidth(), config.qkvBias()))));
    steps.add(attend);
    int last = joined;
    if (config.outProjection()) {
      last = slots.size();
      slots.add(config.dOut());
      steps.add(
          new Project(
              joined, last, List.of(new Step.Map(AttentionWeights.OUT, config.dOut(), true))));
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
   * @return values per token; {@link #IDS} where tokens are ids
   */
  public int inputWidth() {
    return slots.get(INPUT);
  }

  /**
   * Whether tokens are ids.
   *
   * @return false where they are embeddings
   */
  public boolean readsIds() {
    return inputWidth() == IDS;
  }

  /**
   * The number of ids that there are, where tokens are ids.
   *
   * @return rows of the table that embeds them
   * @throws IllegalStateException if the program embeds no ids
   */
  public int vocabulary() {
    for (Step step : steps) {
      if (step instanceof Embed embed) {
        return embed.tokens().rows();
      }
    }
    throw new IllegalStateException("the program embeds no ids");
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
   * The step whose probabilities an output shows.
   *
   * @param step index of a {@link Step.Score}
   * @return the step
   */
  public Score score(int step) {
    return (Score) steps.get(step);
  }

  /**
   * The multiply-adds of a sequence, those that a mask hides included.
   *
   * @param numTokens length of the sequence
   * @return the sum over all steps that multiply matrices
   */
  public long work(long numTokens) {
    long work = 0;
    for (Step step : steps) {
      if (step instanceof Project project) {
        work += numTokens * width(project.from()) * project.width();
      } else if (step instanceof Attend attend) {
        work += 2 * numTokens * numTokens * attend.heads().dOut();
      } else if (step instanceof Score score) {
        long rows = score.rows() == Score.Rows.EACH_TOKEN ? numTokens : 1;
        work += rows * width(score.from()) * score.table().rows();
      }
    }
    return work;
  }

  /**
   * The tensors that the steps ask for.
   *
   * @return shapes by name, in the order in which steps first ask for them
   */
  public Map<String, Shape> tensors() {
    return tensors(slots, steps);
  }

  private static Map<String, Shape> tensors(List<Integer> slots, List<Step> steps) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    for (Step step : steps) {
      if (step instanceof Embed embed) {
        int width = slots.get(embed.to());
        ask(shapes, embed.tokens(), width);
        ask(shapes, embed.positions(), width);
        ask(shapes, embed.types(), width);
      } else if (step instanceof Normalize normalize) {
        int width = slots.get(normalize.to());
        ask(shapes, normalize.gainName(), Shape.vector(width));
        if (normalize.norm().hasShift()) {
          ask(shapes, normalize.shiftName(), Shape.vector(width));
        }
      } else if (step instanceof Project project) {
        for (Step.Map map : project.maps()) {
          ask(shapes, map.weightName(), Shape.matrix(map.outFeatures(), slots.get(project.from())));
          if (map.bias()) {
            ask(shapes, map.biasName(), Shape.vector(map.outFeatures()));
          }
        }
      } else if (step instanceof Score score) {
        ask(shapes, score.table(), slots.get(score.from()));
      }
    }
    return Collections.unmodifiableMap(shapes);
  }

  private static void ask(Map<String, Shape> shapes, Table table, int width) {
    if (table != null) {
      ask(shapes, table.weightName(), Shape.matrix(table.rows(), width));
    }
  }

  private static void ask(Map<String, Shape> shapes, String name, Shape shape) {
    Shape before = shapes.putIfAbsent(name, shape);
    require(
        before == null || before.equals(shape),
        "the tensor '%s' is %s to one step, and %s to another",
        name,
        before,
        shape);
  }

  private static void check(
      int index, Step step, List<Integer> slots, Set<Integer> written, int contextLength) {
    for (int slot : step.reads()) {
      require(
          written.contains(slot),
          "step %d reads slot %d, which none before it writes",
          index,
          slot);
    }
    require(
        step instanceof Embed == (step.from() == INPUT && slots.get(INPUT) == IDS),
        "step %d must read embeddings, unless it embeds ids",
        index);
    if (!(step instanceof Score)) {
      boolean inPlace = step instanceof Rotate;
      require(
          step.to() > INPUT && step.to() < slots.size() && (inPlace || step.to() != step.from()),
          "step %d must write one of the slots 1 to %d, and not the one that it reads, but writes"
              + " slot %d",
          index,
          slots.size() - 1,
          step.to());
      written.add(step.to());
    }
    if (step instanceof Embed embed) {
      check(index, embed.tokens());
      if (embed.types() != null) {
        check(index, embed.types());
      }
      if (embed.positions() != null) {
        require(
            contextLength > 0 && contextLength <= embed.positions().rows(),
            "step %d has %d positions, so contextLength must be from 1 to that, but is %d",
            index,
            embed.positions().rows(),
            contextLength);
      }
    } else if (step instanceof Normalize) {
      requireWidth(index, "writes", slots, step.to(), slots.get(step.from()));
    } else if (step instanceof Project project) {
      require(!project.maps().isEmpty(), "step %d has no map", index);
      requireWidth(index, "writes", slots, step.to(), project.width());
      if (project.gate() != Step.NONE) {
        requireWidth(index, "multiplies by", slots, project.gate(), project.width());
      }
      if (project.residual() != Step.NONE) {
        requireWidth(index, "adds", slots, project.residual(), project.width());
      }
    } else if (step instanceof Rotate rotate) {
      require(
          rotate.numHeads() >= 1 && rotate.width() <= slots.get(step.to()),
          "step %d turns %d heads of %d values, but slot %d is %d wide",
          index,
          rotate.numHeads(),
          rotate.rotary().headDim(),
          step.to(),
          slots.get(step.to()));
    } else if (step instanceof Attend attend) {
      requireWidth(index, "reads", slots, step.from(), attend.fromWidth());
      requireWidth(index, "writes", slots, step.to(), attend.heads().dOut());
    } else if (step instanceof Score score) {
      check(index, score.table());
      require(
          score.table().rows() <= Score.MOST_IDS,
          "step %d scores %d ids, more than %d",
          index,
          score.table().rows(),
          Score.MOST_IDS);
      int most = Math.min(Score.MOST_TOP, score.table().rows());
      require(
          score.top() >= 0 && score.top() <= most,
          "step %d must keep 0 to %d of the most probable ids, but keeps %d",
          index,
          most,
          score.top());
    }
  }

  private static void check(int index, Table table) {
    require(
        table.rows() >= 1,
        "step %d has a table '%s' of %d rows",
        index,
        table.name(),
        table.rows());
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
    } else if (output instanceof Output.AttentionWeights weights) {
      requireAttention(weights.step(), steps);
    } else if (output instanceof Output.LogSumExp logSumExp) {
      requireAttention(logSumExp.step(), steps);
    } else if (output instanceof Output.LogProbability probability) {
      requireScore(probability.step(), steps);
    } else if (output instanceof Output.TopIds ids) {
      requireScore(ids.step(), steps);
    } else if (output instanceof Output.TopLogProbabilities probabilities) {
      requireScore(probabilities.step(), steps);
    }
  }

  private static void requireAttention(int step, List<Step> steps) {
    require(
        step >= 0 && step < steps.size() && steps.get(step) instanceof Attend,
        "an output asks for the attention of step %d, which has none",
        step);
  }

  private static void requireScore(int step, List<Step> steps) {
    require(
        step >= 0 && step < steps.size() && steps.get(step) instanceof Score,
        "an output asks for the probabilities of step %d, which has none",
        step);
  }

  private static void require(boolean holds, String message, Object... arguments) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(message, arguments));
    }
  }
}
