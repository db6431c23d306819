package io.github.sparkattention.bench;

import io.github.sparkattention.MiniLm;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The whole run of {@code bin/bench model}.
 *
 * @param threads the threads of every contender
 * @param rounds how the runs are timed
 */
record ModelComparison(int threads, Rounds rounds) {
  private static final int ROWS = 32;
  private static final long SEED = 123;

  /** The encoder beside ONNX Runtime on the same file. */
  List<ModelResult> miniLm(List<ModelCase> cases, Path folder)
      throws IOException, InterruptedException {
    MiniLm.write(folder);
    Path file = folder.resolve(OnnxEncoder.FILE);
    Checkpoint checkpoint = Checkpoint.open(folder);
    ModelConfig config = checkpoint.config();
    Program program = config.vectors();
    Tensors tensors = checkpoint.read(program).tensors();
    int width = config.width();
    try (OurModel ours = new OurModel(Ours.NAME, program, tensors, threads);
        OurModel bare = withoutTheRest(program, tensors);
        OnnxEncoder one =
            new OnnxEncoder(
                "ONNX Runtime, batch 1", file, width, threads, all -> Bucket.inOrder(all, 1));
        OnnxEncoder sorted =
            new OnnxEncoder(
                "ONNX Runtime, sorted 32", file, width, threads, all -> Bucket.sorted(all, ROWS));
        OnnxEncoder unsorted =
            new OnnxEncoder(
                "ONNX Runtime, unsorted 32",
                file,
                width,
                threads,
                all -> Bucket.inOrder(all, ROWS))) {
      return run(cases, config, List.of(ours, one, sorted, unsorted), bare);
    }
  }

  /** GPT-2 124M, with drawn weights, beside libtorch. */
  List<ModelResult> gpt2(List<ModelCase> cases) throws InterruptedException {
    ModelConfig config = ModelConfig.book(50_257, 1_024, 768, 12, 12, false);
    Program program = config.vectors();
    Tensors tensors = SeededWeights.gpt(config, SEED).only(program);
    try (OurModel ours = new OurModel(Ours.NAME, program, tensors, threads);
        OurModel bare = withoutTheRest(program, tensors);
        TorchGpt torch = new TorchGpt(config, tensors, threads)) {
      return run(cases, config, List.of(ours, torch), bare);
    }
  }

  /** What a model's projections and attention cost alone: norms copy nothing, sums stay sums. */
  private OurModel withoutTheRest(Program program, Tensors tensors) {
    Program bare = BareProgram.of(program);
    return new OurModel("ours, bare", bare, tensors.only(bare), threads);
  }

  private List<ModelResult> run(
      List<ModelCase> cases, ModelConfig config, List<ModelContender> contenders, OurModel bare)
      throws InterruptedException {
    List<ModelResult> results = new ArrayList<>();
    for (ModelCase modelCase : cases) {
      PackedSequences batch = modelCase.batch(config.vocabulary());
      List<ModelContender> all = new ArrayList<>(contenders);
      List<PreparedCase> prepared = new ArrayList<>();
      try {
        contenders.forEach(contender -> prepared.add(contender.prepare(batch)));
        compare(modelCase, config, batch, contenders, prepared);
        all.add(bare);
        prepared.add(bare.prepare(BareProgram.embeddings(batch, config.width())));
        List<Timing> timings = rounds.run(prepared);
        for (int i = 0; i < timings.size(); i++) {
          double ratio = timings.get(0).throughputOver(timings.get(i));
          ModelResult result =
              new ModelResult(modelCase, config, all.get(i).name(), threads, timings.get(i), ratio);
          results.add(result);
          print(result);
        }
      } finally {
        prepared.forEach(PreparedCase::close);
      }
    }
    return results;
  }

  private static void compare(
      ModelCase modelCase,
      ModelConfig config,
      PackedSequences batch,
      List<ModelContender> contenders,
      List<PreparedCase> prepared) {
    float[] first = vectors(prepared.get(0));
    for (int i = 1; i < prepared.size(); i++) {
      float[] other = vectors(prepared.get(i));
      String name = contenders.get(i).name();
      Agreement.check(modelCase.name(), config.width(), batch, first, name, other);
    }
  }

  private static float[] vectors(PreparedCase prepared) {
    prepared.forward();
    float[] vectors = prepared.context();
    prepared.release();
    return vectors;
  }

  /** Shows that the run goes on; the table at the end says more. */
  private static void print(ModelResult result) {
    System.out.printf(
        Locale.ROOT,
        "%-16s %-26s %10.1f ms %8.0f tokens/s %8.1f GFLOP/s %6.2f%n",
        result.modelCase().name(),
        result.contender(),
        result.timing().median(),
        result.tokensPerSecond(),
        result.gigaflops(),
        result.ratio());
  }
}
