package io.github.sparkattention.kernels.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.files.SafeTensors;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * gpt-nano, a small trained model that sorts, with all of its activations as PyTorch left them.
 * They are no part of this project; whoever has them names their folder.
 */
class GptNanoTest {
  private static final String FOLDER = "sparkattention.gptNano";
  private static final int DIGITS = 6;
  private static final double TOLERANCE = 5e-6;

  private static final Map<String, float[]> GOLDEN = new HashMap<>();

  private static Model model;
  private static PackedSequences batch;
  private static Backend backend;

  /** For each test, so that each is reported as left out. */
  @BeforeEach
  void isGiven() {
    assumeTrue(
        System.getProperty(FOLDER) != null,
        () -> "-D" + FOLDER + "=... must name the folder with gpt-nano and its activations");
  }

  @BeforeAll
  static void open() throws IOException {
    String folder = System.getProperty(FOLDER);
    if (folder == null) {
      return;
    }
    Path file = Path.of(folder, "activations.safetensors");
    try (InputStream in = Files.newInputStream(file)) {
      SafeTensors read = SafeTensors.read(in, Files.size(file), file.toString(), name -> true);
      for (String name : read.names()) {
        if (name.equals("golden.ids")) {
          batch = pack(read.tensor(name));
        } else {
          GOLDEN.put(name.substring(name.indexOf('.') + 1), read.tensor(name).floats());
        }
      }
    }
    model = Checkpoint.open(Path.of(folder)).read();
    backend = new ThreadsBackend(2);
  }

  private static PackedSequences pack(SafeTensors.Tensor ids) {
    int length = ids.shape().get(1).intValue();
    int[][] sequences = new int[ids.shape().get(0).intValue()][length];
    for (int i = 0; i < ids.integers().length; i++) {
      sequences[i / length][i % length] = (int) ids.integers()[i];
    }
    return PackedSequences.packIds(sequences);
  }

  @AfterAll
  static void close() {
    if (backend != null) {
      backend.close();
    }
  }

  @Test
  void everyActivationIsPyTorchs() {
    assertThat(model.config().qkvBias()).as("whether the file has c_attn.bias").isTrue();
    List<Step> steps = model.config().vectors().steps();
    int at = 0;
    assertStep(at++, steps.get(0), "x");
    for (int block = 0; block < model.config().layers(); block++) {
      // Only the first block's are kept in detail.
      boolean detailed = block == 0;
      for (String name : new String[] {"ln1", "qkv", "y"}) {
        assertStep(at, steps.get(at), detailed ? name : null);
        at++;
      }
      assertStep(at, alone((Project) steps.get(at)), detailed ? "yProj" : null);
      assertStep(at, steps.get(at), detailed ? "attnResid" : null);
      at++;
      assertStep(at, steps.get(at), detailed ? "ln2" : null);
      at++;
      assertStep(at, alone((Project) steps.get(at)), detailed ? "fc" : null);
      assertStep(at, steps.get(at), detailed ? "gelu" : null);
      at++;
      assertStep(at, alone((Project) steps.get(at)), detailed ? "mlp" : null);
      assertStep(at, steps.get(at), detailed ? "mlpResid" : null);
      assertStep(at, steps.get(at), "block" + block);
      at++;
    }
    assertStep(at++, steps.get(at - 1), "ln_f");
    assertThat(at).isEqualTo(steps.size());
  }

  /** A projection without what is done to its sums. */
  private static Project alone(Project step) {
    return new Project(step.from(), step.to(), step.maps(), Activation.NONE, Step.NONE, Step.NONE);
  }

  /** Runs the model's steps up to one, or to what stands in its place, and compares its slot. */
  private static void assertStep(int index, Step last, String name) {
    if (name == null) {
      return;
    }
    Program whole = model.config().vectors();
    List<Step> steps = new ArrayList<>(whole.steps().subList(0, index));
    steps.add(last);
    List<Output> outputs = new ArrayList<>(List.of(new Output.Values(last.to())));
    if (last instanceof Attend) {
      outputs.add(new Output.AttentionWeights(index));
    }
    Program program = new Program(whole.slots(), steps, outputs, whole.contextLength());
    float[] values = new float[batch.total() * whole.width(last.to())];
    float[] weights =
        new float[(int) Outputs.weightsLength(batch, model.config().heads().numHeads())];
    try (Prepared prepared = backend.prepare(program, model.tensors().only(program))) {
      prepared.run(batch, Outputs.of(values, weights), Dropout.NONE);
    }
    assertClose(name, values);
    if (last instanceof Attend) {
      assertClose("attSm", weights);
    }
  }

