package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ThreadsBackendTest extends BackendContract {
  private static final long SEED = 7;

  /** What is so whatever the loops; not said again of each width of vectors. */
  private static final String ANY_LOOPS = "any-loops";

  @Override
  protected Backend open() {
    return new ThreadsBackend(2);
  }

  @Tag(ANY_LOOPS)
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 8})
  void theNumberOfThreadsChangesNoBit(int threads) {
    AttentionConfig config = RandomLayers.config(new Random(SEED));
    AttentionWeights weights = RandomLayers.weights(config, new Random(SEED));
    float[][] sequences = RandomLayers.sequences(config, 30, 200, new Random(SEED));
    try (Backend one = new ThreadsBackend(1);
        Backend many = new ThreadsBackend(threads)) {
      assertThat(run(many.prepare(Program.attention(config), weights.tensors()), sequences))
          .isEqualTo(run(one.prepare(Program.attention(config), weights.tensors()), sequences));
    }
  }

  @ParameterizedTest
  @Tag(ANY_LOOPS)
  @MethodSource("models")
  void theNumberOfThreadsChangesNoBitOfAWholeModel(RandomModel model) {
    Random random = new Random(SEED);
    Program program = model.config().vectors();
    Tensors tensors = RandomModel.tensors(program, random);
    PackedSequences batch = model.batch(30, 120, random);
    float[] expected = new float[batch.total() * program.outputWidth()];
    float[] actual = new float[expected.length];
    try (Backend one = new ThreadsBackend(1)) {
      one.prepare(program, tensors).run(batch, expected);
    }
    for (int threads = 2; threads <= 8; threads++) {
      try (Backend many = new ThreadsBackend(threads)) {
        many.prepare(program, tensors).run(batch, actual);
      }
      assertThat(actual).as("%d threads", threads).isEqualTo(expected);
    }
  }

  @Test
  @Tag(ANY_LOOPS)
  void callersOnManyThreadsShareALayer() {
    AttentionConfig config = RandomLayers.config(new Random(SEED));
    AttentionWeights weights = RandomLayers.weights(config, new Random(SEED));
    float[][] sequences = RandomLayers.sequences(config, 10, 100, new Random(SEED));
    try (Backend backend = open();
        Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      float[] expected = run(layer, sequences);
      Stream.generate(() -> CompletableFuture.supplyAsync(() -> run(layer, sequences)))
          .limit(16)
          .toList()
          .forEach(result -> assertThat(result.join()).isEqualTo(expected));
    }
  }

  /**
   * Rounds that no release may change: a table written by one must equal one written by the next.
   */
  @Test
  void theBitsAreThoseOfTheFirstRelease() throws NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    try (Backend backend = open()) {
      for (int round = 0; round < 8; round++) {
        Random random = new Random(round);
        AttentionConfig config = RandomLayers.config(random);
        AttentionWeights weights = RandomLayers.weights(config, random);
        float[] context =
            run(
                backend.prepare(Program.attention(config), weights.tensors()),
                RandomLayers.sequences(config, 5, 150, random));
        ByteBuffer bytes = ByteBuffer.allocate(context.length * Float.BYTES);
        bytes.asFloatBuffer().put(context);
        digest.update(bytes.array());
      }
    }
    assertThat(HexFormat.of().formatHex(digest.digest()))
        .isEqualTo("db86833c0810bac29c57e1febabc7cbef5c2aa88d0d0723a8eb0649c8a7efcc8");
  }

  @Test
  @Tag(ANY_LOOPS)
  void aClosedBackendRefusesToCompute() {
    AttentionConfig config = AttentionConfig.builder(3, 2).build();
    Backend backend = open();
    Prepared layer =
        backend.prepare(
            Program.attention(config), RandomLayers.weights(config, new Random(SEED)).tensors());
    backend.close();
    assertThatThrownBy(() -> run(layer, new float[][] {{1, 2, 3}}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the Java-threads backend is closed");
  }

  @Test
  void saysHowManyThreadsAndWhichLoopsItHas() {
    try (Backend backend = new ThreadsBackend(1)) {
      String loops =
          System.getProperty("sparkattention.kernels").equals("plain")
              ? "plain Java"
              : "SIMD of \\d+ bits";
      assertThat(backend.description()).matches("Java threads \\(1 thread, " + loops + "\\)");
    }
    assertThatThrownBy(() -> new ThreadsBackend(0))
        .hasMessage("threads must be at least 1, but is 0");
  }

  @Test
  @Tag(ANY_LOOPS)
  void oneBatchAfterAnotherAllocatesNextToNothing() {
    // A forced width that the processor lacks is computed on the heap.
    assumeFalse(System.getProperty("sparkattention.kernels").startsWith("simd-"));
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    AttentionConfig config = AttentionConfig.builder(64, 128).numHeads(4).build();
    AttentionWeights weights = RandomLayers.weights(config, new Random(SEED));
    PackedSequences batch =
        PackedSequences.pack(RandomLayers.sequences(config, 100, 80, new Random(SEED)), 64);
    float[] context = new float[batch.total() * 128];
    // One thread, which is this one: what it allocates is all that is allocated.
    try (Backend backend = new ThreadsBackend(1);
        Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      // Vectors live on the heap until the JIT compiler has seen to them.
      long allocated = Long.MAX_VALUE;
      long projected = 3L * context.length * Float.BYTES;
      for (int batches = 0; batches < 500 && allocated > projected / 20; batches++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        layer.run(batch, context);
        allocated = threads.getCurrentThreadAllocatedBytes() - before;
      }
      assertThat(allocated).isLessThanOrEqualTo(projected / 20);
    }
  }

  @Test
  void aPassThatIsGivenUpEndsBetweenTheBlocksOfOneLongSequence() {
    int length = 3000;
    AttentionConfig config = AttentionConfig.builder(64, 64).build();
    AttentionWeights weights = RandomLayers.weights(config, new Random(SEED));
    float[] tokens = new float[length * 64];
    Arrays.fill(tokens, 0.5f);
    PackedSequences batch = PackedSequences.pack(new float[][] {tokens}, 64);
    float[] context = new float[tokens.length];
    Outputs output = Outputs.of(context);
    AtomicInteger asked = new AtomicInteger();
    try (Backend backend = new ThreadsBackend(2);
        Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      Cancellation counts = () -> asked.incrementAndGet() < 0;
      layer.run(batch, output, Dropout.NONE, counts);
      // Once for 512 queries and 48 keys at least: 1.6 million multiply-adds for each dimension.
      int inAll = asked.getAndSet(0);
      assertThat(inAll).isGreaterThan(length / 512 * (length / 48) / 2);
      int until = inAll / 2;
      Cancellation halfway = () -> asked.incrementAndGet() > until;
      assertThatThrownBy(() -> layer.run(batch, output, Dropout.NONE, halfway))
          .isInstanceOf(PassCancelledException.class)
          .hasMessage("the forward pass was given up by its caller");
      // Each of the two threads ends when it asks next.
      assertThat(asked.get()).isBetween(until + 1, until + 2);
      float[] left = context.clone();
      float[] another = new float[context.length];
      layer.run(batch, another);
      assertThat(context).isEqualTo(left);
    }
  }

  @Test
  @Tag(ANY_LOOPS)
  void manySequencesGoThroughInPassesWithTheSameBits() {
    // 3,000 tokens of 4 x 700 projected values are more than one pass holds.
    AttentionConfig config =
        AttentionConfig.builder(8, 700).numHeads(7).outProjection(true).build();
    AttentionWeights weights = RandomLayers.weights(config, new Random(SEED));
    float[][] sequences = RandomLayers.sequences(config, 60, 120, new Random(SEED));
    try (Backend backend = open();
        Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      float[] together = run(layer, sequences);
      int at = 0;
      for (float[] sequence : sequences) {
        float[] alone = run(layer, new float[][] {sequence});
        assertThat(Arrays.copyOfRange(together, at, at + alone.length)).isEqualTo(alone);
        at += alone.length;
      }
      assertThat(at).isEqualTo(together.length);
    }
  }
}
