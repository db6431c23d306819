package io.github.sparkattention.kernels.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.opencl.ChildJvm;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.io.InputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** all-MiniLM-L6-v2 with its real weights, opened as a folder of sentence-transformers. */
class MiniLmTest {
  private static final int WIDTH = 384;
  private static final int LONGEST = 512;
  private static final long SEED = 20261128L;
  private static final int PATIENCE_SECONDS = 120;

  private static final String CONFIG =
      """
      {"model_type": "bert", "architectures": ["BertModel"], "vocab_size": 30522,
       "hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12,
       "intermediate_size": 1536, "hidden_act": "gelu", "layer_norm_eps": 1e-12,
       "max_position_embeddings": 512, "type_vocab_size": 2}
      """;
  private static final String MODULES =
      """
      [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
       {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
       {"idx": 2, "name": "2", "path": "2_Normalize",
        "type": "sentence_transformers.models.Normalize"}]
      """;
  private static final String POOLING =
      """
      {"word_embedding_dimension": 384, "pooling_mode_cls_token": false,
       "pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false,
       "pooling_mode_mean_sqrt_len_tokens": false}
      """;

  @TempDir private static Path folder;

  private static Vocabulary vocabulary;
  private static Model model;
  private static Backend backend;
  private static Prepared prepared;

  @BeforeAll
  static void open() throws IOException {
    Files.createDirectories(folder.resolve("1_Pooling"));
    Files.createDirectories(folder.resolve("2_Normalize"));
    Files.createDirectories(folder.resolve("onnx"));
    Files.writeString(folder.resolve("config.json"), CONFIG);
    Files.writeString(folder.resolve("modules.json"), MODULES);
    Files.writeString(folder.resolve("1_Pooling/config.json"), POOLING);
    try (InputStream onnx = resource("all-minilm-l6-v2.onnx")) {
      Files.copy(onnx, onnxFile());
    }
    try (InputStream tokenizer = resource("all-minilm-l6-v2-tokenizer.json")) {
      vocabulary = Vocabulary.read(tokenizer);
    }
    model = Checkpoint.open(folder).read();
    backend = new ThreadsBackend(2);
    prepared = backend.prepare(model.config().vectors(), model.tensors());
  }

  @AfterAll
  static void close() {
    prepared.close();
    backend.close();
  }

  private static InputStream resource(String name) {
    InputStream stream = MiniLmTest.class.getResourceAsStream("/" + name);
    return Objects.requireNonNull(stream, name);
  }

  private static Path onnxFile() {
    return folder.resolve("onnx/model.onnx");
  }

  /** The heap of the child, on the collector that JVMs take by default. */
  @Test
  void weightsAreLoadedInAHeapOf2Point2TimesTheirBytes() throws IOException, InterruptedException {
    load("-Xmx" + model.tensors().bytes() * 22 / 10 / 1024 + "k");
  }

  /** Counted with a collector that has no regions, whose unused ends would count, too. */
  @Test
  void weightsTake1Point2TimesTheirBytesOnceTheyAreLoaded()
      throws IOException, InterruptedException {
    ChildJvm child = load("-XX:+UseSerialGC");
    assertThat(Long.parseLong(child.value("bytes with the model")))
        .isLessThan(
            Long.parseLong(child.value("bytes before")) + model.tensors().bytes() * 12 / 10);
  }

  private static ChildJvm load(String jvmArgument) throws IOException, InterruptedException {
    ChildJvm child =
        ChildJvm.run(
            PATIENCE_SECONDS,
            List.of(),
            List.of(jvmArgument),
            LoadingMain.class,
            folder.toString());
    assertThat(child.exitCode()).as(child.toString()).isZero();
    return child;
  }

  /** The main class of a JVM that loads the model of a folder, and keeps what is prepared of it. */
  static final class LoadingMain {
    private LoadingMain() {}

    public static void main(String[] args) throws IOException {
      long before = used();
      try (Backend backend = new ThreadsBackend(2);
          Prepared prepared = prepare(backend, Path.of(args[0]))) {
        float[] vectors = new float[3 * WIDTH];
        prepared.run(PackedSequences.packIds(new int[] {101, 4937, 102}), vectors);
        System.out.println("bytes before: " + before);
        System.out.println("bytes with the model: " + used());
        // Used once more, so that nothing of it was garbage when bytes were counted.
        prepared.run(PackedSequences.packIds(new int[] {101, 4937, 102}), vectors);
      }
    }

    private static Prepared prepare(Backend backend, Path folder) throws IOException {
      Model model = Checkpoint.open(folder).read();
      return backend.prepare(model.config().vectors(), model.tensors());
    }

    private static long used() {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      return runtime.totalMemory() - runtime.freeMemory();
    }
  }

  @Test
  void itsFoldersSayThatTheMeanIsTakenAndDividedByItsLength() {
    assertThat(model.pooling()).isEqualTo(Pooling.MEAN);
    assertThat(model.normalize()).isTrue();
  }

  @Test
  void sentencesHaveThePublishedVectors() {
    assertThat(vocabulary.encode("The cat sits outside"))
        .containsExactly(101, 1996, 4937, 7719, 2648, 102);
    float[][] vectors =
        pool(
            PackedSequences.packIds(
                vocabulary.encode("The cat sits outside"),
                vocabulary.encode("A man is playing guitar")));
    assertPrinted(vectors[0], 0.13919108, 0.00302906, 0.04701474, 0.06362091);
    assertPrinted(vectors[1], 0.02266133, -0.00138858, -0.00561349, -0.02826066);
  }