  private static void assertClose(String name, float[] actual) {
    float[] expected = GOLDEN.get(name);
    assertThat(actual).as(name).hasSameSizeAs(expected);
    double error = Errors.absolute(actual, 0, expected);
    System.out.printf("gpt-nano: %s is off by %.2g%n", name, error);
    assertThat(error).as(name).isLessThanOrEqualTo(TOLERANCE);
  }

  @Test
  void theTablesHoldItsEmbeddings() {
    int width = model.config().width();
    float[] tokens = model.tensors().values("tokens.weight");
    float[] rows = new float[batch.total() * width];
    for (int t = 0; t < batch.total(); t++) {
      System.arraycopy(tokens, batch.id(t) * width, rows, t * width, width);
    }
    assertThat(rows).isEqualTo(GOLDEN.get("tok_emb"));
    assertThat(model.tensors().values("positions.weight")).isEqualTo(GOLDEN.get("pos_emb"));
  }

  @Test
  void allProbabilitiesArePyTorchs() {
    int vocabulary = model.config().vocabulary();
    Scores scores;
    Program program = model.config().scores(vocabulary, Score.Rows.EACH_TOKEN);
    try (Prepared prepared = backend.prepare(program, model.tensors())) {
      scores = Scores.of(prepared, batch);
    }
    float[] probabilities = new float[batch.total() * vocabulary];
    float[] logProbabilities = new float[probabilities.length];
    for (int i = 0; i < probabilities.length; i++) {
      int at = i / vocabulary * vocabulary + (int) scores.ids()[i];
      logProbabilities[at] = scores.logProbabilities()[i];
      probabilities[at] = (float) Math.exp(scores.logProbabilities()[i]);
    }
    assertClose("probs", probabilities);
    float[] logits = GOLDEN.get("lm_head");
    double largest = 0;
    for (int token = 0; token < batch.total(); token++) {
      double sum = 0;
      for (int id = 0; id < vocabulary; id++) {
        sum += Math.exp(logits[token * vocabulary + id]);
      }
      for (int id = 0; id < vocabulary; id++) {
        double expected = logits[token * vocabulary + id] - Math.log(sum);
        double actual = logProbabilities[token * vocabulary + id];
        largest = Math.max(largest, Math.abs(actual - expected));
      }
    }
    System.out.printf("gpt-nano: log-probabilities are off by %.2g%n", largest);
    assertThat(largest).isLessThanOrEqualTo(2e-5);
  }

  @Test
  void itSortsAllSixDigits() {
    int[][] sequences = new int[(int) Math.pow(3, DIGITS)][DIGITS];
    for (int s = 0; s < sequences.length; s++) {
      for (int i = 0, rest = s; i < DIGITS; i++, rest /= 3) {
        sequences[s][i] = rest % 3;
      }
    }
    int[][] continued = sequences.clone();
    Program program = model.config().scores(1, Score.Rows.LAST_TOKEN);
    try (Prepared prepared = backend.prepare(program, model.tensors())) {
      for (int i = 0; i < DIGITS; i++) {
        Scores scores = Scores.of(prepared, PackedSequences.packIds(continued));
        for (int s = 0; s < continued.length; s++) {
          continued[s] = Arrays.copyOf(continued[s], DIGITS + i + 1);
          continued[s][DIGITS + i] = (int) scores.ids()[s];
        }
      }
    }
    for (int s = 0; s < sequences.length; s++) {
      int[] sorted = sequences[s].clone();
      Arrays.sort(sorted);
      assertThat(Arrays.copyOfRange(continued[s], DIGITS, 2 * DIGITS)).isEqualTo(sorted);
    }
  }
}
