package io.github.sparkattention.internal.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.TinyModels;
import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.internal.executor.Lease;
import io.github.sparkattention.internal.files.ModelFile;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.ModelOutputs;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways of a model's weights to an executor. */
class ModelWeightsTest {
  private static final Program PROGRAM = TinyModels.ENCODER.program(ModelOutputs.VECTORS).program();
  private static final PackedSequences BATCH = PackedSequences.packIds(new int[] {3, 1, 4, 1, 5});

  @TempDir private Path folder;
  private SparkContext context;

  @BeforeEach
  void startSpark() {
    context = LocalSpark.session().sparkContext();
  }

  private static float[] run(TaskWeights weights) {
    float[] vectors = new float[BATCH.total() * TinyModels.ENCODER.width()];
    try (Lease lease = weights.lease(BackendPolicy.THREADS)) {
      lease.program().run(BATCH, Outputs.of(vectors), Dropout.NONE);
    }
    return vectors;
  }

  private static float[] expected(long seed) {
    return TinyModels.alone(
        TinyModels.ENCODER.program(ModelOutputs.VECTORS),
        TinyModels.tensors(TinyModels.ENCODER, seed),
        new int[] {3, 1, 4, 1, 5})[0];
  }

  private ModelFile file(long seed) {
    String path = TinyModels.encoder(folder.resolve("model " + seed), seed, null, false);
    return ModelFile.open(SparkInternals.hadoopConf(LocalSpark.session()), path, null);
  }

  @ParameterizedTest
  @ValueSource(ints = {97, 100, 5000, 1 << 24})
  void partsOfAnySizeMakeTheSameWeights(int mostFloats) {
    // Other weights for each size, so that none finds the program of another.
    Tensors tensors = TinyModels.tensors(TinyModels.ENCODER, mostFloats);
    SentModel sent = SentModel.of(context, PROGRAM, tensors, mostFloats);
    long floats = tensors.bytes() / Float.BYTES;
    assertThat(sent.parts()).hasSize((int) ((floats + mostFloats - 1) / mostFloats));
    assertThat(run(sent)).isEqualTo(expected(mostFloats));
  }

  @Test
  void anExecutorReadsTheFilesThatTheDriverSaw() {
    assertThat(run(ReadModel.of(context, file(31), PROGRAM))).isEqualTo(expected(31));
  }

  @Test
  void anExecutorRefusesOtherFilesThanTheDriverSaw() throws IOException {
    ModelFile file = file(32);
    ReadModel weights = ReadModel.of(context, file, PROGRAM);
    Path changed = Path.of(file.path(), "model.safetensors");
    long length = Files.size(changed);
    Files.setLastModifiedTime(changed, FileTime.fromMillis(2_000));
    Files.setLastModifiedTime(Path.of(file.path(), "config.json"), FileTime.fromMillis(1_000));
    // The driver has opened them now, and the executor finds another one.
    ModelFile now =
        ModelFile.open(SparkInternals.hadoopConf(LocalSpark.session()), file.path(), file);
    assertThat(now).isNotSameAs(file);
    ReadModel again = ReadModel.of(context, now, PROGRAM);
    Files.setLastModifiedTime(changed, FileTime.fromMillis(3_000));
    assertThatThrownBy(() -> run(again))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            String.format(
                "the model at '%s' must be the one that the driver saw, but the driver saw"
                    + " 'file:%s' of %d bytes and 1970-01-01T00:00:02Z, and this executor sees"
                    + " 'file:%s' of %d bytes and 1970-01-01T00:00:03Z",
                file.path(), changed, length, changed, length));
    assertThatThrownBy(() -> run(weights)).hasMessageContaining("must be the one that the driver");
  }

  @Test
  void anExecutorPreparesAModelOnceHoweverManyTasksUseIt() {
    TaskWeights weights =
        SentModel.of(context, PROGRAM, TinyModels.tensors(TinyModels.ENCODER, 33));
    int before = ExecutorBackend.programs(BackendPolicy.THREADS).prepared();
    run(weights);
    run(weights);
    assertThat(ExecutorBackend.programs(BackendPolicy.THREADS).prepared()).isEqualTo(before + 1);
  }

  @Test
  void weightsThatDifferInAnythingAreToldApart() {
    ModelFile file = file(34);
    FileModel model = FileModel.of(file, PROGRAM);
    assertThat(model)
        .isEqualTo(FileModel.of(file, PROGRAM))
        .hasSameHashCodeAs(FileModel.of(file, PROGRAM));
    assertThat(model).isNotEqualTo(FileModel.of(file(35), PROGRAM));
    Program other = TinyModels.ENCODER.program(ModelOutputs.VECTORS.withHiddenStates(0)).program();
    assertThat(model).isNotEqualTo(FileModel.of(file, other));
    List<Tensors> tensors =
        List.of(
            TinyModels.tensors(TinyModels.ENCODER, 1), TinyModels.tensors(TinyModels.ENCODER, 2));
    assertThat(SentModel.of(context, PROGRAM, tensors.get(0)).fingerprint())
        .isEqualTo(SentModel.of(context, PROGRAM, tensors.get(0)).fingerprint())
        .isNotEqualTo(SentModel.of(context, PROGRAM, tensors.get(1)).fingerprint())
        .isNotEqualTo(SentModel.of(context, other, tensors.get(0)).fingerprint());
  }
}
