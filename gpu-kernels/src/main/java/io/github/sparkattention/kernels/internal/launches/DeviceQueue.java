package io.github.sparkattention.kernels.internal.launches;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.PassCancelledException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only way to a device: tasks queue here, and a fixed number of threads of our own take their
 * launches one after another. A thread that failed or hung, at whatever it did, is retired with all
 * that it has on the device, and another takes its place.
 *
 * @param <C> what a thread keeps on the device
 */
public final class DeviceQueue<C extends DeviceQueue.Context> implements AutoCloseable {
  /** Hands nothing over. */
  public static final Runnable NO_RESULTS = () -> {};

  private static final Logger LOG = LoggerFactory.getLogger(DeviceQueue.class);
  private static final long POLL_MILLIS = 100;

  private final BlockingQueue<Job> jobs = new LinkedBlockingQueue<>();
  private final Set<LaunchThread> threads = ConcurrentHashMap.newKeySet();
  private final Supplier<C> context;
  private final Duration timeout;
  private volatile boolean closed;

  /** Threads that could not be started when they were needed. */
  private final AtomicInteger missing = new AtomicInteger();

  /** When a job was last taken, ended or given up, by {@link System#nanoTime}. */
  private volatile long lastProgress = System.nanoTime();

  /** What belongs to one launch thread. */
  interface Context extends AutoCloseable {
    /** Called between jobs and now and then while there are none. */
    void tidy();

    @Override
    void close();
  }

  /** What runs on a launch thread. */
  @FunctionalInterface
  public interface Work<C> {
    /**
     * Does the work.
     *
     * @param context what the thread keeps on the device
     * @param caller the only way to the caller's arrays before the results are handed over
     * @return what hands the results over; it is left out if nobody wants them any more
     */
    Runnable run(C context, Caller caller);
  }

  /** The caller of a job, who may give it up and use its arrays anew. */
  public interface Caller {
    /**
     * Looks at them while they are the job's: whoever gives it up waits until this has returned.
     *
     * @param look reads them, soon done
     * @return what it gives
     * @throws PassCancelledException if the job was given up, which ends it without a failure
     */
    <T> T read(Supplier<T> look);

    /**
     * Runs something that can be stopped on its way.
     *
     * @param stop ends it early; called by whoever gives the job up meanwhile
     * @param run what runs
     * @throws PassCancelledException if the job was given up, which ends it without a failure
     */
    void run(Runnable stop, Runnable run);
  }

  /**
   * Starts the threads, each of which makes its context when it has its first job.
   *
   * @param threads how many jobs may run at once
   * @param timeout how long a job may run
   * @param context makes what a thread keeps on the device
   */
  public DeviceQueue(int threads, Duration timeout, Supplier<C> context) {
    this.context = context;
    this.timeout = timeout;
    for (int i = 0; i < threads; i++) {
      new LaunchThread().start();
    }
  }

  /** Lets work run on a launch thread when it is its turn. */
  public Job submit(Work<C> work) {
    if (closed) {
      throw closedException();
    }
    int toStart = missing.getAndSet(0);
    for (int i = 0; i < toStart; i++) {
      startThread();
    }
    Job job = new Job(work);
    jobs.add(job);
    return job;
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException("the OpenCL backend is closed");
  }

  private void startThread() {
    if (!closed) {
      try {
        new LaunchThread().start();
      } catch (OutOfMemoryError e) {
        // What the system says when it gives no more threads. The next job asks again.
        missing.incrementAndGet();
        LOG.warn("A launch thread could not be started: {}", e.toString());
      }
    }
  }

  private static boolean isOver(long since, Duration timeout) {
    return System.nanoTime() - since > timeout.toNanos();
  }

