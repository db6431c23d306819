package io.github.sparkattention.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.github.sparkattention.kernels.PackedSequences;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** An encoder's ONNX file in ONNX Runtime, on batches of a kind. */
final class OnnxEncoder implements ModelContender {
  /** Where a model's folder has it. */
  static final String FILE = "onnx/model.onnx";

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final String name;
  private final int width;
  private final Function<PackedSequences, List<Bucket>> buckets;
  private final OrtSession session;

  /**
   * Loads the model.
   *
   * @param name what the tables call it
   * @param file the model
   * @param width values per vector
   * @param threads how many threads compute
   * @param buckets how a batch is cut
   */
  OnnxEncoder(
      String name,
      Path file,
      int width,
      int threads,
      Function<PackedSequences, List<Bucket>> buckets) {
    this.name = name;
    this.width = width;
    this.buckets = buckets;
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      session = environment.createSession(file.toString(), options);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PreparedCase prepare(PackedSequences batch) {
    return new Prepared(batch);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Prepared implements PreparedCase {
    private final PackedSequences batch;
    private final List<Bucket> cut;
    private final List<Map<String, OnnxTensor>> inputs = new ArrayList<>();
    private final List<OrtSession.Result> results = new ArrayList<>();

    Prepared(PackedSequences batch) {
      this.batch = batch;
      cut = buckets.apply(batch);
      for (Bucket bucket : cut) {
        int size = bucket.rows().size() * bucket.tokens();
        long[] ids = new long[size];
        long[] mask = new long[size];
        bucket.padIds(batch, ids, mask);
        inputs.add(
            Map.of(
                "input_ids", tensor(ids, bucket),
                "attention_mask", tensor(mask, bucket),
                "token_type_ids", tensor(new long[size], bucket)));
      }
    }

    private OnnxTensor tensor(long[] values, Bucket bucket) {
      long[] shape = {bucket.rows().size(), bucket.tokens()};
      try {
        return OnnxTensor.createTensor(environment, LongBuffer.wrap(values), shape);
      } catch (OrtException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void forward() {
      for (Map<String, OnnxTensor> input : inputs) {
        try {
          results.add(session.run(input));
        } catch (OrtException e) {
          throw new IllegalStateException(e);
        }
      }
    }

    @Override
    public float[] context() {
      float[] vectors = new float[batch.total() * width];
      for (int i = 0; i < cut.size(); i++) {
        FloatBuffer padded = ((OnnxTensor) results.get(i).get(0)).getFloatBuffer();
        cut.get(i).unpad(padded, batch, width, vectors);
      }
      return vectors;
    }

    @Override
    public void release() {
      results.forEach(OrtSession.Result::close);
      results.clear();
    }

    @Override
    public void close() {
      release();
      inputs.forEach(input -> input.values().forEach(OnnxTensor::close));
    }
  }
}
