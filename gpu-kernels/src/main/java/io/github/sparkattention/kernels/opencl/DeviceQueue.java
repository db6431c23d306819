package io.github.sparkattention.kernels.opencl;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The only way to a device: tasks queue here, and a fixed number of threads of our own take their
 * launches one after another. A thread whose launch failed or hung is retired with all that it has
 * on the device, and another takes its place.
 *
 * @param <C> what a thread keeps on the device
 */
final class DeviceQueue<C extends DeviceQueue.Context> implements AutoCloseable {
  private static final long POLL_MILLIS = 100;

  private final BlockingQueue<Job<C>> jobs = new LinkedBlockingQueue<>();
  private final Set<Job<C>> running = ConcurrentHashMap.newKeySet();
  private final Supplier<C> context;
  private final Duration timeout;
  private volatile boolean closed;

  /** What belongs to one launch thread. */
  interface Context extends AutoCloseable {
    /** Called between jobs and now and then while there are none. */
    void tidy();

    @Override
    void close();
  }

  /** What runs on a launch thread. */
  @FunctionalInterface
  interface Work<C> {
    void run(C context);
  }

  DeviceQueue(int threads, Duration timeout, Supplier<C> context) {
    this.context = context;
    this.timeout = timeout;
    for (int i = 0; i < threads; i++) {
      new LaunchThread().start();
    }
  }

  /**
   * Runs work on a launch thread, and waits for it.
   *
   * @throws CancellationException if this thread was interrupted; its place in the queue is free
   * @throws DeviceException if the work took longer than the timeout
   */
  void run(Work<C> work) {
    if (closed) {
      throw new IllegalStateException("the OpenCL backend is closed");
    }
    Job<C> job = new Job<>(work);
    jobs.add(job);
    try {
      while (!job.done.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
        if (closed && job.cancel()) {
          throw new IllegalStateException("the OpenCL backend is closed");
        }
        abandonHungJobs();
        if (job.isAbandoned()) {
          throw new DeviceException(
              String.format("a launch has not ended after %d s", timeout.toSeconds()), null);
        }
      }
    } catch (InterruptedException e) {
      job.cancel();
      Thread.currentThread().interrupt();
      throw (CancellationException)
          new CancellationException("interrupted while waiting for the OpenCL device").initCause(e);
    }
    job.throwFailure();
  }

  /** All of them, since the caller of a hung job may be gone while others wait behind it. */
  private void abandonHungJobs() {
    for (Job<C> job : running) {
      if (job.hasRunLongerThan(timeout)) {
        job.abandon();
      }
    }
  }

  /** How many jobs wait for a thread. */
  int waiting() {
    return jobs.size();
  }

  @Override
  public void close() {
    closed = true;
  }

  private final class LaunchThread extends Thread {
    LaunchThread() {
      super("attention-opencl-launch");
      setDaemon(true);
    }

    @Override
    public void run() {
      C own = context.get();
      boolean healthy = true;
      while (healthy && !closed) {
        own.tidy();
        Job<C> job = poll();
        healthy = job == null || run(job, own);
      }
      if (healthy) {
        // What a failed launch has left behind can't even be freed: the native code may crash.
        own.close();
      }
    }

    private Job<C> poll() {
      try {
        return jobs.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        return null;
      }
    }

    private boolean run(Job<C> job, C own) {
      running.add(job);
      try {
        return job.run(own, this::replace);
      } finally {
        running.remove(job);
      }
    }

    private void replace() {
      if (!closed) {
        new LaunchThread().start();
      }
    }
  }

  /** One caller's work: waiting, running, or done. */
  private static final class Job<C> {
    private final Work<C> work;
    private final CountDownLatch done = new CountDownLatch(1);
    private boolean taken;
    private boolean abandoned;
    private long startedAt;
    private Runnable replacement;
    private Throwable failure;

    Job(Work<C> work) {
      this.work = work;
    }

    /** Runs on a launch thread; false if the thread must be retired. */
    boolean run(C context, Runnable replace) {
      synchronized (this) {
        if (taken) {
          return true;
        }
        taken = true;
        startedAt = System.nanoTime();
        replacement = replace;
      }
      try {
        work.run(context);
      } catch (RuntimeException | Error e) {
        // Whatever Aparapi threw, this thread and its kernels can't be trusted any more.
        failure = e;
      }
      synchronized (this) {
        if (abandoned) {
          return false;
        }
        if (failure != null) {
          replace.run();
        }
        done.countDown();
      }
      return failure == null;
    }

    /** Takes the job out of the queue; false if a thread already runs it. */
    synchronized boolean cancel() {
      boolean wasWaiting = !taken;
      taken = true;
      return wasWaiting;
    }

    synchronized boolean hasRunLongerThan(Duration timeout) {
      return replacement != null && System.nanoTime() - startedAt > timeout.toNanos();
    }

    /** Leaves the hung thread to itself, and has another take its place. */
    synchronized void abandon() {
      if (done.getCount() > 0 && !abandoned) {
        abandoned = true;
        replacement.run();
      }
    }

    synchronized boolean isAbandoned() {
      return abandoned;
    }

    void throwFailure() {
      if (failure instanceof DeviceException e) {
        throw e;
      }
      if (failure != null) {
        throw new DeviceException("a launch failed: " + failure, failure);
      }
    }
  }
}
