package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Embed;
import io.github.sparkattention.kernels.Step.Map;
import io.github.sparkattention.kernels.Step.Normalize;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.Step.Rotate;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Step.Table;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Seeded random programs for the parity tests: embeddings or a projection first, then layers of
 * attention one after another, with norms, rotations, activations, gates and residuals between
 * them, outputs from anywhere, and scores at the end of some.
 *
 * @param program the program
 * @param tensors its weights
 */
record RandomProgram(Program program, Tensors tensors) {

  static RandomProgram draw(Random random) {
    return new Drawing(random).draw();
  }

  PackedSequences batch(int count, int longest, Random random) {
    int most = program.contextLength() == 0 ? longest : program.contextLength();
    int[] lengths = new int[count];
    for (int s = 0; s < count; s++) {
      lengths[s] = random.nextInt(6) == 0 ? 0 : random.nextInt(Math.min(longest, most) + 1);
    }
    if (program.readsIds()) {
      return ids(lengths, random);
    }
    float[][] sequences = new float[count][];
    for (int s = 0; s < count; s++) {
      sequences[s] = RandomLayers.floats(lengths[s] * program.inputWidth(), 1, random);
    }
    return PackedSequences.pack(sequences, program.inputWidth());
  }

  private PackedSequences ids(int[] lengths, Random random) {
    Embed embed = (Embed) program.steps().get(0);
    int[][] sequences = new int[lengths.length][];
    for (int s = 0; s < lengths.length; s++) {
      sequences[s] = random.ints(lengths[s], 0, embed.tokens().rows()).toArray();
    }
    PackedSequences batch = PackedSequences.packIds(sequences);
    if (embed.types() != null && random.nextBoolean()) {
      batch = batch.withTypes(random.ints(batch.total(), 0, embed.types().rows()).toArray());
    }
    if (random.nextBoolean()) {
      int vocabulary = embed.tokens().rows();
      batch = batch.withTargets(random.ints(batch.total(), -1, vocabulary).toArray());
    }
    return batch;
  }

  private static final class Drawing {
    private final Random random;
    private final List<Integer> slots = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private final List<Output> outputs = new ArrayList<>();
    private final Tensors.Builder tensors = Tensors.builder();
    private int contextLength;

    Drawing(Random random) {
      this.random = random;
    }

    RandomProgram draw() {
      int width = 1 + random.nextInt(70);
      boolean ids = random.nextBoolean();
      slots.add(ids ? Program.IDS : width);
      Table vocabulary = ids ? table("tokens", 1 + random.nextInt(9000), width) : null;
      int stream = ids ? embed(vocabulary, width) : project(Program.INPUT, Activation.NONE, width);
      int layers = 1 + random.nextInt(3);
      for (int layer = 0; layer < layers; layer++) {
        stream = layer(stream);
        if (random.nextBoolean()) {
          outputs.add(new Output.Values(stream));
        }
        stream = mlp(stream);
      }
      outputs.add(0, new Output.Values(project(stream, activation(), 1 + random.nextInt(100))));
      if (ids) {
        score(vocabulary, stream);
      }
      return new RandomProgram(new Program(slots, steps, outputs, contextLength), tensors.build());
    }

    private int embed(Table tokens, int width) {
      Table positions = null;
      if (random.nextBoolean()) {
        contextLength = 30 + random.nextInt(100);
        positions = table("positions", contextLength + random.nextInt(5), width);
      }
      Table types = random.nextBoolean() ? table("types", 1 + random.nextInt(3), width) : null;
      int to = slot(width);
      steps.add(new Embed(Program.INPUT, to, tokens, positions, types));
      return to;
    }

    private Table table(String name, int rows, int width) {
      tensors.matrix(name + ".weight", RandomLayers.floats(rows * width, 1, random), rows, width);
      return new Table(name, rows);
    }

    private int layer(int stream) {
      Heads heads = RandomLayers.config(random).heads();
      int from = random.nextBoolean() ? normalize(stream) : stream;
      int qkv = project(from, Activation.NONE, heads.dOut(), heads.kvWidth(), heads.kvWidth());
      if (heads.headDim() % 2 == 0 && random.nextInt(3) > 0) {
        Rotary.Scaling scaling =
            random.nextBoolean() ? new Rotary.Scaling(8, 1, 4, 1 + random.nextInt(60)) : null;
        Rotary rotary = new Rotary(heads.headDim(), 50 + random.nextInt(100), scaling);
        int turned = heads.numHeads() + (random.nextBoolean() ? heads.numKvHeads() : 0);
        steps.add(new Rotate(qkv, rotary, turned));
      }
      int joined = slot(heads.dOut());
      steps.add(new Attend(qkv, joined, heads));
      if (random.nextBoolean()) {
        outputs.add(new Output.AttentionWeights(steps.size() - 1));
      }
      if (random.nextBoolean()) {
        outputs.add(new Output.LogSumExp(steps.size() - 1));
      }
      return addTo(stream, joined);
    }

    private int mlp(int stream) {
      int hidden = 1 + random.nextInt(130);
      int from = random.nextBoolean() ? normalize(stream) : stream;
      int middle = project(from, activation(), hidden);
      if (random.nextBoolean()) {
        int to = random.nextBoolean() ? middle : slot(hidden);
        int residual = random.nextInt(3) == 0 ? middle : Step.NONE;
        steps.add(new Project(from, to, maps(from, hidden), activation(), middle, residual));
        middle = to;
      }
      return addTo(stream, middle);
    }

    private int normalize(int stream) {
      int width = slots.get(stream);
      Norm.Kind kind = random.nextBoolean() ? Norm.Kind.LAYER : Norm.Kind.RMS;
      Normalize step =
          new Normalize(stream, slot(width), "norm " + steps.size(), new Norm(kind, 1e-5f));
      tensors.vector(step.gainName(), RandomLayers.floats(width, 1, random));
      if (step.norm().hasShift()) {
        tensors.vector(step.shiftName(), RandomLayers.floats(width, 0.5f, random));
      }
      steps.add(step);
      return step.to();
    }

    private Activation activation() {
      List<Activation> all = List.copyOf(EnumSet.allOf(Activation.class));
      return all.get(random.nextInt(all.size()));
    }

    private void score(Table vocabulary, int stream) {
      Table table = vocabulary;
      if (random.nextBoolean()) {
        table = table("head", vocabulary.rows(), slots.get(stream));
      }
      int top = Math.min(vocabulary.rows(), random.nextInt(6));
      Score.Rows rows = random.nextBoolean() ? Score.Rows.EACH_TOKEN : Score.Rows.LAST_TOKEN;
      steps.add(new Score(stream, table, top, rows));
      outputs.add(new Output.LogProbability(steps.size() - 1));
      outputs.add(new Output.TopIds(steps.size() - 1));
      outputs.add(new Output.TopLogProbabilities(steps.size() - 1));
    }

    /** Adds to a slot, in its own place unless that is an output that must keep its values. */
    private int addTo(int stream, int from) {
      boolean keeps = outputs.contains(new Output.Values(stream)) || random.nextBoolean();
      int to = keeps ? slot(slots.get(stream)) : stream;
      List<Map> maps = maps(from, slots.get(stream));
      steps.add(new Project(from, to, maps, activation(), Step.NONE, stream));
      return to;
    }

    private int project(int from, Activation activation, int... widths) {
      int to = slot(IntStream.of(widths).sum());
      steps.add(new Project(from, to, maps(from, widths), activation, Step.NONE, Step.NONE));
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