  /** The first three values and the last one. */
  private static void assertPrinted(float[] vector, double... printed) {
    double[] found = {vector[0], vector[1], vector[2], vector[WIDTH - 1]};
    assertThat(found).containsExactly(printed, within(1e-6));
  }

  @Test
  void textsOf1To512TokensInOneBatchAgreeWithOnnxRuntimeOneByOne() throws OrtException {
    List<int[]> texts = texts();
    PackedSequences batch = PackedSequences.packIds(texts.toArray(int[][]::new));
    float[] tokens = new float[batch.total() * WIDTH];
    prepared.run(batch, tokens);
    float[][] pooled = pool(batch, tokens);
    double largestError = 0;
    double largestDistance = 0;
    try (OnnxRuntime runtime = new OnnxRuntime(onnxFile())) {
      for (int s = 0; s < texts.size(); s++) {
        float[] expected = runtime.run(texts.get(s));
        double error =
            Errors.relative(tokens, batch.offset(s) * WIDTH, Errors.rows(expected, WIDTH));
        largestError = Math.max(largestError, error);
        largestDistance = Math.max(largestDistance, cosineDistance(pooled[s], mean(expected)));
      }
    }
    System.out.printf(
        "MiniLM: %d texts, %d tokens, largest relative error %.2g, largest cosine distance %.2g%n",
        texts.size(), batch.total(), largestError, largestDistance);
    assertThat(texts).hasSizeGreaterThan(200);
    assertThat(texts).extracting(ids -> ids.length).contains(1, 2, LONGEST);
    // Of values up to 6, either of the two is off by up to 7e-6 from double arithmetic.
    assertThat(largestError).isLessThanOrEqualTo(1e-5);
    assertThat(largestDistance).isLessThanOrEqualTo(1e-6);
  }

  /** Some sentences, and random ids of log-normal lengths, in any order. */
  private static List<int[]> texts() {
    Random random = new Random(SEED);
    List<int[]> texts = new ArrayList<>();
    for (String sentence :
        List.of(
            "The cat sits outside",
            "A man is playing guitar",
            "The new movie is awesome, isn't it?",
            "Unbelievably, 3.14159 hippopotamuses queued at the supermarket's checkout.")) {
      texts.add(vocabulary.encode(sentence));
    }
    texts.add(new int[] {Vocabulary.CLS});
    texts.add(new int[] {Vocabulary.CLS, Vocabulary.SEP});
    texts.add(randomText(LONGEST, random));
    for (int i = 0; i < 200; i++) {
      int length = (int) Math.round(Math.exp(3.5 + 0.8 * random.nextGaussian()));
      texts.add(randomText(Math.max(3, Math.min(LONGEST, length)), random));
    }
    Collections.shuffle(texts, random);
    return texts;
  }

  private static int[] randomText(int length, Random random) {
    int[] ids = random.ints(length, 999, vocabulary.size()).toArray();
    ids[0] = Vocabulary.CLS;
    ids[length - 1] = Vocabulary.SEP;
    return ids;
  }

  private static float[][] pool(PackedSequences batch) {
    float[] tokens = new float[batch.total() * WIDTH];
    prepared.run(batch, tokens);
    return pool(batch, tokens);
  }

  private static float[][] pool(PackedSequences batch, float[] tokens) {
    float[][] vectors = new float[batch.count()][];
    for (int s = 0; s < vectors.length; s++) {
      int first = batch.offset(s) * WIDTH;
      vectors[s] = model.pooling().pool(tokens, first, batch.length(s), WIDTH, model.normalize());
    }
    return vectors;
  }

  private static double[] mean(float[] tokens) {
    double[] mean = new double[WIDTH];
    int count = tokens.length / WIDTH;
    for (int i = 0; i < tokens.length; i++) {
      mean[i % WIDTH] += tokens[i] / (double) count;
    }
    return mean;
  }

  private static double cosineDistance(float[] actual, double[] expected) {
    double product = 0;
    double actualSquares = 0;
    double expectedSquares = 0;
    for (int i = 0; i < expected.length; i++) {
      product += actual[i] * expected[i];
      actualSquares += (double) actual[i] * actual[i];
      expectedSquares += expected[i] * expected[i];
    }
    assertThat(actualSquares).isCloseTo(1, within(1e-6));
    return 1 - product / Math.sqrt(actualSquares * expectedSquares);
  }

  /** ONNX Runtime, running the graph of the file. */
  private static final class OnnxRuntime implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    OnnxRuntime(Path file) throws OrtException {
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(2);
        options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
        session = environment.createSession(file.toString(), options);
      }
    }

    /** The vectors of a text's tokens, computed by itself. */
    float[] run(int[] ids) throws OrtException {
      long[] ones = new long[ids.length];
      Arrays.fill(ones, 1);
      try (OnnxTensor tokens = tensor(Arrays.stream(ids).asLongStream().toArray());
          OnnxTensor mask = tensor(ones);
          OnnxTensor types = tensor(new long[ids.length]);
          OrtSession.Result result =
              session.run(
                  Map.of("input_ids", tokens, "attention_mask", mask, "token_type_ids", types))) {
        FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] vectors = new float[values.remaining()];
        values.get(vectors);
        return vectors;
      }
    }

    private OnnxTensor tensor(long[] values) throws OrtException {
      return OnnxTensor.createTensor(environment, new long[][] {values});
    }

    @Override
    public void close() throws OrtException {
      session.close();
    }
  }
}
