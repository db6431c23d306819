package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.DeviceException;
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
  /** Hands nothing over. */
  static final Runnable NO_RESULTS = () -> {};

  private static final long POLL_MILLIS = 100;

  private final BlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
  private final Set<Job> running = ConcurrentHashMap.newKeySet();
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
    /**
     * Does the work.
     *
     * @param context what the thread keeps on the device
     * @return what hands the results over; it is left out if nobody wants them any more
     */
    Runnable run(C context);
  }

  DeviceQueue(int threads, Duration timeout, Supplier<C> context) {
    this.context = context;
    this.timeout = timeout;
    for (int i = 0; i < threads; i++) {
      new LaunchThread().start();
    }
  }

  /** Lets work run on a launch thread when it is its turn. */
  Job submit(Work<C> work) {
    if (closed) {
      throw closedException();
    }
    Job job = new Job(work);
    jobs.add(job);
    return job;
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException("the OpenCL backend is closed");
  }

  /** All of them, since the caller of a hung job may be gone while others wait behind it. */
  private void abandonHungJobs() {
    for (Job job : running) {
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
        Job job = poll();
        healthy = job == null || run(job, own);
      }
      if (healthy) {
        // What a failed launch has left behind can't even be freed: the native code may crash.
        own.close();
      }
    }

    private Job poll() {
      try {
        return jobs.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        return null;
      }
    }

    private boolean run(Job job, C own) {
      running.add(job);
      try {
        return job.run(own);
      } finally {
        running.remove(job);
      }
    }
  }

  /** One caller's work: waiting, running, or done. */
  final class Job {
    private final Work<C> work;
    private final CountDownLatch done = new CountDownLatch(1);
    private boolean taken;
    private boolean started;
    private boolean cancelled;
    private boolean abandoned;
    private long startedAt;
    private Throwable failure;

    private Job(Work<C> work) {
      this.work = work;
    }

    /**
     * Waits until the work is done.
     *
     * @throws CancellationException if the job was cancelled, or this thread interrupted, which
     *     cancels it
     * @throws DeviceException if the work failed, or took longer than the timeout
     */
    void await() {
      try {
        while (!done.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
          if (closed && leaveQueue()) {
            throw closedException();
          }
          abandonHungJobs();
          checkStillWanted();
        }
      } catch (InterruptedException e) {
        cancel();
        Thread.currentThread().interrupt();
        throw (CancellationException)
            new CancellationException("interrupted while waiting for the OpenCL device")
                .initCause(e);
      }
      checkStillWanted();
      throwFailure();
    }

    private synchronized void checkStillWanted() {
      if (cancelled) {
        throw new CancellationException("the launch was cancelled");
      }
      if (abandoned) {
        throw new DeviceException(
            String.format("a launch has not ended after %d s", timeout.toSeconds()), null);
      }
    }

    /** Runs on a launch thread; false if the thread must be retired. */
    private boolean run(C context) {
      synchronized (this) {
        if (taken) {
          return true;
        }
        taken = true;
        started = true;
        startedAt = System.nanoTime();
      }
      Runnable results = NO_RESULTS;
      try {
        results = work.run(context);
      } catch (RuntimeException | Error e) {
        // Whatever Aparapi threw, this thread and its kernels can't be trusted any more.
        failure = e;
      }
      synchronized (this) {
        if (abandoned) {
          return false;
        }
        if (failure != null) {
          replaceThread();
        } else if (!cancelled) {
          // Under the lock: whoever cancels or abandons a job may use its arrays anew.
          results.run();
        }
        done.countDown();
      }
      return failure == null;
    }

    private void replaceThread() {
      if (!closed) {
        new LaunchThread().start();
      }
    }

    /**
     * Takes the job out of the queue, or drops its results; nothing is handed over once this has
     * returned.
     */
    synchronized void cancel() {
      leaveQueue();
      cancelled = true;
    }

    /** False if a thread already runs the job. */
    private synchronized boolean leaveQueue() {
      boolean wasWaiting = !taken;
      taken = true;
      jobs.remove(this);
      return wasWaiting;
    }

    private synchronized boolean hasRunLongerThan(Duration timeout) {
      return started && System.nanoTime() - startedAt > timeout.toNanos();
    }

    /** Leaves the hung thread to itself, and has another take its place. */
    private synchronized void abandon() {
      if (done.getCount() > 0 && !abandoned) {
        abandoned = true;
        replaceThread();
      }
    }

    private void throwFailure() {
      if (failure instanceof DeviceException e) {
        throw e;
      }
      if (failure != null) {
        throw new DeviceException("a launch failed: " + failure, failure);
      }
    }
  }
}
