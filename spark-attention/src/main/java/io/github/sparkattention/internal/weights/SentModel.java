package io.github.sparkattention.internal.weights;

import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.internal.executor.Lease;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.Tensors.Shape;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.unsafe.Platform;

/**
 * The weights of a model, sent by the driver in parts. An executor takes one part after another,
 * and lets go of it, so that it never holds the weights twice.
 *
 * @param program what is computed
 * @param fingerprint tells the program and the weights apart from all others
 * @param parts the tensors in the order of {@link Program#tensors}, one after another, as floats of
 *     the little end first
 */
record SentModel(Program program, String fingerprint, List<Broadcast<byte[]>> parts)
    implements TaskWeights {
  private static final long serialVersionUID = 1L;

  /** Floats of a part: 64 MiB. */
  private static final int MOST_FLOATS = 1 << 24;

  static SentModel of(SparkContext context, Program program, Tensors tensors) {
    return of(context, program, tensors, MOST_FLOATS);
  }

  /** Sends parts of another size. */
  static SentModel of(SparkContext context, Program program, Tensors tensors, int mostFloats) {
    Fingerprint fingerprint = new Fingerprint().add("sent ").add(program);
    List<Broadcast<byte[]>> parts = new ArrayList<>();
    long left = program.tensors().values().stream().mapToLong(Shape::size).sum();
    byte[] bytes = room(left, mostFloats);
    ByteBuffer part = view(bytes);
    for (String name : program.tensors().keySet()) {
      float[] values = tensors.values(name);
      for (int from = 0; from < values.length; ) {
        int count = Math.min(values.length - from, part.remaining() / Float.BYTES);
        part.asFloatBuffer().put(values, from, count);
        part.position(part.position() + count * Float.BYTES);
        from += count;
        left -= count;
        if (!part.hasRemaining()) {
          fingerprint.add(bytes);
          parts.add(SparkInternals.broadcastSerialized(context, bytes));
          bytes = room(left, mostFloats);
          part = view(bytes);
        }
      }
    }
    return new SentModel(program, fingerprint.text(), List.copyOf(parts));
  }

  private static byte[] room(long left, int mostFloats) {
    return new byte[(int) Math.min(left, mostFloats) * Float.BYTES];
  }

  private static ByteBuffer view(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public Lease lease(BackendPolicy policy) {
    return ExecutorBackend.lease(policy, fingerprint, program, this::fetch);
  }

  /**
   * Fetches on a thread of its own: a task that reads a broadcast keeps a lock on it until it ends,
   * and nobody could let go of it before.
   */
  private Tensors fetch() {
    FutureTask<Tensors> fetching = new FutureTask<>(this::tensors);
    Thread thread = new Thread(fetching, "spark-attention-weights");
    thread.setDaemon(true);
    thread.start();
    try {
      return fetching.get();
    } catch (InterruptedException e) {
      fetching.cancel(true);
      Platform.throwException(e);
    } catch (ExecutionException e) {
      // As if it had been thrown here: code in Scala throws checked exceptions, too.
      Platform.throwException(e.getCause());
    }
    throw new IllegalStateException("an exception was to be thrown");
  }

  private Tensors tensors() {
    Tensors.Builder tensors = Tensors.builder();
    int next = 0;
    ByteBuffer part = ByteBuffer.allocate(0);
    for (Map.Entry<String, Shape> tensor : program.tensors().entrySet()) {
      float[] values = new float[Math.toIntExact(tensor.getValue().size())];
      for (int at = 0; at < values.length; ) {
        if (!part.hasRemaining()) {
          part = take(parts.get(next));
          next++;
        }
        int count = Math.min(values.length - at, part.remaining() / Float.BYTES);
        part.asFloatBuffer().get(values, at, count);
        part.position(part.position() + count * Float.BYTES);
        at += count;
      }
      tensors.add(tensor.getKey(), values, tensor.getValue());
    }
    return tensors.build();
  }

  private static ByteBuffer take(Broadcast<byte[]> part) {
    byte[] bytes = part.value();
    SparkInternals.dropHere(part);
    return view(bytes);
  }
}
