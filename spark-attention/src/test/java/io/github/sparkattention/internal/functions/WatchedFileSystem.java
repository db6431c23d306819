package io.github.sparkattention.internal.functions;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.spark.sql.SparkSession;

/** The local files as {@code watched:/…}, with a record of what was listed and opened. */
public final class WatchedFileSystem extends RawLocalFileSystem {
  /** The folders that were listed, in their order. */
  static final List<String> LISTED = new CopyOnWriteArrayList<>();

  /** The files that were opened, in their order. */
  static final List<String> OPENED = new CopyOnWriteArrayList<>();

  /** What to do before a file is opened, by its path. */
  private static final ConcurrentHashMap<String, Runnable> HOOKS = new ConcurrentHashMap<>();

  /** Lets a session know the scheme, and forgets what was recorded. */
  static void install(SparkSession session) {
    session.conf().set("fs.watched.impl", WatchedFileSystem.class.getName());
    LISTED.clear();
    OPENED.clear();
    HOOKS.clear();
  }

  static String path(java.nio.file.Path local) {
    return "watched:" + local;
  }

  /** Runs something each time when a file is about to be opened. */
  static void beforeOpening(java.nio.file.Path local, Runnable hook) {
    HOOKS.put(local.toString(), hook);
  }

  /** Keeps a file from being opened until the latch is released. */
  static void hold(java.nio.file.Path local, CountDownLatch reached, CountDownLatch release) {
    beforeOpening(
        local,
        () -> {
          reached.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Override
  public String getScheme() {
    return "watched";
  }

  @Override
  public URI getUri() {
    return URI.create("watched:///");
  }

  @Override
  public FileStatus[] listStatus(Path folder) throws IOException {
    LISTED.add(folder.toUri().getPath());
    return super.listStatus(folder);
  }

  @Override
  public FSDataInputStream open(Path file, int bufferSize) throws IOException {
    String path = file.toUri().getPath();
    OPENED.add(path);
    Runnable hook = HOOKS.get(path);
    if (hook != null) {
      hook.run();
    }
    return super.open(file, bufferSize);
  }
}