  /** All of them, since the caller of a hung job may be gone while others wait behind it. */
  private void retireHungThreads() {
    for (LaunchThread thread : threads) {
      if (thread.isHung()) {
        thread.giveUp();
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
    /** Null until the first job. */
    private C own;

    /** Whether it does anything that may hang, and since when. */
    private boolean busy;

    private long busySince;

    /** Null between jobs. */
    private Job job;

    private boolean retired;

    LaunchThread() {
      super("attention-opencl-launch");
      setDaemon(true);
    }

    @Override
    public void run() {
      threads.add(this);
      boolean healthy = false;
      try {
        healthy = serve();
      } catch (Throwable e) {
        LOG.warn("A launch thread of the OpenCL device is retired: {}", e.toString());
      } finally {
        threads.remove(this);
        if (!healthy) {
          retire();
        }
      }
    }

    /** Returns when the queue is closed; false if the thread must be retired before. */
    private boolean serve() {
      while (!closed) {
        Job next = poll();
        begin(next);
        try {
          if (next != null && !next.run(this)) {
            return false;
          }
          // Has all its time again.
          begin(null);
          if (own != null) {
            own.tidy();
          }
        } finally {
          end();
        }
        if (isRetired()) {
          return false;
        }
      }
      if (own != null) {
        // Only here: what a failed launch has left behind can't even be freed, for the native code
        // may crash.
        own.close();
      }
      return true;
    }

    private Job poll() {
      try {
        return jobs.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        return null;
      }
    }

    /** Made here and not earlier, so that what goes wrong at it fails a job. */
    private C context() {
      if (own == null) {
        own = context.get();
      }
      return own;
    }

    private synchronized void begin(Job next) {
      job = next;
      busy = true;
      busySince = System.nanoTime();
      lastProgress = busySince;
    }

    private synchronized void end() {
      job = null;
      busy = false;
      lastProgress = System.nanoTime();
    }

    private synchronized boolean isHung() {
      return busy && !retired && isOver(busySince, timeout);
    }

    private synchronized boolean isRetired() {
      return retired;
    }

    /** Leaves the thread to itself, and its job without results, unless that has just ended. */
    private void giveUp() {
      Job hung;
      synchronized (this) {
        hung = job;
      }
      if (hung == null || hung.abandon()) {
        retire();
      }
    }

    /** Has another thread take the place of this one, which takes no further job. */
    private void retire() {
      synchronized (this) {
        if (retired) {
          return;
        }
        retired = true;
      }
      lastProgress = System.nanoTime();
      startThread();
    }
  }

  /** One caller's work: waiting, running, or done. */
  public final class Job implements Caller {
    private final Work<C> work;
    private final CountDownLatch done = new CountDownLatch(1);
    private final long submittedAt = System.nanoTime();
    private boolean taken;
    private boolean cancelled;
    private boolean abandoned;
    private Throwable failure;

    /** Ends early what runs now; null if nothing runs that could be. */
    private Runnable stop;

    private Job(Work<C> work) {
      this.work = work;
    }

    /**
     * Waits until the work is done. That has an end, whatever becomes of the launch threads.
     *
     * @param cancellation whether the caller has given the job up; asked now and then
     * @throws PassCancelledException if the job was cancelled or given up, or this thread
     *     interrupted, which cancels it
     * @throws DeviceException if the work failed, took longer than the timeout, or was taken by no
     *     thread in twice that time
     */
    public void await(Cancellation cancellation) {
      try {
        while (!done.await(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
          if (closed && leaveQueue()) {
            throw closedException();
          }
          retireHungThreads();
          if (cancellation.isRequested()) {
            cancel();
            cancellation.check();
          }
          checkStillWanted();
          checkProgress();
        }
      } catch (InterruptedException e) {
        cancel();
        Thread.currentThread().interrupt();
        throw (PassCancelledException)
            new PassCancelledException("interrupted while waiting for the OpenCL device")
                .initCause(e);
      }
      checkStillWanted();
      throwFailure();
    }

    private synchronized void checkStillWanted() {
      if (cancelled) {
        throw new PassCancelledException("the launch was cancelled");
      }
      if (abandoned) {
        throw new DeviceException(
            String.format("a launch has not ended after %d s", timeout.toSeconds()), null);
      }
    }

    /** Jobs before this one may take their time, but one of them ends within the timeout. */
    private void checkProgress() {
      Duration bound = timeout.multipliedBy(2);
      if (isOver(submittedAt, bound) && isOver(lastProgress, bound) && leaveQueue()) {
        throw new DeviceException(
            String.format("no thread has taken a launch for %d s", bound.toSeconds()), null);
      }
    }

    /** Runs on a launch thread; false if the thread must be retired. */
    private boolean run(LaunchThread thread) {
      synchronized (this) {
        if (taken) {
          return true;
        }
        taken = true;
      }
      Runnable results = NO_RESULTS;
      Throwable thrown = null;
      try {
        results = work.run(thread.context(), this);
      } catch (Throwable e) {
        // Whatever Aparapi threw, this thread and its kernels can't be trusted any more.
        thrown = e;
      }
      synchronized (this) {
        boolean wanted = !cancelled && !abandoned;
        try {
          if (thrown == null && wanted) {
            // Under the lock: whoever cancels or abandons a job may use its arrays anew.
            results.run();
          }
        } catch (Throwable e) {
          thrown = e;
        }
        boolean failed = thrown != null && (wanted || !(thrown instanceof PassCancelledException));
        failure = failed ? thrown : null;
        if (failed) {
          // Before its caller knows, who may come with another job at once.
          thread.retire();
        }
        done.countDown();
        return !failed && !abandoned;
      }
    }

    @Override
    public synchronized <T> T read(Supplier<T> look) {
      checkNotGivenUp();
      return look.get();
    }

    @Override
    public void run(Runnable stopEarly, Runnable run) {
      synchronized (this) {
        checkNotGivenUp();
        stop = stopEarly;
      }
      try {
        run.run();
      } finally {
        synchronized (this) {
          stop = null;
        }
      }
      synchronized (this) {
        checkNotGivenUp();
      }
    }

    private void checkNotGivenUp() {
      if (cancelled || abandoned) {
        throw new PassCancelledException("the launch was given up before it ended");
      }
    }

    /**
     * Takes the job out of the queue, or stops it and drops its results; the caller's arrays are
     * left alone once this has returned.
     */
    public synchronized void cancel() {
      leaveQueue();
      cancelled = true;
      if (stop != null) {
        stop.run();
      }
    }

    /** False if a thread already runs the job. */
    private synchronized boolean leaveQueue() {
      boolean wasWaiting = !taken;
      taken = true;
      jobs.remove(this);
      return wasWaiting;
    }

    /** False if the job has ended. */
    private synchronized boolean abandon() {
      abandoned = done.getCount() > 0;
      return abandoned;
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
