package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.plan.AttentionModel;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.WeakHashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * The stages that programs have given names. They are kept by application and not by session, for a
 * stream runs its batches in a copy of its session.
 */
public final class NamedStages {
  private static final Map<SparkContext, Map<String, FunctionStage>> BY_APPLICATION =
      new WeakHashMap<>();

  private NamedStages() {}

  public static void register(SparkSession session, String name, AttentionModel stage) {
    if (name.isBlank() || name.contains("/")) {
      throw new IllegalArgumentException(
          String.format(
              "the name of a stage must be some text without a slash, since '/' tells a path, but is"
                  + " '%s'",
              name));
    }
    FunctionStage model = FunctionStage.of(name, stage);
    synchronized (BY_APPLICATION) {
      BY_APPLICATION
          .computeIfAbsent(session.sparkContext(), any -> new TreeMap<>())
          .put(name, model);
    }
  }

  /** The stages of a session's application, by name. */
  static Map<String, FunctionStage> of(SparkSession session) {
    synchronized (BY_APPLICATION) {
      return new TreeMap<>(
          BY_APPLICATION.getOrDefault(session.sparkContext(), Collections.emptyMap()));
    }
  }
}
