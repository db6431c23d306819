package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Cancellation;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Runs loops on a fixed number of cores, shared by all callers of a JVM.
 *
 * <p>A caller works on its own loop and helpers join in where a core is free, so that many callers
 * never run more threads than there are cores, and a single one may use them all. A core is lent
 * for one step at a time: a caller waits no longer than a helper's step.
 */
final class WorkerPool implements AutoCloseable {
  /** How long a caller waits for a core before it asks whether it is still wanted. */
  private static final long POLL_MILLIS = 50;

  private final int cores;
  private final Deque<Loop> loops = new ArrayDeque<>();
  private int free;
  private boolean closed;

  /** Written under the lock; helpers read it between steps to give their core to a caller. */
  private volatile int waitingCallers;

  WorkerPool(int cores) {
    this.cores = cores;
    this.free = cores;
    for (int i = 1; i < cores; i++) {
      Thread helper = new Thread(this::help, "attention-worker-" + i);
      helper.setDaemon(true);
      helper.start();
    }
  }

  int cores() {
    return cores;
  }

  /**
   * Runs {@code body} once for each number below {@code steps}, in any order and on any thread, and
   * returns when all have ended. A failure of a step is thrown here, and the steps not yet begun
   * are left out. So it is with a cancellation, which is asked for before each step.
   */
  void run(int steps, Cancellation cancellation, IntConsumer body) {
    if (steps == 0) {
      return;
    }
    Loop loop = new Loop(steps, cancellation, body);
    enter(loop);
    try {
      loop.work(() -> true);
    } finally {
      leave(loop);
    }
    loop.await();
  }

  private synchronized void enter(Loop loop) {
    waitingCallers++;
    try {
      waitWhile(() -> free == 0 && !closed && !loop.cancellation.isRequested(), POLL_MILLIS);
    } finally {
      waitingCallers--;
      notifyAll();
    }
    if (closed) {
      throw new IllegalStateException("the Java-threads backend is closed");
    }
    loop.cancellation.check();
    free--;
    loops.add(loop);
    notifyAll();
  }

  private synchronized void leave(Loop loop) {
    loops.remove(loop);
    free++;
    notifyAll();
  }

  private void help() {
    while (helpOnce()) {
      // A method of its own, so that a thread that waits doesn't hold the arrays of its last loop.
    }
  }

  private boolean helpOnce() {
    Loop loop = join();
    if (loop == null) {
      return false;
    }
    loop.work(() -> waitingCallers == 0);
    synchronized (this) {
      free++;
      notifyAll();
    }
    return true;
  }

  /** Waits for a core and a loop that has steps left; null once the pool is closed. */
  private synchronized Loop join() {
    waitWhile(() -> !closed && (free == 0 || waitingCallers > 0 || next() == null), 0);
    if (closed) {
      return null;
    }
    free--;
    return next();
  }

  private Loop next() {
    for (Loop loop : loops) {
      if (loop.hasMore()) {
        return loop;
      }
    }
    return null;
  }

  /**
   * Waits without losing an interrupt: whoever sent it finds the thread's flag set afterwards.
   *
   * @param pollMillis how often to look without being notified; 0 for never
   */
  private void waitWhile(BooleanSupplier condition, long pollMillis) {
    boolean interrupted = false;
    while (condition.getAsBoolean()) {
      try {
        wait(pollMillis);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    notifyAll();
  }

  /** One caller's loop: steps are claimed one by one, by whichever thread comes next. */
  private static final class Loop {
    private final int steps;
    private final Cancellation cancellation;
    private final IntConsumer body;
    private final AtomicInteger claimed = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private int ended;

    Loop(int steps, Cancellation cancellation, IntConsumer body) {
      this.steps = steps;
      this.cancellation = cancellation;
      this.body = body;
    }

    boolean hasMore() {
      return claimed.get() < steps;
    }

    void work(BooleanSupplier goOn) {
      int done = 0;
      while (goOn.getAsBoolean() && hasMore()) {
        int step = claimed.getAndIncrement();
        if (step >= steps) {
          break;
        }
        runStep(step);
        done++;
      }
      synchronized (this) {
        ended += done;
        notifyAll();
      }
    }

    private void runStep(int step) {
      if (failure.get() == null) {
        try {
          cancellation.check();
          body.accept(step);
        } catch (Throwable e) {
          // Kept for the caller, who must not return while other threads still write its arrays.
          // Whatever it is: a helper that ended here would leave its caller waiting for ever.
          failure.compareAndSet(null, e);
        }
      }
    }

    synchronized void await() {
      boolean interrupted = false;
      while (ended < steps) {
        try {
          wait();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      if (failure.get() instanceof Error error) {
        throw error;
      }
      if (failure.get() instanceof RuntimeException exception) {
        throw exception;
      }
      if (failure.get() != null) {
        throw new IllegalStateException("a step failed: " + failure.get(), failure.get());
      }
    }
  }
}
