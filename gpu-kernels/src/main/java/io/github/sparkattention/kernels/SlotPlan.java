package io.github.sparkattention.kernels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Where a program's slots lie while it runs. Slots that are needed at the same time lie side by
 * side, and one takes the place of another that is not needed any more; those that are outputs lie
 * apart, since they are handed over.
 *
 * <p>Places are in floats per token: a slot at place p of a batch of n tokens begins at p · n.
 */
public final class SlotPlan {
  /** Where a slot lies. */
  public enum Space {
    /** Among the tokens that the caller gave. */
    INPUT,

    /** Among the activations, which nobody sees but the program's own steps. */
    ACTIVATIONS,

    /** Among the values that are handed over. */
    RESULTS
  }

  private final Space[] spaces;
  private final int[] places;
  private final int activationWidth;
  private final int resultWidth;

  private SlotPlan(Space[] spaces, int[] places, int activationWidth, int resultWidth) {
    this.spaces = spaces;
    this.places = places;
    this.activationWidth = activationWidth;
    this.resultWidth = resultWidth;
  }

  /**
   * Finds a place for each slot of a program.
   *
   * @param program the program
   * @return the plan
   * @throws ArithmeticException if a token needs more floats than an int can count
   */
  public static SlotPlan of(Program program) {
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
    int activationWidth = 0;
    List<Integer> placed = new ArrayList<>();
    Lifetimes lifetimes = new Lifetimes(program);
    for (int slot : lifetimes.inOrderOfWriting()) {
      if (spaces[slot] == Space.ACTIVATIONS) {
        places[slot] = lowestFree(program, slot, placed, places, lifetimes);
        activationWidth =
            Math.max(activationWidth, Math.addExact(places[slot], program.width(slot)));
        placed.add(slot);
      }
    }
    return new SlotPlan(spaces, places, activationWidth, resultWidth);
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

  /** The steps from the first that writes a slot to the last that uses it. */
  private static final class Lifetimes {
    private final int[] first;
    private final int[] last;

    Lifetimes(Program program) {
      first = new int[program.slots().size()];
      last = new int[program.slots().size()];
      Arrays.fill(first, Integer.MAX_VALUE);
      Arrays.fill(last, -1);
      for (int i = 0; i < program.steps().size(); i++) {
        Step step = program.steps().get(i);
        last[step.from()] = i;
        first[step.to()] = Math.min(first[step.to()], i);
        last[step.to()] = i;
        if (step instanceof Step.Project project && project.residual() != Step.NONE) {
          last[project.residual()] = i;
        }
      }
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
   * The size of the values that are handed over.
   *
   * @return floats per token
   */
  public int resultWidth() {
    return resultWidth;
  }
}
