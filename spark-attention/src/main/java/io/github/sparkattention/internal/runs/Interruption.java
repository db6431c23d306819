package io.github.sparkattention.internal.runs;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/**
 * Lets a command that a signal interrupts (SIGINT, SIGTERM) end as one that failed: its jobs are
 * cancelled, it removes what is incomplete and says so, and only then do Spark, the file systems
 * and the JVM shut down, with the exit code 128 + the signal's number.
 */
public final class Interruption {
  /** Before Spark's hooks, at 40, which stop the session, and those of file systems, at 10. */
  private static final int PRIORITY = 100;

  private static final int PATIENCE_SECONDS = 30;
  private static final int RETRY_MILLIS = 100;

  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean happened;

  private Interruption() {}

  /** Begins to listen. */
  public static Interruption listen() {
    Interruption interruption = new Interruption();
    ShutdownHookManager.get()
        .addShutdownHook(
            interruption::endCommand, PRIORITY, 2L * PATIENCE_SECONDS, TimeUnit.SECONDS);
    return interruption;
  }

  /** Whether a signal has come while the command ran. */
  public boolean happened() {
    return happened;
  }

  /** To be called when the command has said its last word. */
  public void commandEnded() {
    ended.countDown();
  }

  private void endCommand() {
    happened = ended.getCount() > 0;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    try {
      // Again and again, since a command may be on its way from one job to the next.
      while (ended.getCount() > 0 && System.nanoTime() < end) {
        cancelJobs();
        ended.await(RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      // The hook's time is over, and with it the JVM's.
      Thread.currentThread().interrupt();
    }
  }

  private static void cancelJobs() {
    Option<SparkSession> session = SparkSession.getDefaultSession();
    if (session.isDefined() && !session.get().sparkContext().isStopped()) {
      session.get().sparkContext().cancelAllJobs();
    }
  }
}
