package io.github.sparkattention.internal.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.kernels.checkpoints.AttentionWeightsFile;
import io.github.sparkattention.sql.ExtendedSession;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SavedStagesTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(4, 4, 3, 0, 5);

  @TempDir private Path folder;

  private final SparkSession session = ExtendedSession.get();

  @BeforeEach
  void watch() {
    WatchedFileSystem.install(session);
    ExtendedSession.view("saved_sequences", SEQUENCES);
  }

  private static CausalAttention stage(long seed) {
    return new CausalAttention().setDIn(4).setDOut(4).setSeed(seed).setBackend("threads");
  }

  private static Map<Long, String> contexts(long seed) {
    CausalAttention stage = stage(seed);
    return Sequences.contextOf(stage.config(), stage.weights(), SEQUENCES);
  }

  private Path save(String name, long seed) throws IOException {
    Path saved = folder.resolve(name);
    stage(seed).save(saved.toString());
    return saved;
  }

  private Dataset<Row> call(Path saved) {
    return session.sql(
        String.format(
            "select id, causal_attention(tokens, '%s') as context from saved_sequences",
            WatchedFileSystem.path(saved)));
  }

  private static void write(Path file, long seed, int secondsLater) {
    try {
      FileTime before = Files.getLastModifiedTime(file);
      try (OutputStream out = Files.newOutputStream(file)) {
        AttentionWeightsFile.write(stage(seed).weights(), Map.of(), out);
      }
      Files.setLastModifiedTime(
          file, FileTime.fromMillis(before.toMillis() + 1000L * secondsLater));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aFolderThatIsNoStageIsRefusedBeforeAnythingInItIsListed() throws IOException {
    Files.createDirectories(folder.resolve("metadata/a/b"));
    Files.createDirectories(folder.resolve("c/d"));
    String text = WatchedFileSystem.path(folder);
    assertThatThrownBy(() -> SavedStages.load(session, text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%s' holds no saved stage, since it has no file 'attention.safetensors'", text);
    assertThatThrownBy(() -> SavedStages.load(session, text + "/none"))
        .isInstanceOf(FileNotFoundException.class);
    assertThat(WatchedFileSystem.LISTED).isEmpty();
    assertThat(WatchedFileSystem.OPENED).isEmpty();
  }

  @Test
  void nothingBesideAStagesOwnFilesIsListed() throws IOException {
    Path saved = save("stage", 5);
    Files.createDirectories(saved.resolve("c/d"));
    assertThat(Sequences.byId(call(saved), "context")).isEqualTo(contexts(5));
    assertThat(WatchedFileSystem.LISTED).containsOnly(saved.resolve("metadata").toString());
  }

  @Test
  void theMetadataAreReadOnceAndTheWeightsAfterTheirHeader() throws IOException {
    Path saved = save("stage", 5);
    SavedStages.load(session, WatchedFileSystem.path(saved));
    SavedStages.load(session, WatchedFileSystem.path(saved));
    String weights = saved.resolve("attention.safetensors").toString();
    assertThat(WatchedFileSystem.OPENED).hasSize(3).endsWith(weights, weights);
    assertThat(WatchedFileSystem.OPENED.get(0))
        .startsWith(saved.resolve("metadata/part-").toString());
  }

  @Test
  void aFolderWithWeightsButNoMetadataIsRefused() throws IOException {
    Path saved = save("stage", 5);
    Files.move(saved.resolve("metadata"), folder.resolve("elsewhere"));
    assertThatThrownBy(() -> SavedStages.load(session, saved.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("'%s' holds no saved stage, since it has no folder 'metadata'", saved);
  }

  @Test
  void aStageOfAnotherClassIsNamed() throws IOException {
    String pipeline = folder.resolve("pipeline").toString();
    new Pipeline().setStages(new PipelineStage[] {stage(5)}).save(pipeline);
    assertThatThrownBy(() -> SavedStages.load(session, pipeline))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%s' holds a org.apache.spark.ml.Pipeline, but must hold a CausalAttention or a"
                + " SelfAttention",
            pipeline);
  }

  @Test
  void aStageThatIsReadForLongDoesNotHoldUpAnother() throws Exception {
    Path slow = save("slow", 5);
    Path fast = save("fast", 6);
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    WatchedFileSystem.hold(slow.resolve("attention.safetensors"), reached, release);
    CompletableFuture<FunctionStage> reading = CompletableFuture.supplyAsync(() -> load(slow));
    try {
      assertThat(reached.await(2, TimeUnit.MINUTES)).as("the weights were reached").isTrue();
      assertThat(Sequences.byId(call(fast), "context")).isEqualTo(contexts(6));
      assertThat(reading).isNotDone();
    } finally {
      release.countDown();
    }
    assertThat(reading.get()).isSameAs(load(slow));
  }

  private FunctionStage load(Path saved) {
    try {
      return SavedStages.load(session, WatchedFileSystem.path(saved));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void replacedWeightsAreReadAgainWhenTheirLengthOrTimeHasChanged() throws IOException {
    Path saved = save("stage", 5);
    Path weights = saved.resolve("attention.safetensors");
    Dataset<Row> before = call(saved);
    write(weights, 6, 2);
    assertThat(Sequences.byId(call(saved), "context")).isEqualTo(contexts(6));
    write(weights, 7, 0);
    assertThat(Sequences.byId(call(saved), "context")).isEqualTo(contexts(6));
    assertThat(Sequences.byId(before, "context")).isEqualTo(contexts(5));
  }

  @Test
  void aStageThatChangesWhileItIsReadIsRefused() throws IOException {
    Path saved = save("stage", 5);
    Path weights = saved.resolve("attention.safetensors");
    WatchedFileSystem.beforeOpening(weights, () -> write(weights, 6, 2));
    String text = WatchedFileSystem.path(saved);
    assertThatThrownBy(() -> SavedStages.load(session, text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the weight file '%s/attention.safetensors' has changed while it was read", text);
    WatchedFileSystem.install(session);
    assertThat(Sequences.byId(call(saved), "context")).isEqualTo(contexts(6));
  }
}
