package io.github.sparkattention;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelProgram;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.checkpoints.ModelWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Models of some hundred weights, rows of ids for them, and what the kernels alone make of these.
 */
public final class TinyModels {
  /** The book's GPTModel. */
  public static final ModelConfig BOOK = ModelConfig.book(50, 16, 8, 2, 2, true);

  /** An encoder like BERT, without a head. */
  public static final ModelConfig ENCODER =
      new ModelConfig(
          40,
          12,
          3,
          new Heads(4, 3, 3, false, 0.5f, 0, 0, 0),
          48,
          Activation.GELU_ERF,
          false,
          new Norm(Norm.Kind.LAYER, 1e-12f),
          ModelConfig.Placement.AFTER,
          16,
          2,
          null,
          16,
          true,
          true,
          true,
          ModelConfig.Head.NONE);

  private TinyModels() {}

  /** A stage with the book's model, drawn from a seed. */
  public static LanguageModel drawn(long seed) {
    return new LanguageModel()
        .setVocabulary(BOOK.vocabulary())
        .setContextLength(BOOK.contextLength())
        .setWidth(BOOK.width())
        .setNumHeads(BOOK.heads().numHeads())
        .setNumLayers(BOOK.layers())
        .setQkvBias(BOOK.qkvBias())
        .setSeed(seed)
        .setBackend("threads");
  }

  /** Random weights of a model, all that it has. */
  public static Tensors tensors(ModelConfig config, long seed) {
    Random random = new Random(seed);
    Tensors.Builder tensors = Tensors.builder();
    config
        .vectors()
        .tensors()
        .forEach(
            (name, shape) -> {
              float[] values = new float[(int) shape.size()];
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian() / 2;
              }
              tensors.add(name, values, shape);
            });
    return tensors.build();
  }

  /** Writes the encoder with random weights, as Python's libraries keep it. */
  public static String encoder(Path folder, long seed, Pooling pooling, boolean normalize) {
    try {
      Model model = new Model(ENCODER, tensors(ENCODER, seed), pooling, normalize);
      ModelWriter.write(model, folder);
      return folder.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sequences of random ids. */
  public static List<int[]> sequences(long seed, int vocabulary, int... lengths) {
    Random random = new Random(seed);
    return Arrays.stream(lengths)
        .mapToObj(length -> random.ints(length, 0, vocabulary).toArray())
        .toList();
  }

  /** The columns id and ids. */
  public static StructType schema(DataType number) {
    return new StructType()
        .add("id", DataTypes.LongType)
        .add("ids", DataTypes.createArrayType(number));
  }

  /** Rows of ids. */
  public static Dataset<Row> rows(List<int[]> sequences) {
    List<Row> rows = new ArrayList<>();
    for (int[] sequence : sequences) {
      List<Integer> ids = Arrays.stream(sequence).boxed().collect(Collectors.toList());
      rows.add(RowFactory.create((long) rows.size(), ids));
    }
    return LocalSpark.session().createDataFrame(rows, schema(DataTypes.IntegerType));
  }

  /** Computes a sequence by itself, on the kernels alone: an array for each output. */
  public static float[][] alone(ModelProgram program, Tensors tensors, int[] sequence) {
    PackedSequences batch = PackedSequences.packIds(sequence);
    float[][] arrays =
        program.program().outputs().stream()
            .map(output -> new float[(int) Outputs.length(program.program(), output, batch)])
            .toArray(float[][]::new);
    try (Backend backend = Backends.threads(1);
        Prepared prepared = backend.prepare(program.program(), tensors.only(program.program()))) {
      prepared.run(batch, Outputs.of(arrays), Dropout.NONE);
    }
    return arrays;
  }
}
