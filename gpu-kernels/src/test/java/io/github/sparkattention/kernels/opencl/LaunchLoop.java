package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** The main class of JVMs that do nothing but launch: batches of varying size, bits compared. */
final class LaunchLoop {
  private static final int BATCHES = 50;
  private static final AttentionConfig CONFIG =
      AttentionConfig.builder(6, 8).numHeads(2).outProjection(true).build();
  private static final AttentionWeights WEIGHTS = SeededWeights.attention(CONFIG, 5);

  private final PackedSequences[] batches = new PackedSequences[BATCHES];
  private final float[][] expected = new float[BATCHES][];
  private final Prepared layer;
  private int launches;

  private LaunchLoop(Prepared layer) {
    this.layer = layer;
    Random random = new Random(11);
    try (ThreadsBackend threads = new ThreadsBackend(1);
        Prepared onThreads = threads.prepare(Program.attention(CONFIG), WEIGHTS.tensors())) {
      for (int b = 0; b < BATCHES; b++) {
        batches[b] = batch(random);
        expected[b] = forward(onThreads, batches[b]);
      }
    }
  }

  private static PackedSequences batch(Random random) {
    float[][] sequences = new float[1 + random.nextInt(4)][];
    for (int s = 0; s < sequences.length; s++) {
      sequences[s] = new float[(1 + random.nextInt(20)) * CONFIG.dIn()];
      for (int i = 0; i < sequences[s].length; i++) {
        sequences[s][i] = (float) random.nextGaussian();
      }
    }
    return PackedSequences.pack(sequences, CONFIG.dIn());
  }

  private static float[] forward(Prepared layer, PackedSequences batch) {
    float[] context = new float[batch.total() * CONFIG.dOut()];
    layer.run(batch, context);
    return context;
  }

  private void launch() {
    int b = launches++ % BATCHES;
    if (!Arrays.equals(forward(layer, batches[b]), expected[b])) {
      throw new IllegalStateException("launch " + launches + " gave other bits");
    }
  }

  /**
   * Launches, and prints "launches", "warm" and "end", the last two being resident KiB.
   *
   * @param args {@code launches WARM ALL} or {@code collect ALL}, the latter while another thread
   *     collects garbage without a pause
   */
  public static void main(String[] args) throws IOException {
    try (OpenClBackend device = OpenClBackend.open(RequiredDevice.SETTINGS)) {
      LaunchLoop loop =
          new LaunchLoop(device.prepare(Program.attention(CONFIG), WEIGHTS.tensors()));
      if (args[0].equals("collect")) {
        collectAllTheTime();
        loop.launchUntil(Integer.parseInt(args[1]));
      } else {
        loop.launchUntil(Integer.parseInt(args[1]));
        System.out.println("warm: " + residentKib());
        loop.launchUntil(Integer.parseInt(args[2]));
        System.out.println("end: " + residentKib());
      }
      System.out.println("launches: " + loop.launches);
    }
  }

  private void launchUntil(int end) {
    while (launches < end) {
      launch();
    }
  }

  private static void collectAllTheTime() {
    Thread collector =
        new Thread(
            () -> {
              byte[][] garbage = new byte[64][];
              for (int i = 0; ; i++) {
                garbage[i % garbage.length] = new byte[100_000];
                if (i % 8 == 0) {
                  System.gc();
                }
              }
            });
    collector.setDaemon(true);
    collector.start();
  }

  private static long residentKib() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
