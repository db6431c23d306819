package io.github.sparkattention.kernels.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * What tests that damage files have in common. {@code -Dsparkattention.fuzz.seed} and {@code
 * -Dsparkattention.fuzz.iterations} choose other and more inputs.
 */
public final class Fuzz {
  public static final long SEED = Long.getLong("sparkattention.fuzz.seed", 20261124);
  public static final int ITERATIONS = Integer.getInteger("sparkattention.fuzz.iterations", 20_000);

  private static final long MOST_NANOS = 1_000_000_000;
  private static final long MOST_BYTES = 64 << 20;

  static final byte[] JSON_BYTES =
      "{}[]\":,.-+eE0123456789 \\utn\n\0F".getBytes(StandardCharsets.UTF_8);

  private static final ThreadMXBean THREADS =
      ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

  private Fuzz() {}

  /** Loads a damaged file, or refuses it. */
  @FunctionalInterface
  public interface Attempt {
    boolean loads() throws IOException;
  }

  public static boolean withinBounds(byte[] file, long seed, Attempt attempt) throws IOException {
    long bytes = THREADS.getCurrentThreadAllocatedBytes();
    long nanos = THREADS.getCurrentThreadCpuTime();
    boolean loads = attempt.loads();
    nanos = THREADS.getCurrentThreadCpuTime() - nanos;
    bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
    if (nanos > MOST_NANOS || bytes > MOST_BYTES) {
      String cost = String.format("took %d ns and %d bytes", nanos, bytes);
      report(file, file.length, seed, cost, null);
    }
    return loads;
  }

  /** Neither all nor none: else the damage would be too great or too small to test anything. */
  public static void assertSomeRefused(int refused, int iterations, long seed) {
    System.out.printf("Fuzz: seed %d, %d damaged files, %d refused%n", seed, iterations, refused);
    assertThat(refused).as("refused of %d, seed %d", iterations, seed).isBetween(1, iterations - 1);
  }

  public static void report(byte[] file, long length, long seed, String fault, Throwable thrown)
      throws IOException {
    Path kept = Files.createTempFile("safetensors-fuzz-", ".safetensors");
    Files.write(kept, file);
    fail("seed %d: %s as a file of %d bytes %s".formatted(seed, kept, length, fault), thrown);
  }

  public static byte[] damageText(byte[] text, SplittableRandom random) {
    if (text.length == 0) {
      return text;
    }
    int at = random.nextInt(text.length);
    int end = Math.min(text.length, at + random.nextInt(60));
    byte[] copy = text.clone();
    return switch (random.nextInt(6)) {
      case 0 -> {
        copy[at] ^= (byte) (1 << random.nextInt(8));
        yield copy;
      }
      case 1 -> {
        copy[at] = (byte) random.nextInt();
        yield copy;
      }
      case 2 -> {
        copy[at] = JSON_BYTES[random.nextInt(JSON_BYTES.length)];
        yield copy;
      }
      case 3 -> Arrays.copyOf(text, at);
      case 4 -> splice(text, at, at, at, end);
      default -> splice(text, at, end, 0, 0);
    };
  }

  /** The bytes with [from, to) replaced by a copy of [start, end). */
  public static byte[] splice(byte[] file, int from, int to, int start, int end) {
    ByteArrayOutputStream spliced = new ByteArrayOutputStream();
    spliced.write(file, 0, from);
    spliced.write(file, start, end - start);
    spliced.write(file, to, file.length - to);
    return spliced.toByteArray();
  }
}
