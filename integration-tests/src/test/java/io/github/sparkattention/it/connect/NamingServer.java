package io.github.sparkattention.it.connect;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.sql.AttentionFunctions;
import org.apache.spark.sql.SparkSession;

/**
 * A program that gives a stage a name, and then serves Spark Connect as Spark's own server does.
 */
public final class NamingServer {
  private NamingServer() {}

  /** Serves until it is killed; the first argument is the folder of the stage. */
  public static void main(String[] args) throws ReflectiveOperationException {
    SparkSession session = SparkSession.builder().getOrCreate();
    AttentionFunctions.register(session, "registered", CausalAttention.load(args[0]));
    // Its class is in a jar that the tests' own class path lacks.
    Class.forName("org.apache.spark.sql.connect.service.SparkConnectServer")
        .getMethod("main", String[].class)
        .invoke(null, (Object) new String[0]);
  }
}
