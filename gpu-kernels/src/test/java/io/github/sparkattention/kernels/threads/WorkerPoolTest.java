package io.github.sparkattention.kernels.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.PassCancelledException;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkerPoolTest {

  @Test
  void everyStepRunsOnce() {
    try (WorkerPool pool = new WorkerPool(3)) {
      AtomicIntegerArray runs = new AtomicIntegerArray(1000);
      pool.run(1000, Cancellation.NEVER, runs::incrementAndGet);
      for (int i = 0; i < 1000; i++) {
        assertThat(runs.get(i)).isEqualTo(1);
      }
      pool.run(0, Cancellation.NEVER, step -> runs.set(0, -1));
      assertThat(runs.get(0)).isEqualTo(1);
    }
  }

  @Test
  void manyCallersNeverRunMoreThreadsThanCores() throws InterruptedException {
    try (WorkerPool pool = new WorkerPool(2)) {
      AtomicInteger running = new AtomicInteger();
      AtomicInteger most = new AtomicInteger();
      AtomicInteger steps = new AtomicInteger();
      List<Thread> callers = new ArrayList<>();
      for (int c = 0; c < 8; c++) {
        Thread caller =
            new Thread(
                () -> {
                  for (int loop = 0; loop < 20; loop++) {
                    pool.run(
                        10,
                        Cancellation.NEVER,
                        step -> {
                          most.accumulateAndGet(running.incrementAndGet(), Math::max);
                          spin(50_000);
                          steps.incrementAndGet();
                          running.decrementAndGet();
                        });
                  }
                });
        callers.add(caller);
        caller.start();
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertThat(steps).hasValue(8 * 20 * 10);
      assertThat(most).hasValue(2);
    }
  }

  @Test
  void threadsThatWaitHoldNothingOfTheirLastLoop() throws InterruptedException {
    try (WorkerPool pool = new WorkerPool(3)) {
      WeakReference<float[]> array = arrayOfALoop(pool);
      while (array.get() != null) {
        System.gc();
        Thread.sleep(10);
      }
    }
  }

  /** A loop that all threads take part in, with an array that is the loop's alone. */
  private static WeakReference<float[]> arrayOfALoop(WorkerPool pool) {
    float[] array = new float[3];
    CountDownLatch all = new CountDownLatch(3);
    pool.run(
        3,
        Cancellation.NEVER,
        step -> {
          array[step] = 1;
          all.countDown();
          awaitUninterrupted(all);
        });
    return new WeakReference<>(array);
  }

  @Test
  void oneCallerAloneUsesAllCores() {
    try (WorkerPool pool = new WorkerPool(3)) {
      Set<Thread> threads = ConcurrentHashMap.newKeySet();
      CountDownLatch all = new CountDownLatch(3);
      pool.run(
          3,
          Cancellation.NEVER,
          step -> {
            threads.add(Thread.currentThread());
            all.countDown();
            awaitUninterrupted(all);
          });
      assertThat(threads).hasSize(3).contains(Thread.currentThread());
    }
  }

  @Test
  void aFailureReachesTheCallerOnceNoThreadRunsItsStepsAnyMore() {
    try (WorkerPool pool = new WorkerPool(3)) {
      AtomicInteger running = new AtomicInteger();
      assertThatThrownBy(
              () ->
                  pool.run(
                      100,
                      Cancellation.NEVER,
                      step -> {
                        running.incrementAndGet();
                        try {
                          if (step == 5) {
                            throw new IllegalStateException("step 5");
                          }
                          spin(100_000);
                        } finally {
                          running.decrementAndGet();
                        }
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("step 5");
      assertThat(running).hasValue(0);
      AtomicInteger after = new AtomicInteger();
      pool.run(10, Cancellation.NEVER, step -> after.incrementAndGet());
      assertThat(after).hasValue(10);
    }
  }

  @Test
  void whateverAStepThrowsReachesTheCaller() {
    try (WorkerPool pool = new WorkerPool(2)) {
      IOException checked = new IOException("of a method that does not declare it");
      CountDownLatch both = new CountDownLatch(2);
      assertThatThrownBy(
              () ->
                  pool.run(
                      2,
                      Cancellation.NEVER,
                      step -> {
                        both.countDown();
                        awaitUninterrupted(both);
                        Sneaky.<RuntimeException>raise(checked);
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("a step failed: " + checked)
          .hasCause(checked);
      AtomicInteger after = new AtomicInteger();
      pool.run(10, Cancellation.NEVER, step -> after.incrementAndGet());
      assertThat(after).hasValue(10);
    }
  }

  /** Throws what the compiler wouldn't let through, as code in Scala does. */
  private static final class Sneaky {
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "DoNotCallSuggester"})
    static <E extends Throwable> void raise(Throwable thrown) throws E {
      throw (E) thrown;
    }
  }

  @Test
  void aLoopThatIsGivenUpLeavesOutItsLaterSteps() {
    try (WorkerPool pool = new WorkerPool(3)) {
      AtomicInteger begun = new AtomicInteger();
      assertThatThrownBy(() -> pool.run(1000, () -> begun.get() >= 5, s -> begun.incrementAndGet()))
          .isInstanceOf(PassCancelledException.class)
          .hasMessage("the forward pass was given up by its caller");
      // Each thread may have asked before the fifth step began.
      assertThat(begun.get()).isBetween(5, 7);
    }
  }

  @Test
  void aCallerThatIsGivenUpDoesNotWaitForACore() throws InterruptedException {
    try (WorkerPool pool = new WorkerPool(1)) {
      CountDownLatch begun = new CountDownLatch(1);
      CountDownLatch end = new CountDownLatch(1);
      Thread other =
          new Thread(
              () ->
                  pool.run(
                      1,
                      Cancellation.NEVER,
                      step -> {
                        begun.countDown();
                        awaitUninterrupted(end);
                      }));
      other.start();
      awaitUninterrupted(begun);
      AtomicInteger asked = new AtomicInteger();
      assertThatThrownBy(() -> pool.run(1, () -> asked.incrementAndGet() > 3, step -> {}))
          .isInstanceOf(PassCancelledException.class);
      end.countDown();
      other.join();
    }
  }

  @Test
  void anInterruptDoesNotTearALoopAndIsNotLost() {
    try (WorkerPool pool = new WorkerPool(2)) {
      AtomicInteger steps = new AtomicInteger();
      Thread.currentThread().interrupt();
      pool.run(50, Cancellation.NEVER, step -> steps.incrementAndGet());
      assertThat(Thread.interrupted()).isTrue();
      assertThat(steps).hasValue(50);
    }
  }

  @Test
  void aClosedPoolRefusesAndItsThreadsEnd() throws InterruptedException {
    WorkerPool pool = new WorkerPool(2);
    Set<Thread> helpers = ConcurrentHashMap.newKeySet();
    CountDownLatch both = new CountDownLatch(2);
    pool.run(
        2,
        Cancellation.NEVER,
        step -> {
          helpers.add(Thread.currentThread());
          both.countDown();
          awaitUninterrupted(both);
        });
    helpers.remove(Thread.currentThread());
    pool.close();
    assertThatThrownBy(() -> pool.run(1, Cancellation.NEVER, step -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the Java-threads backend is closed");
    for (Thread helper : helpers) {
      helper.join(10_000);
      assertThat(helper.isAlive()).isFalse();
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void spin(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }
}
