package io.github.sparkattention.internal.expressions;

import io.github.sparkattention.text.Tokenizer;
import io.github.sparkattention.text.TokenizerFiles;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/** A tokenizer on the driver, and its broadcast, which all that use it share. */
public final class LoadedTokenizer {
  private final String checkpoint;
  private final TokenizerFiles files;
  private SparkContext broadcastIn;
  private Broadcast<Tokenizer> broadcast;

  /**
   * Holds a tokenizer.
   *
   * @param checkpoint what the param said when it was read
   * @param files what was read
   */
  public LoadedTokenizer(String checkpoint, TokenizerFiles files) {
    this.checkpoint = checkpoint;
    this.files = files;
  }

  /** Whether it is that of a path. */
  public boolean isOf(String otherCheckpoint) {
    return checkpoint.equals(otherCheckpoint);
  }

  /** What was read. */
  public TokenizerFiles files() {
    return files;
  }

  /** The tokenizer as tasks get it. */
  public synchronized Broadcast<Tokenizer> broadcast(SparkContext context) {
    // A broadcast ends with its application, and a JVM may see several of them.
    if (broadcastIn != context) {
      broadcast = JavaSparkContext.fromSparkContext(context).broadcast(files.tokenizer());
      broadcastIn = context;
    }
    return broadcast;
  }
}
