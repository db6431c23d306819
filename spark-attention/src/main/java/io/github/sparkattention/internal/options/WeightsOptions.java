package io.github.sparkattention.internal.options;

import io.github.sparkattention.AttentionStage;
import io.github.sparkattention.internal.files.FilePaths;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Where the weights come from: a file, or a seed. */
public final class WeightsOptions {
  @ArgGroup(exclusive = false)
  private FromFile file;

  @ArgGroup(exclusive = false)
  private FromSeed seed;

  /** Weights that were trained. */
  static final class FromFile {
    @Option(
        names = "--weights",
        required = true,
        paramLabel = "FILE",
        description =
            "Safetensors file with W_query.weight, W_key.weight, ... or GPT-2's c_attn and c_proj,"
                + " or a model.safetensors.index.json, or the folder of either; d-in, d-out, biases"
                + " and output projection follow from it.")
    private String path;

    @Option(
        names = "--weights-prefix",
        paramLabel = "P",
        description = "What the tensors' names start with, such as 'trf_blocks.0.att.'.")
    private String prefix = "";
  }

  /** Weights that are drawn. */
  static final class FromSeed {
    @Option(
        names = "--seed",
        required = true,
        paramLabel = "N",
        description = "Draw the weights as PyTorch does after torch.manual_seed(N).")
    private long seed;

    @Option(names = "--d-in", required = true, paramLabel = "N", description = "${bundle:dIn}.")
    private int dIn;

    @Option(names = "--d-out", required = true, paramLabel = "N", description = "${bundle:dOut}.")
    private int dOut;

    @Option(names = "--qkv-bias", description = "${bundle:qkvBias}.")
    private boolean qkvBias;

    @Option(names = "--out-proj", description = "${bundle:outProjection}.")
    private boolean outProj;
  }

  /** The width of a token embedding, or 1 where only the file knows it. */
  int dIn() {
    return seed == null ? 1 : seed.dIn;
  }

  /** The width of a context vector, or where only the file knows it, a width that will do. */
  int dOut(int numHeads) {
    return seed == null ? numHeads : seed.dOut;
  }

  /**
   * Checks the path of a file.
   *
   * @throws IllegalArgumentException if it is none
   */
  public void check() {
    if (file != null) {
      FilePaths.parse("--weights", file.path);
    }
  }

  public void applyTo(AttentionStage<?> stage) {
    if (seed == null) {
      stage.setWeightsPath(file.path);
      stage.setWeightsPrefix(file.prefix);
    } else {
      stage.setSeed(seed.seed);
      stage.setDIn(seed.dIn);
      stage.setDOut(seed.dOut);
      stage.setQkvBias(seed.qkvBias);
      stage.setOutProjection(seed.outProj);
    }
  }

  /** One line for what a run prints first. */
  public String describe() {
    if (seed != null) {
      return "drawn from seed " + seed.seed;
    }
    return file.prefix.isEmpty() ? file.path : file.path + ", prefix '" + file.prefix + "'";
  }
}
