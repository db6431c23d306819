package io.github.sparkattention.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.SelfAttention;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.internal.functions.SavedStages;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlFunctionsTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(3, 4, 3, 0, 5, 1, 9, 2);

  private static final CausalAttention STAGE =
      new CausalAttention()
          .setDIn(4)
          .setDOut(4)
          .setNumHeads(2)
          .setSeed(5)
          .setBackend("threads")
          .setContextLength(9)
          .setAttentionWeightsCol("w");

  private static final Map<Long, String> EXPECTED =
      Sequences.contextOf(STAGE.config(), STAGE.weights(), SEQUENCES);

  private static String weights;

  @BeforeAll
  static void register() {
    ExtendedSession.view("sequences", SEQUENCES);
    AttentionFunctions.register(ExtendedSession.get(), "model", STAGE);
    AttentionFunctions.register(
        ExtendedSession.get(), "other", STAGE.copy(new ParamMap()).setSeed(6));
    weights = Sequences.byId(STAGE.transform(Sequences.floats(SEQUENCES)), "w").toString();
  }

  private static Dataset<Row> sql(String text, Object... arguments) {
    return ExtendedSession.get().sql(String.format(text, arguments));
  }

  @Test
  void theFunctionsGiveWhatTheStageGivesFromOneOperator() {
    Dataset<Row> result =
        sql(
            "select id, causal_attention(tokens, 'model') as context,"
                + " attention_weights(tokens, 'model') as w,"
                + " size(causal_attention(tokens, 'model')) as n from sequences");
    assertThat(Sequences.byId(result, "context")).isEqualTo(EXPECTED);
    assertThat(Sequences.byId(result, "w")).hasToString(weights);
    assertThat(result.selectExpr("sum(n)").first().getLong(0)).isEqualTo(20);
    assertThat(Plans.optimized(result))
        .containsExactly("Project", "BatchAttention", "Repartition", "LocalRelation");
    assertThat(Plans.tokensComputed(result)).isEqualTo(20);
  }

  @Test
  void columnsHaveTheCallAsTheirName() {
    assertThat(sql("select causal_attention(tokens, 'model') from sequences").columns())
        .containsExactly("causal_attention(tokens, model)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"explain", "explain extended", "explain formatted", "explain cost"})
  void aCallIsExplainedByItsOperator(String explain) {
    String plan =
        sql("%s select size(causal_attention(tokens, 'model')) as n from sequences", explain)
            .first()
            .getString(0);
    assertThat(plan).contains("BatchAttention").contains("size(");
    assertThat(plan.substring(plan.lastIndexOf("== Physical Plan ==")))
        .doesNotContain("causal_attention(");
  }

  @Test
  void eachStageAndEachSequenceHasItsOwnOperator() {
    Dataset<Row> result =
        sql(
            "select id, causal_attention(tokens, 'model') as a, causal_attention(tokens, 'other') as b,"
                + " causal_attention(slice(tokens, 1, 1), 'model') as c from sequences");
    assertThat(Plans.optimized(result).stream().filter("BatchAttention"::equals)).hasSize(3);
    assertThat(Sequences.byId(result, "a")).isEqualTo(EXPECTED);
    assertThat(Sequences.byId(result, "b")).isNotEqualTo(EXPECTED).hasSize(6);
    assertThat(Sequences.byId(result.filter("id = 3"), "c"))
        .isEqualTo(Map.of(3L, EXPECTED.get(3L)));
  }

  @Test
  void callsNest() {
    AttentionFunctions.register(
        ExtendedSession.get(),
        "second",
        new SelfAttention().setDIn(4).setDOut(2).setSeed(1).setBackend("threads"));
    Dataset<Row> result =
        sql(
            "select id, self_attention(causal_attention(tokens, 'model'), 'second') as context"
                + " from sequences");
    Dataset<Row> stages =
        new SelfAttention()
            .setDIn(4)
            .setDOut(2)
            .setSeed(1)
            .setBackend("threads")
            .setInputCol("context")
            .setOutputCol("second")
            .transform(STAGE.transform(Sequences.floats(SEQUENCES)));
    assertThat(Sequences.byId(result, "context")).isEqualTo(Sequences.byId(stages, "second"));
  }

  /** Places where a call may stand, as queries that give the rows 2 and 4. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "select id, causal_attention(tokens, 'model') as context from sequences"
            + " where size(causal_attention(tokens, 'model')) > 4",
        "select * from (select id, causal_attention(tokens, 'model') as context from sequences)"
            + " where size(context) > 4 and id > 1",
        "select id, causal_attention(tokens, 'model') as context from sequences"
            + " order by size(causal_attention(tokens, 'model')) desc limit 2",
        "select id, causal_attention(tokens, 'model') as context"
            + " from (select * from sequences order by size(tokens) desc limit 2)",
        "select max(id) as id, causal_attention(tokens, 'model') as context from sequences"
            + " group by causal_attention(tokens, 'model') having size(context) > 4",
        "select id, first(causal_attention(tokens, 'model')) as context from sequences"
            + " where size(tokens) > 4 group by id",
        "select id, causal_attention(collect_list(token), 'model') as context from"
            + " (select id, explode(tokens) as token from sequences where size(tokens) > 4) group by id",
        "select id, causal_attention(tokens, 'model') as context from sequences"
            + " where size(tokens) > 4 group by id, tokens",
        "select a.id, causal_attention(a.tokens, 'model') as context from sequences a join sequences b"
            + " on a.id = b.id and size(causal_attention(b.tokens, 'model')) > 4",
        "select id, collect_list(token) as context from (select id,"
            + " explode(causal_attention(tokens, 'model')) as token from sequences"
            + " where size(tokens) > 4) group by id",
        "with attended as (select id, causal_attention(tokens, 'model') as context from sequences)"
            + " select * from attended where id = 2 union all select * from attended where id = 4",
        "select id, context from (select id, causal_attention(tokens, 'model') as context,"
            + " rank() over (order by size(causal_attention(tokens, 'model')) desc) as place"
            + " from sequences) where place < 3",
        "select id, transform(causal_attention(tokens, 'model'), token -> transform(token, x -> x))"
            + " as context from sequences where exists (select 1 from sequences t where t.id = sequences.id"
            + " and size(causal_attention(t.tokens, 'model')) > 4)"
      })
  void aCallMayStandHere(String query) {
    assertThat(Sequences.byId(sql(query), "context"))
        .isEqualTo(Map.of(2L, EXPECTED.get(2L), 4L, EXPECTED.get(4L)));
  }

  /** Spark 3.5 wants an aggregate in a subquery that gives one value, whatever is in it. */
  @Test
  @Tag("spark4")
  void aCallMayStandInASubqueryWithoutAnAggregate() {
    aCallMayStandHere(
        "select id, (select causal_attention(tokens, 'model') from sequences where id = s.id)"
            + " as context from sequences s where size(tokens) > 4");
  }

  @Test
  void aFilterOnAResultDoesNotComputeItTwice() {
    Dataset<Row> result =
        sql(
            "select * from (select id, causal_attention(tokens, 'model') as context,"
                + " attention_weights(tokens, 'model') as w from sequences)"
                + " where size(context) > 2 and id < 3");
    assertThat(Plans.optimized(result).stream().filter("BatchAttention"::equals)).hasSize(1);
    assertThat(Plans.tokensComputed(result)).isEqualTo(8);
    assertThat(Sequences.byId(result, "context")).containsOnlyKeys(0L, 2L);
  }

  @Test
  void aCallMayBeMadeWithoutATable() {
    assertThat(
            sql("select size(causal_attention(array(array(1f, 2f, 3f, 4f)), 'model'))")
                .first()
                .getInt(0))
        .isEqualTo(1);
  }

  @Test
  void anEqualQueryIsTakenFromTheCache() {
    Dataset<Row> cached =
        sql("select id, causal_attention(tokens, 'model') as context from sequences").cache();
    try {
      Dataset<Row> again =
          sql("select id, causal_attention(tokens, 'model') as context from sequences");
      assertThat(again.queryExecution().executedPlan().toString()).contains("InMemoryTableScan");
      assertThat(Sequences.byId(again, "context")).isEqualTo(EXPECTED);
    } finally {
      cached.unpersist();
    }
  }

  @Test
  void aSavedStageIsReadOnceAndAgainWhenItChanged(@TempDir Path folder) throws Exception {
    String path = folder.resolve("stage").toUri().toString();
    STAGE.save(path);
    String query = "select id, causal_attention(tokens, '%s') as context from sequences";
    assertThat(Sequences.byId(sql(query, path), "context")).isEqualTo(EXPECTED);
    assertThat(SavedStages.load(ExtendedSession.get(), path))
        .isSameAs(SavedStages.load(ExtendedSession.get(), folder + "/stage/"));
    STAGE.copy(new ParamMap()).setSeed(6).write().overwrite().save(path);
    assertThat(Sequences.byId(sql(query, path), "context")).isNotEqualTo(EXPECTED);
  }

  @Test
  void whatIsNoStageIsRefused(@TempDir Path folder) {
    String empty = folder.toUri().toString();
    assertRefused(
        "select causal_attention(tokens, '" + empty + "') from sequences",
        "'" + empty + "' holds no saved stage, since it has no file 'attention.safetensors'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tokens | causal_attention takes 2 arguments, a sequence of token embeddings and the name or"
            + " path of a stage, but was given 1.",
        "tokens, 'model', 1 | causal_attention takes 2 arguments, a sequence of token embeddings and"
            + " the name or path of a stage, but was given 3.",
        "tokens, id | causal_attention needs a constant string as second argument, the name or path"
            + " of a stage, but was given sequences.id, which is not constant and bigint.",
        "tokens, 7 | causal_attention needs a constant string as second argument, the name or path of"
            + " a stage, but was given 7, which is int.",
        "tokens, string(null) | causal_attention needs the name or path of a stage as second argument,"
            + " but was given null.",
        "tokens, 'nowhere' | causal_attention knows no stage 'nowhere': it is no folder, and the stages"
            + " with a name are [",
        "tokens, 'a:b c' | causal_attention knows no stage 'a:b c': it is no folder"
      })
  void wrongArgumentsAreRefused(String arguments, String message) {
    assertRefused("select causal_attention(" + arguments + ") from sequences", message);
  }

  private static void assertRefused(String query, String message) {
    assertThatThrownBy(() -> sql(query))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void aWrongTypeIsRefusedWithThoseThatAreAccepted() {
    assertThatThrownBy(() -> sql("select causal_attention(id, 'model') from sequences"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining(
            "the first argument of causal_attention must be one of array<array<number>>,"
                + " array<vector>, matrix, array<number> or ");
  }

  @Test
  void aLambdaCanNotCall() {
    assertThatThrownBy(
            () ->
                sql(
                    "select transform(array(tokens), t -> causal_attention(t, 'model')) from sequences"))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining(
            "causal_attention runs over batches of rows, and can't be called within a lambda; explode"
                + " the array that the lambda goes over, and call it on the rows");
  }

  @Test
  void aLambdaWithinTheArgumentIsNoneAroundTheCall() {
    String widened = "transform(tokens, token -> transform(token, x -> cast(x as double)))";
    assertThat(
            Sequences.byId(
                sql("select id, causal_attention(%s, 'model') as c from sequences", widened), "c"))
        .isEqualTo(EXPECTED);
    Dataset<Row> made = sql("select id, %s as tokens from sequences", widened);
    assertThat(
            Sequences.byId(
                made.selectExpr("id", "causal_attention(tokens, 'model') as c")
                    .filter("size(c) > 4"),
                "c"))
        .isEqualTo(Map.of(2L, EXPECTED.get(2L), 4L, EXPECTED.get(4L)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select transform(array(tokens), t -> causal_attention(transform(t, v -> v), 'model'))"
            + " from sequences",
        "select transform(tokens, v -> causal_attention(transform(tokens, w -> v), 'model'))"
            + " from sequences"
      })
  void aVariableOfALambdaAroundTheCallIsRefusedWhereverItStandsInTheArgument(String query) {
    assertThatThrownBy(() -> sql(query))
        .isInstanceOf(AnalysisException.class)
        .hasMessageContaining("causal_attention runs over batches of rows, and can't be called");
  }

  @Test
  void aJoinConditionCanNotCallForColumnsOfBothSides() {
    Dataset<Row> result =
        sql(
            "select a.id from sequences a join sequences b"
                + " on size(causal_attention(concat(a.tokens, b.tokens), 'model')) > 1");
    assertThatThrownBy(result::collectAsList)
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageMatching(
            "causal_attention\\(.*, model\\) can't be called here, since it runs over batches of rows;"
                + " call it in the select list of a subquery, and use its result");
  }

  @Test
  void aFunctionIsForStagesOfItsKind() {
    SelfAttention self = new SelfAttention("self").setDIn(4).setDOut(4).setSeed(1);
    AttentionFunctions.register(ExtendedSession.get(), "self", self);
    assertRefused(
        "select causal_attention(tokens, 'self') from sequences",
        "self: the stage is not causal, and causal_attention is not for such stages; call"
            + " self_attention.");
    assertRefused(
        "select self_attention(tokens, 'model') from sequences",
        STAGE.uid()
            + ": the stage is causal, and self_attention is not for such stages; call"
            + " causal_attention.");
    assertThat(sql("select attention_weights(tokens, 'self') from sequences").collectAsList())
        .hasSize(6);
  }

  @Test
  void rowsThatCanNotBeComputedFailOrAreNullAsTheStageSays() {
    AttentionFunctions.register(
        ExtendedSession.get(), "short", STAGE.copy(new ParamMap()).setContextLength(4));
    Dataset<Row> result =
        sql("select causal_attention(slice(tokens, 1, 5), 'short') from sequences");
    assertThatThrownBy(result::collectAsList)
        .rootCause()
        .hasMessage(
            STAGE.uid()
                + ": column 'slice(tokens, 1, 5)', partition 0, row 2: the sequence has 5 tokens, more"
                + " than contextLength, which is 4. Set handleInvalid to 'skip' to drop such rows, or"
                + " to 'keep' for null results.");
    AttentionFunctions.register(
        ExtendedSession.get(),
        "kept",
        STAGE.copy(new ParamMap()).setContextLength(4).setHandleInvalid("keep"));
    Dataset<Row> kept =
        sql("select id, causal_attention(tokens, 'kept') as context from sequences");
    assertThat(Sequences.byId(kept, "context"))
        .containsEntry(0L, EXPECTED.get(0L))
        .containsEntry(2L, "null")
        .containsEntry(4L, "null");
  }

  @Test
  void aStageThatDropsRowsOrNeedsAnotherColumnHasNoName() {
    SparkSession session = ExtendedSession.get();
    CausalAttention stage = new CausalAttention("attention").setDIn(4).setDOut(4).setSeed(1);
    assertThatThrownBy(
            () -> AttentionFunctions.register(session, "skips", stage.setHandleInvalid("skip")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "attention: a function can't drop rows, as handleInvalid = 'skip' asks for; set it to"
                + " 'keep' for null results, or call transform.");
    stage.setHandleInvalid("keep").setTraining(true).setDropout(0.5).setDropoutKeyCol("id");
    assertThatThrownBy(() -> AttentionFunctions.register(session, "keyed", stage))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "attention: a function has no column 'id' (dropoutKeyCol); unset it, so that dropout goes"
                + " by the tokens, or call transform.");
    for (String name : List.of("", "models/a")) {
      assertThatThrownBy(() -> AttentionFunctions.register(session, name, STAGE))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "the name of a stage must be some text without a slash, since '/' tells a path, but is '"
                  + name
                  + "'");
    }
  }

  @Test
  void aSettingOfTheSessionNamesASavedStage(@TempDir Path folder) throws Exception {
    STAGE.write().save(folder.resolve("stage").toString());
    SparkSession session = ExtendedSession.get().newSession();
    session.conf().set("spark.attention.stages.layer.1", " " + folder.resolve("stage") + " ");
    session.conf().set("spark.attention.stages.gone", "/nowhere");
    Dataset<Row> rows = ExtendedSession.get().table("sequences");
    session
        .createDataFrame(rows.collectAsList(), rows.schema())
        .createOrReplaceTempView("sequences");
    String call = "select id, causal_attention(tokens, '%s') as context from sequences";
    assertThat(Sequences.byId(session.sql(String.format(call, "layer.1")), "context"))
        .isEqualTo(EXPECTED);

    assertThatThrownBy(() -> session.sql(String.format(call, "gone")))
        .hasMessage(
            "causal_attention finds no stage 'gone': spark.attention.stages.gone is '/nowhere', which"
                + " is no folder.");
    assertThatThrownBy(() -> session.sql(String.format(call, "layer1")))
        .hasMessageStartingWith("causal_attention knows no stage 'layer1': it is no folder, and")
        .hasMessageContainingAll("gone, layer.1, model, other");
    session.conf().set("spark.attention.stages.model", "/nowhere");
    assertThatThrownBy(() -> session.sql(String.format(call, "model")))
        .hasMessage(
            "causal_attention knows two stages 'model': a program has registered one, and"
                + " spark.attention.stages.model is '/nowhere'.");
    assertThatThrownBy(() -> sql(call, "layer.1"))
        .hasMessageStartingWith("causal_attention knows no stage 'layer.1': it is no folder, and");
  }

  @Test
  void theFunctionsAreDescribed() {
    assertThat(sql("describe function extended causal_attention").collectAsList().toString())
        .contains("causal_attention(tokens, stage) - Returns the context vectors")
        .contains("> SELECT id, causal_attention(tokens, 'hdfs:///models/attention') FROM");
  }

  @Test
  void withTheExtensionsAnySessionReadsAGlobalView() {
    SparkSession session = ExtendedSession.get();
    STAGE.transform(session.table("sequences")).createOrReplaceGlobalTempView("attended");
    try {
      assertThat(Sequences.byId(session.newSession().table("global_temp.attended"), "context"))
          .isEqualTo(EXPECTED);
    } finally {
      session.catalog().dropGlobalTempView("attended");
    }
  }
}
