package io.github.sparkattention.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Measures how many fused multiply-adds the machine does on a number of threads. */
final class FmaPeak {
  private static final int TRIES = 8;
  private static final int CALLS = 500;
  private static final int STEPS = 50_000;

  private FmaPeak() {}

  /**
   * Measures for about a second.
   *
   * @param threads how many threads compute at once
   * @return GFLOP/s of all threads, in the best of several tries
   */
  static double measure(int threads) throws InterruptedException {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      double best = 0;
      for (int attempt = 0; attempt < TRIES; attempt++) {
        best = Math.max(best, attempt(pool, threads));
      }
      return best;
    } finally {
      pool.shutdown();
    }
  }

  private static double attempt(ExecutorService pool, int threads) throws InterruptedException {
    CyclicBarrier start = new CyclicBarrier(threads);
    List<Future<Double>> rates = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      rates.add(pool.submit(() -> rate(start)));
    }
    double sum = 0;
    for (Future<Double> rate : rates) {
      try {
        sum += rate.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
    return sum;
  }

  private static double rate(CyclicBarrier start)
      throws InterruptedException, BrokenBarrierException {
    start.await();
    long begin = System.nanoTime();
    float sum = 0;
    for (int call = 0; call < CALLS; call++) {
      sum += FmaChains.run(STEPS);
    }
    double nanos = System.nanoTime() - begin;
    if (Float.isNaN(sum)) {
      throw new AssertionError("the chains converge, so their sum is a number");
    }
    return CALLS * STEPS * FmaChains.operationsPerStep() / nanos;
  }
}
