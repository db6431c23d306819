package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Map;
import io.github.sparkattention.kernels.Step.Project;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Seeded random programs for the parity tests: layers of attention one after another, with
 * projections and residuals between them, and outputs from anywhere.
 *
 * @param program the program
 * @param tensors its weights
 */
record RandomProgram(Program program, Tensors tensors) {

  static RandomProgram draw(Random random) {
    return new Drawing(random).draw();
  }

  PackedSequences batch(int count, int longest, Random random) {
    float[][] sequences = new float[count][];
    for (int s = 0; s < count; s++) {
      int length = random.nextInt(6) == 0 ? 0 : random.nextInt(longest + 1);
      sequences[s] = RandomLayers.floats(length * program.inputWidth(), 1, random);
    }
    return PackedSequences.pack(sequences, program.inputWidth());
  }

  private static final class Drawing {
    private final Random random;
    private final List<Integer> slots = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Output> outputs = new ArrayList<>();
    private final Tensors.Builder tensors = Tensors.builder();

    Drawing(Random random) {
      this.random = random;
    }

    RandomProgram draw() {
      int width = 1 + random.nextInt(70);
      slots.add(width);
      int stream = project(Program.INPUT, Step.NONE, width);
      int layers = 1 + random.nextInt(3);
      for (int layer = 0; layer < layers; layer++) {
        Heads heads = RandomLayers.config(random).heads();
        int qkv = project(stream, Step.NONE, heads.dOut(), heads.kvWidth(), heads.kvWidth());
        int joined = slot(heads.dOut());
        steps.add(new Attend(qkv, joined, heads));
        if (random.nextBoolean()) {
          outputs.add(new Output.AttentionWeights(steps.size() - 1));
        }
        if (random.nextBoolean()) {
          outputs.add(new Output.LogSumExp(steps.size() - 1));
        }
        stream = random.nextBoolean() ? addTo(stream, joined) : project(joined, stream, width);
        if (random.nextBoolean()) {
          outputs.add(new Output.Values(stream));
        }
      }
      outputs.add(0, new Output.Values(project(stream, Step.NONE, 1 + random.nextInt(100))));
      return new RandomProgram(new Program(slots, steps, outputs, 0), tensors.build());
    }

    /** Adds to a slot in its own place, unless it is an output that must keep its values. */
    private int addTo(int stream, int from) {
      int to = outputs.contains(new Output.Values(stream)) ? slot(slots.get(stream)) : stream;
      steps.add(new Project(from, to, maps(from, slots.get(stream)), stream));
      return to;
    }

    private int project(int from, int residual, int... widths) {
      int to = slot(IntStream.of(widths).sum());
      steps.add(new Project(from, to, maps(from, widths), residual));
      return to;
    }

    private List<Map> maps(int from, int... widths) {
      List<Map> maps = new ArrayList<>();
      for (int width : widths) {
        Map map = new Map("map " + steps.size() + "." + maps.size(), width, random.nextBoolean());
        int in = slots.get(from);
        float spread = (float) (1 / Math.sqrt(in));
        float[] weight = RandomLayers.floats(width * in, spread, random);
        float[] bias = map.bias() ? RandomLayers.floats(width, 0.3f, random) : null;
        tensors.linear(map.name(), new Linear(weight, bias, width, in));
        maps.add(map);
      }
      return maps;
    }

    private int slot(int width) {
      slots.add(width);
      return slots.size() - 1;
    }
  }
}
