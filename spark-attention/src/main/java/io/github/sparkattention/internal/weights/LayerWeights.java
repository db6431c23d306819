package io.github.sparkattention.internal.weights;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.checkpoints.AttentionWeightsFile;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.SparkContext;
import org.apache.spark.broadcast.Broadcast;
import scala.reflect.ClassTag;

/**
 * A layer's weights on the driver: given, or drawn from a seed when first needed, and broadcast
 * once per application however many plans and executions use them.
 */
public final class LayerWeights implements PlanWeights {
  private final AttentionConfig config;
  private final Long seed;
  private AttentionWeights weights;
  private SparkContext broadcastIn;
  private BroadcastWeights broadcast;

  private LayerWeights(AttentionConfig config, AttentionWeights weights, Long seed) {
    this.config = config;
    this.weights = weights;
    this.seed = seed;
  }

  /**
   * Weights that are given.
   *
   * @param config the settings of the layer
   * @param weights its weights
   * @return the weights for plans
   * @throws IllegalArgumentException if the shapes contradict the settings
   */
  public static LayerWeights given(AttentionConfig config, AttentionWeights weights) {
    weights.check(config);
    return new LayerWeights(config, Objects.requireNonNull(weights, "weights"), null);
  }

  /**
   * Weights that a seed draws, as PyTorch does.
   *
   * @param config the settings of the layer
   * @param seed the seed
   * @return the weights for plans
   */
  public static LayerWeights seeded(AttentionConfig config, long seed) {
    return new LayerWeights(config, null, seed);
  }

  /**
   * The settings of the layer.
   *
   * @return the configuration
   */
  public AttentionConfig config() {
    return config;
  }

  /**
   * The weights themselves.
   *
   * @return the weights, drawn now if they have not been yet
   */
  public synchronized AttentionWeights weights() {
    if (weights == null) {
      weights = SeededWeights.attention(config, seed);
    }
    return weights;
  }

  @Override
  public Program program() {
    return Program.attention(config);
  }

  @Override
  public TaskWeights send(SparkContext context) {
    return broadcast(context);
  }

  /** The weights as tasks get them. */
  public synchronized BroadcastWeights broadcast(SparkContext context) {
    // A broadcast ends with its application, and a JVM may see several of them.
    if (broadcastIn != context) {
      byte[] bytes = bytes(weights());
      Broadcast<byte[]> sent = context.broadcast(bytes, ClassTag.apply(byte[].class));
      broadcast = new BroadcastWeights(config, fingerprint(bytes), sent);
      broadcastIn = context;
    }
    return broadcast;
  }

  /** The weights in the form that they are saved in, which any of Spark's serializers passes on. */
  private static byte[] bytes(AttentionWeights weights) {
    try (var out = new ByteArrayOutputStream()) {
      AttentionWeightsFile.write(weights, Map.of(), out);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String fingerprint(byte[] bytes) {
    return new Fingerprint().add(config).add(bytes).text();
  }

  /** Whether both give the same layer, so that Spark recognizes equal plans. */
  @Override
  public boolean equals(Object other) {
    if (this == other) {
      return true;
    }
    return other instanceof LayerWeights that
        && config.equals(that.config)
        && Objects.equals(seed, that.seed)
        && (seed != null || weights.equals(that.weights));
  }

  @Override
  public int hashCode() {
    return Objects.hash(config, seed);
  }

  @Override
  public String toString() {
    return seed == null ? "given weights" : "weights of seed " + seed;
  }
}
