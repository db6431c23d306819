package io.github.sparkattention.kernels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where a program's slots lie while it runs. Slots that are needed at the same time lie side by
 * side, and one takes the place of another that is not needed any more; those that are outputs lie
 * apart, since they are handed over.
 *
 * <p>Places are in floats per token: a slot at place p of n tokens begins at p · n. A backend may
 * run consecutive steps as one stage, block of tokens by block of tokens; what only one stage needs
 * then has room for the tokens of a block alone.
 */
public final class SlotPlan {
  /** Where a slot lies. */
  public enum Space {
    /** Among the tokens that the caller gave. */
    INPUT,

    /** Among the activations, which nobody sees but the program's own steps. */
    ACTIVATIONS,

    /** Among the activations of a block of tokens, which one stage writes and reads. */
    BLOCK,

    /** Among the values that are handed over. */
    RESULTS
  }

  private final Space[] spaces;
  private final int[] places;
  private final int activationWidth;
  private final int blockWidth;
  private final int resultWidth;

  private SlotPlan(
      Space[] spaces, int[] places, int activationWidth, int blockWidth, int resultWidth) {
    this.spaces = spaces;
    this.places = places;
    this.activationWidth = activationWidth;
    this.blockWidth = blockWidth;
    this.resultWidth = resultWidth;
  }

  /**
   * Finds a place for each slot of a program whose steps run one by one.
   *
   * @param program the program
   * @return the plan
   * @throws ArithmeticException if a token needs more floats than an int can count
   */
  public static SlotPlan of(Program program) {
    int[] stages = new int[program.steps().size()];
    Arrays.setAll(stages, step -> step);
    return of(program, stages);
  }

  /**
   * Finds a place for each slot of a program whose steps run in stages.
   *
   * @param program the program
   * @param stages for each step the stage that it belongs to, ascending; a stage of several steps
   *     has {@link Step#isTokenwise tokenwise} ones alone
   * @return the plan
   * @throws ArithmeticException if a token needs more floats than an int can count
   */
  public static SlotPlan of(Program program, int[] stages) {
    int count = program.slots().size();
    Space[] spaces = new Space[count];
    int[] places = new int[count];
    Arrays.fill(spaces, Space.ACTIVATIONS);
    spaces[Program.INPUT] = Space.INPUT;
    int resultWidth = 0;
    for (Output output : program.outputs()) {
      if (output instanceof Output.Values values && spaces[values.slot()] != Space.RESULTS) {
        spaces[values.slot()] = Space.RESULTS;
        places[values.slot()] = resultWidth;
        resultWidth = Math.addExact(resultWidth, program.width(values.slot()));
      }
    }
    int[] steps = new int[stages.length];
    Arrays.setAll(steps, step -> step);
    Lifetimes bySteps = new Lifetimes(program, steps);
    Lifetimes byStages = new Lifetimes(program, stages);
    for (int slot = 0; slot < count; slot++) {
      if (spaces[slot] == Space.ACTIVATIONS
          && byStages.isWithinOne(slot)
          && !bySteps.isWithinOne(slot)) {
        spaces[slot] = Space.BLOCK;
      }
    }
    int activationWidth = place(program, Space.ACTIVATIONS, spaces, places, byStages);
    int blockWidth = place(program, Space.BLOCK, spaces, places, bySteps);
    return new SlotPlan(spaces, places, activationWidth, blockWidth, resultWidth);
  }

  /** Finds places for the slots of a space, and returns their width together. */
  private static int place(
      Program program, Space space, Space[] spaces, int[] places, Lifetimes lifetimes) {
    int width = 0;
    List<Integer> placed = new ArrayList<>();
    for (int slot : lifetimes.inOrderOfWriting()) {
      if (spaces[slot] == space) {
        places[slot] = lowestFree(program, slot, placed, places, lifetimes);
        width = Math.max(width, Math.addExact(places[slot], program.width(slot)));
        placed.add(slot);
      }
    }
    return width;
  }

  /** The lowest place where a slot overlaps none that is needed at the same time. */
  private static int lowestFree(
      Program program, int slot, List<Integer> placed, int[] places, Lifetimes lifetimes) {
    List<Integer> neighbours =
        placed.stream()
            .filter(other -> lifetimes.overlap(slot, other))
            .sorted((a, b) -> Integer.compare(places[a], places[b]))
            .toList();
    int place = 0;
    for (int other : neighbours) {
      if (Math.addExact(place, program.width(slot)) <= places[other]) {
        return place;
      }
      place = Math.max(place, Math.addExact(places[other], program.width(other)));
    }
    return place;
  }

  /** From the first step or stage that writes a slot to the last that uses it. */
  private static final class Lifetimes {
    private final int[] first;
    private final int[] last;

    /** Takes the time of each step. */
    Lifetimes(Program program, int[] times) {
      first = new int[program.slots().size()];
      last = new int[program.slots().size()];
      Arrays.fill(first, Integer.MAX_VALUE);
      Arrays.fill(last, -1);
      for (int i = 0; i < times.length; i++) {
        Step step = program.steps().get(i);
        for (int slot : step.reads()) {
          last[slot] = times[i];
        }
        if (step.to() != Step.NONE) {
          first[step.to()] = Math.min(first[step.to()], times[i]);
          last[step.to()] = times[i];
        }
      }
    }

    boolean isWithinOne(int slot) {
      return first[slot] == last[slot];
    }

    List<Integer> inOrderOfWriting() {
      List<Integer> slots = new ArrayList<>();
      for (int slot = 0; slot < first.length; slot++) {
        if (first[slot] != Integer.MAX_VALUE) {
          slots.add(slot);
        }
      }
      slots.sort((a, b) -> Integer.compare(first[a], first[b]));
      return slots;
    }

    /** A step reads while it writes, so a slot's last step and another's first may not coincide. */
    boolean overlap(int a, int b) {
      return first[a] <= last[b] && first[b] <= last[a];
    }
  }

  /**
   * The space of a slot.
   *
   * @param slot index of the slot
   * @return where it lies
   */
  public Space space(int slot) {
    return spaces[slot];
  }

  /**
   * The place of a slot in its space.
   *
   * @param slot index of the slot
   * @return floats per token before it
   */
  public int place(int slot) {
    return places[slot];
  }

  /**
   * The size of the activations.
   *
   * @return floats per token
   */
  public int activationWidth() {
    return activationWidth;
  }

  /**
   * The size of the activations of a block of tokens.
   *
   * @return floats per token of the block
   */
  public int blockWidth() {
    return blockWidth;
  }

  /**
   * The size of the values that are handed over.
   *
   * @return floats per token
   */
  public int resultWidth() {
    return resultWidth;
  }
}
