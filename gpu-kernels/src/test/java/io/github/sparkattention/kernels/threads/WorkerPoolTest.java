package io.github.sparkattention.kernels.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
      pool.run(1000, runs::incrementAndGet);
      for (int i = 0; i < 1000; i++) {
        assertThat(runs.get(i)).isEqualTo(1);
      }
      pool.run(0, step -> runs.set(0, -1));
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
  void oneCallerAloneUsesAllCores() {
    try (WorkerPool pool = new WorkerPool(3)) {
      Set<Thread> threads = ConcurrentHashMap.newKeySet();
      CountDownLatch all = new CountDownLatch(3);
      pool.run(
          3,
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
      pool.run(10, step -> after.incrementAndGet());
      assertThat(after).hasValue(10);
    }
  }

  @Test
  void anInterruptDoesNotTearALoopAndIsNotLost() {
    try (WorkerPool pool = new WorkerPool(2)) {
      AtomicInteger steps = new AtomicInteger();
      Thread.currentThread().interrupt();
      pool.run(50, step -> steps.incrementAndGet());
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
        step -> {
          helpers.add(Thread.currentThread());
          both.countDown();
          awaitUninterrupted(both);
        });
    helpers.remove(Thread.currentThread());
    pool.close();
    assertThatThrownBy(() -> pool.run(1, step -> {}))
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
