package io.github.sparkattention.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Times contenders in turns: each round runs every one once, and each round another one begins.
 *
 * @param warmup runs of each contender that are not timed, at least
 * @param rounds timed runs of each contender
 */
record Rounds(int warmup, int rounds) {
  /** Runs in a second are many enough for the JIT compiler, also where one takes microseconds. */
  private static final long WARMUP_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Threads of the one before may spin a while for more work; they must not share the cores. */
  private static final long PAUSE_MILLIS = 25;

  /** Below this, waking a core that a virtual machine has put to sleep shows. */
  private static final long SHORT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  List<Timing> run(List<? extends Timed> contenders) throws InterruptedException {
    for (Timed contender : contenders) {
      warmUp(contender);
    }
    List<List<Double>> millis = new ArrayList<>();
    contenders.forEach(contender -> millis.add(new ArrayList<>()));
    for (int round = 0; round < rounds; round++) {
      for (int turn = 0; turn < contenders.size(); turn++) {
        int next = (round + turn) % contenders.size();
        Thread.sleep(PAUSE_MILLIS);
        millis.get(next).add(afterIdling(contenders.get(next)) / 1e6);
      }
    }
    return millis.stream().map(Timing::new).toList();
  }

  /** Times a run; a short one after another, which wakes cores that the pause has let sleep. */
  private static long afterIdling(Timed contender) {
    long nanos = time(contender);
    return nanos < SHORT_NANOS ? time(contender) : nanos;
  }

  private void warmUp(Timed contender) {
    long spent = 0;
    for (int run = 0; run < warmup || spent < WARMUP_NANOS; run++) {
      spent += time(contender);
    }
  }

  private static long time(Timed contender) {
    long start = System.nanoTime();
    contender.forward();
    long nanos = System.nanoTime() - start;
    contender.release();
    return nanos;
  }
}
