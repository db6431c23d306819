package io.github.sparkattention.kernels;

import java.util.Random;

/** Seeded random layers and batches for the parity tests, over all that a configuration can ask. */
public final class RandomLayers {
  private RandomLayers() {}

  public static AttentionConfig config(Random random) {
    int kvHeads = 1 + random.nextInt(3);
    int heads = kvHeads * (1 + random.nextInt(3));
    int headDim = 1 + random.nextInt(70);
    return AttentionConfig.builder(1 + random.nextInt(90), heads * headDim)
        .numHeads(heads)
        .numKvHeads(kvHeads)
        .causal(random.nextInt(3) > 0)
        .qkvBias(random.nextBoolean())
        .outProjection(random.nextBoolean())
        .slidingWindow(random.nextInt(3) == 0 ? 1 + random.nextInt(100) : 0)
        .softcap(random.nextInt(4) == 0 ? 1 + 20 * random.nextFloat() : 0)
        .scale(random.nextInt(4) == 0 ? 0.01f + random.nextFloat() : 0)
        .dropout(0.9f * random.nextFloat())
        .build();
  }

  public static AttentionWeights weights(AttentionConfig config, Random random) {
    Linear out = config.outProjection() ? linear(config.dOut(), config.dOut(), true, random) : null;
    return new AttentionWeights(
        linear(config.dOut(), config.dIn(), config.qkvBias(), random),
        linear(config.kvWidth(), config.dIn(), config.qkvBias(), random),
        linear(config.kvWidth(), config.dIn(), config.qkvBias(), random),
        out);
  }

  private static Linear linear(int out, int in, boolean bias, Random random) {
    float[] weight = floats(out * in, (float) (1 / Math.sqrt(in)), random);
    return new Linear(weight, bias ? floats(out, 0.3f, random) : null, out, in);
  }

  public static float[][] sequences(AttentionConfig config, int count, int longest, Random random) {
    float[][] sequences = new float[count][];
    for (int i = 0; i < count; i++) {
      int length = random.nextInt(5) == 0 ? random.nextInt(3) : random.nextInt(longest + 1);
      sequences[i] = floats(length * config.dIn(), 2, random);
    }
    return sequences;
  }

  public static float[] floats(int count, float spread, Random random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = spread * (float) random.nextGaussian();
    }
    return values;
  }
}
