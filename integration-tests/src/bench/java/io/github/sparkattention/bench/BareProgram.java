package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Project;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A model's projections and attention alone, on embeddings: without norms, activations, gates,
 * rotations and residuals, so that a run beside the model's shows what these cost.
 */
final class BareProgram {
  private static final long SEED = 5;

  private BareProgram() {}

  static Program of(Program program) {
    List<Integer> slots = new ArrayList<>(program.slots());
    Map<Integer, Integer> inPlaceOf = new HashMap<>();
    List<Step> steps = new ArrayList<>();
    int width = 0;
    for (Step step : program.steps()) {
      int from = inPlaceOf.getOrDefault(step.from(), step.from());
      if (step instanceof Project project) {
        // A projection may not read what it writes, as it might where a residual stood between.
        int to = from == project.to() ? slot(slots, project.width()) : project.to();
        steps.add(new Project(from, to, project.maps()));
        inPlaceOf.put(project.to(), to);
      } else if (step instanceof Attend attend) {
        steps.add(new Attend(from, attend.to(), attend.heads()));
        inPlaceOf.put(attend.to(), attend.to());
      } else if (step instanceof Step.Embed) {
        width = program.width(step.to());
        slots.set(Program.INPUT, width);
        inPlaceOf.put(step.to(), Program.INPUT);
      } else if (step.to() != Step.NONE && step.to() != step.from()) {
        inPlaceOf.put(step.to(), from);
      }
    }
    int last = steps.get(steps.size() - 1).to();
    return new Program(slots, steps, List.of(new Output.Values(last)), program.contextLength());
  }

  private static int slot(List<Integer> slots, int width) {
    slots.add(width);
    return slots.size() - 1;
  }

  /** Random embeddings in place of a batch's ids. */
  static PackedSequences embeddings(PackedSequences batch, int width) {
    SplittableRandom random = new SplittableRandom(SEED);
    float[][] sequences = new float[batch.count()][];
    for (int s = 0; s < sequences.length; s++) {
      sequences[s] = new float[batch.length(s) * width];
      for (int i = 0; i < sequences[s].length; i++) {
        sequences[s][i] = (float) random.nextGaussian();
      }
    }
    return PackedSequences.pack(sequences, width);
  }
}
