package io.github.sparkattention.sql;

import static io.github.sparkattention.sql.AttentionFunctions.causalAttention;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.internal.plan.BatchAttentionStrategy;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.spark.SparkLine;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;

class SessionsTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(3, 4, 3, 0, 5, 1, 9, 2);

  private final CausalAttention stage =
      new CausalAttention().setDIn(4).setDOut(4).setNumHeads(2).setSeed(5).setBackend("threads");
  private final Map<Long, String> expected =
      Sequences.contextOf(stage.config(), stage.weights(), SEQUENCES);

  private static Dataset<Row> rows(SparkSession session) {
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    return session.createDataFrame(rows.collectAsList(), rows.schema());
  }

  private static List<?> strategies(SparkSession session) {
    return CollectionConverters.asJava(
        SparkLine.classic(session).sessionState().planner().strategies());
  }

  private static boolean isTaught(SparkSession session) {
    return strategies(session).contains(BatchAttentionStrategy.INSTANCE);
  }

  @Test
  void aSessionFindsTheExtensionsByItself() {
    SparkSession session = LocalSpark.session().newSession();
    AttentionFunctions.register(session, "found", stage);
    rows(session).createOrReplaceTempView("sequences");
    Dataset<Row> result =
        session.sql("select id, causal_attention(tokens, 'found') as context from sequences");
    assertThat(Sequences.byId(result, "context")).isEqualTo(expected);
  }

  @Test
  void aGlobalViewIsReadInASessionThatHasNeverMetAStage() {
    SparkSession session = LocalSpark.session();
    SparkSession earlier = session.newSession();
    assertThat(earlier.range(3).count()).isEqualTo(3);
    stage.transform(rows(session)).createOrReplaceGlobalTempView("global_attended");
    try {
      String query = "select id, context from global_temp.global_attended";
      for (SparkSession reader : List.of(earlier, session.newSession())) {
        assertThat(Sequences.byId(reader.sql(query), "context")).isEqualTo(expected);
      }
    } finally {
      session.catalog().dropGlobalTempView("global_attended");
    }
  }

  @Test
  void aSessionThatWasThereBeforeTheJarLearnsAllAtTheFirstStage() {
    SparkSession session = BareSession.create();
    SparkSession sibling = session.newSession();
    assertThat(sibling.range(3).count()).isEqualTo(3);
    Dataset<Row> rows = rows(session);
    rows.createOrReplaceTempView("sequences");
    assertThat(isTaught(session)).isFalse();
    assertThat(Sequences.byId(stage.transform(rows), "context")).isEqualTo(expected);
    AttentionFunctions.register(session, "late", stage);
    Dataset<Row> result =
        session.sql(
            "select id, causal_attention(tokens, 'late') as context from sequences"
                + " where size(causal_attention(tokens, 'late')) > 4");
    assertThat(Sequences.byId(result, "context"))
        .isEqualTo(Map.of(2L, expected.get(2L), 4L, expected.get(4L)));
    stage.transform(rows).createOrReplaceGlobalTempView("late_attended");
    for (SparkSession reader : List.of(sibling, session.newSession())) {
      assertThat(Sequences.byId(reader.table("global_temp.late_attended"), "context"))
          .isEqualTo(expected);
    }
  }

  @Test
  void aColumnWorksInASessionThatWasThereBeforeTheJar() {
    SparkSession session = BareSession.create();
    Dataset<Row> rows = rows(session);
    SparkSession.setActiveSession(session);
    try {
      Dataset<Row> result =
          rows.withColumn("context", causalAttention(col("tokens"), stage))
              .filter(size(col("context")).gt(4));
      assertThat(Sequences.byId(result, "context"))
          .isEqualTo(Map.of(2L, expected.get(2L), 4L, expected.get(4L)));
    } finally {
      SparkSession.setActiveSession(LocalSpark.session());
    }
  }

  @Test
  void installGivesASessionAllThatTheExtensionsGive(@TempDir Path folder) throws Exception {
    SparkSession session = BareSession.create();
    stage.write().save(folder.resolve("stage").toString());
    SparkSession sibling = session.newSession();
    String call = "causal_attention(slice(tokens, 1, 4), '" + folder.resolve("stage") + "')";
    String query = "select id, " + call + " as context from sequences";
    List<SparkSession> before = List.of(session, sibling);
    for (SparkSession each : before) {
      rows(each).createOrReplaceTempView("sequences");
      forget(each);
      assertThatThrownBy(() -> each.sql(query))
          .isInstanceOf(AnalysisException.class)
          .hasMessageContaining("[UNRESOLVED_ROUTINE]");
    }

    AttentionFunctions.install(session);
    AttentionFunctions.install(session);
    SparkSession child = session.newSession();
    rows(child).createOrReplaceTempView("sequences");
    assertThat(strategies(session)).hasSameSizeAs(strategies(ExtendedSession.get()));
    Map<Long, String> first = Sequences.byId(session.sql(query), "context");
    assertThat(first)
        .hasSize(SEQUENCES.size())
        .containsEntry(0L, expected.get(0L))
        .containsEntry(3L, expected.get(3L));
    assertThat(Sequences.byId(child.sql(query), "context")).isEqualTo(first);
    assertThat(session.sql(query).queryExecution().executedPlan().toString())
        .contains("BatchAttention tokens#", " -> causal_attention#", "[causal, 2 heads x 2");
    assertThat(
            session
                .sql(
                    "select id % 2 as part, count("
                        + call
                        + ") from sequences group by id % 2 having max(size("
                        + call
                        + ")) > 3")
                .collectAsList())
        .isNotEmpty();

    assertThatThrownBy(() -> sibling.sql(query)).hasMessageContaining("[UNRESOLVED_ROUTINE]");
    assertThat(Sequences.byId(stage.transform(rows(sibling)), "context")).isEqualTo(expected);
    AttentionFunctions.install(sibling);
    assertThat(Sequences.byId(sibling.sql(query), "context")).isEqualTo(first);
  }

  /** Functions are one registry for a JVM's new sessions, in which an earlier test has put ours. */
  private static void forget(SparkSession session) {
    for (String function : List.of("causal_attention", "embed", "cosine_similarity")) {
      SparkInternals.functions(session).dropFunction(SparkInternals.builtinName(function));
    }
  }

  @Test
  void checkingAnExpressionChangesNoSession() {
    SparkSession session = BareSession.create();
    Dataset<Row> rows = rows(session);
    assertThatThrownBy(() -> rows.select(causalAttention(col("id"), stage)))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("the first argument of causal_attention must be one of");
    assertThat(isTaught(session)).isFalse();
  }

  @Test
  void extensionsThatAreNamedTwiceAreAppliedOnce() {
    SparkSessionExtensions extensions = new SparkSessionExtensions();
    new AttentionExtensions().apply(extensions);
    new AttentionExtensions().apply(extensions);
    assertThat(extensions.buildPlannerStrategies(LocalSpark.session()).size()).isEqualTo(1);
  }

  @Test
  void aPlanThatSparkCopiesToPruneByKeepsItsOperator(@TempDir Path folder) {
    for (SparkSession session : List.of(LocalSpark.session().newSession(), BareSession.create())) {
      session.conf().set("spark.sql.autoBroadcastJoinThreshold", "-1");
      session.conf().set("spark.sql.optimizer.dynamicPartitionPruning.reuseBroadcastOnly", "false");
      session
          .conf()
          .set("spark.sql.optimizer.runtime.bloomFilter.applicationSideScanSizeThreshold", "1");
      AttentionFunctions.register(session, "copied", stage);
      String database = "copies" + session.hashCode();
      session.sql(
          String.format("create database %s location '%s'", database, folder.resolve(database)));
      session.sql("use " + database);
      try {
        rows(session).write().saveAsTable("dim");
        Dataset<Row> fact = session.range(12).selectExpr("id", "id % 6 as part");
        fact.write().partitionBy("part").saveAsTable("parted");
        fact.write().saveAsTable("fact");
        String call = "causal_attention(dim.tokens, 'copied')";
        String alike = "transform(dim.tokens, token -> token)";
        String pruned =
            "select parted.id from parted join dim on parted.part = dim.id where size(%s) > 2";
        String filtered =
            "select fact.id from fact join dim on fact.part = dim.id where size(%s) > 2";
        assertThat(run(session, pruned, call)).hasSize(6).isEqualTo(run(session, pruned, alike));
        assertThat(plan(session, pruned, call)).contains("dynamicpruning");
        assertThat(run(session, filtered, call)).isEqualTo(run(session, filtered, alike));
        // Spark makes the filter of what is cheap alone.
        assertThat(plan(session, filtered, alike)).contains("might_contain");
        assertThat(plan(session, filtered, call)).doesNotContain("might_contain");
      } finally {
        session.sql("drop database " + database + " cascade");
      }
    }
  }

  private static List<Long> run(SparkSession session, String query, String call) {
    return session.sql(String.format(query, call)).collectAsList().stream()
        .map(row -> row.getLong(0))
        .sorted()
        .toList();
  }

  private static String plan(SparkSession session, String query, String call) {
    return session.sql(String.format(query, call)).queryExecution().optimizedPlan().toString();
  }
}
