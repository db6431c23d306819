package io.github.sparkattention.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.InMemoryRowLevelOperationTableCatalog;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Places in queries and statements where a call may stand: each gives what it gives with Spark's
 * own {@code transform} in the place of the call. That can be, for the stage's layer gives each
 * token back as it is.
 */
class QueryPlacesTest {
  private static final String CALL = "ATTEND(";
  private static final String OURS = "causal_attention(%s, 'identity')";
  private static final String NATIVE =
      "transform(%s, attended -> transform(attended, number -> number))";

  /** Statements, the last of which gives rows. */
  private static final List<String> PLACES =
      List.of(
          // The select list.
          "select id, ATTEND(tokens) as c from sequences",
          "select id, size(ATTEND(tokens)) as n from sequences",
          "select id, get(ATTEND(tokens), 0) as first from sequences",
          "select id, case when id > 2 then ATTEND(tokens) end as c from sequences",
          "select id, if(size(ATTEND(tokens)) > 2, 'long', 'short') as c from sequences",
          "select id, coalesce(null, ATTEND(tokens)) as c from sequences",
          "select struct(id, ATTEND(tokens) as c) as s from sequences",
          "select map_values(map(id, ATTEND(tokens))) as m from sequences",
          "select id, array(ATTEND(tokens), ATTEND(slice(tokens, 1, 2))) as c from sequences",
          "select id, to_json(ATTEND(tokens)) as c from sequences",
          "select id, ATTEND(tokens) as c, size(c) as n from sequences",
          "select distinct size(ATTEND(tokens)) as n from sequences",
          "select size(ATTEND(array(array(1f, 2f, 3f, 4f)))) as n",
          "select ATTEND(t) as c from values (array(array(1f, 2f, 3f, 4f))) as v(t)",
          // Lambdas.
          "select id, transform(ATTEND(tokens), token -> token[0] + id) as c from sequences",
          "select id, aggregate(flatten(ATTEND(tokens)), 0d, (sum, x) -> sum + x) as c from sequences",
          "select id, exists(ATTEND(tokens), token -> token[0] > 0) as c from sequences",
          "select id, zip_with(tokens, ATTEND(tokens), (a, b) -> a[0] - b[0]) as c from sequences",
          "select id, transform(sequence(1, 2), i -> i + size(ATTEND(tokens))) as c from sequences",
          "select id, ATTEND(filter(tokens, token -> token[0] > 0)) as c from sequences",
          "select id, ATTEND(t) as c from (select id, transform(tokens,"
              + " token -> transform(token, x -> cast(x as float))) as t from doubled)",
          "select id, size(ATTEND(t)) as n from (select id, transform(tokens,"
              + " token -> transform(token, x -> cast(x as float))) as t from doubled)"
              + " where size(ATTEND(t)) > 2",
          "select id, ATTEND(zip_with(tokens, tokens, (a, b) -> a)) as c from sequences",
          // Conditions.
          "select id from sequences where size(ATTEND(tokens)) > 2",
          "select id, size(ATTEND(tokens)) as n from sequences where size(ATTEND(tokens)) > 2",
          "select id from (select id, ATTEND(tokens) as c from sequences) where size(c) > 2 and id < 4",
          "select id from sequences where size(ATTEND(tokens)) > 2 or id = 1",
          "select id from sequences where size(ATTEND(tokens)) between 2 and 5",
          // Subqueries.
          "select id from sequences where size(ATTEND(tokens)) in (select part from facts)",
          "select id from facts where part in (select id from sequences where size(ATTEND(tokens)) > 2)",
          "select id from facts where part not in"
              + " (select id from sequences where size(ATTEND(tokens)) > 2)",
          "select id from sequences s where exists"
              + " (select 1 from facts f where f.part = size(ATTEND(s.tokens)))",
          "select id from sequences s where exists"
              + " (select 1 from sequences t where t.id = s.id and size(ATTEND(t.tokens)) > 2)",
          "select id from sequences s where not exists"
              + " (select 1 from facts f where f.part = size(ATTEND(s.tokens)) and f.id > 3)",
          "select id from facts f where exists"
              + " (select 1 from sequences t where size(ATTEND(t.tokens)) > f.part + 4)",
          "select id, (select max(size(ATTEND(tokens))) from sequences) as m from sequences",
          "select (select max(size(ATTEND(tokens))) from sequences) as a,"
              + " (select min(size(ATTEND(tokens))) from sequences) as b",
          "select id, (select sum(size(ATTEND(t.tokens))) from sequences t where t.part = s.part) as c"
              + " from sequences s",
          "select id, (select count(*) from facts f where f.part = size(ATTEND(s.tokens))) as c"
              + " from sequences s",
          "select id from sequences where (size(ATTEND(tokens)), id) in (select part, part + 1 from facts)",
          // Aggregates.
          "select size(ATTEND(tokens)) as n, count(*) as c from sequences group by size(ATTEND(tokens))",
          "select ATTEND(tokens) as c, count(*) as n from sequences group by ATTEND(tokens)",
          "select part, sum(size(ATTEND(tokens))) as n from sequences group by part"
              + " having sum(size(ATTEND(tokens))) > 4",
          "select part, count(distinct ATTEND(tokens)) as n, count(distinct id) as m from sequences"
              + " group by part",
          "select count(*) filter (where size(ATTEND(tokens)) > 2) as n from sequences",
          "select id, ATTEND(collect_list(token)) as c from"
              + " (select id, explode(tokens) as token from sequences) group by id",
          "select part, size(ATTEND(max_by(tokens, id))) as c from sequences group by part",
          "select part, size(ATTEND(tokens)) as n, count(*) as c from sequences"
              + " group by rollup (part, size(ATTEND(tokens)))",
          // Order, windows, distribution.
          "select id from sequences order by size(ATTEND(tokens)) desc, id",
          "select id from sequences order by size(ATTEND(tokens)) desc limit 2",
          "select id, rank() over (order by size(ATTEND(tokens))) as place from sequences",
          "select id, lag(size(ATTEND(tokens))) over (partition by part order by id) as before"
              + " from sequences",
          "select id, sum(id) over (partition by size(ATTEND(tokens)) % 2) as c from sequences",
          "select id from sequences distribute by size(ATTEND(tokens)) sort by size(ATTEND(tokens))",
          // Rows made of arrays.
          "select id, token from sequences lateral view explode(ATTEND(tokens)) e as token",
          "select id, posexplode_outer(ATTEND(tokens)) from sequences",
          "select s.id, e.token from sequences s, lateral explode(ATTEND(s.tokens)) e(token)",
          "select s.id, l.c from sequences s, lateral (select ATTEND(s.tokens) as c) l",
          "select s.id, l.n from sequences s, lateral (select size(ATTEND(s.tokens)) as n"
              + " from facts f where f.part = s.id) l",
          "select * from (select part, size(ATTEND(tokens)) as n from sequences)"
              + " pivot (count(n) for n in (1, 2, 3))",
          "select * from (select id, size(ATTEND(tokens)) as n, cast(part as int) as m from sequences)"
              + " unpivot (v for k in (n, m))",
          // Joins, with names that repeat.
          "select t.id, u.id as other, size(ATTEND(t.tokens)) as n from sequences t"
              + " join sequences u on t.id = u.id",
          "select t.id, u.id, ATTEND(t.tokens) as a, ATTEND(u.tokens) as b from sequences t"
              + " join sequences u on t.id = u.id + 1",
          "select * from (select id, ATTEND(tokens) as c from sequences) t"
              + " join (select id, ATTEND(tokens) as c from sequences) u on t.id = u.id",
          "select a.id, b.id from sequences a join sequences b on size(ATTEND(a.tokens)) = b.id",
          "select a.id, b.id from sequences a join sequences b"
              + " on size(ATTEND(a.tokens)) = size(ATTEND(b.tokens)) + 1",
          "select a.id, b.id from sequences a left join sequences b"
              + " on a.id = b.id and size(ATTEND(b.tokens)) > 2",
          "select a.id, b.id from sequences a left join sequences b"
              + " on a.id = b.id and size(ATTEND(a.tokens)) > 2",
          "select a.id, b.id from sequences a full join sequences b"
              + " on a.id = size(ATTEND(b.tokens))",
          "select a.id from facts a left semi join sequences b"
              + " on a.part = b.id and size(ATTEND(b.tokens)) > 2",
          "select a.id from facts a left anti join sequences b"
              + " on a.part = b.id and size(ATTEND(b.tokens)) > 2",
          "select a.id, size(ATTEND(b.tokens)) as n from facts a cross join sequences b where b.id < 2",
          "select /*+ broadcast(s) */ id, size(ATTEND(s.tokens)) as n from facts join sequences s using (id)",
          // Plans that Spark copies into subqueries of its own.
          "select facts.part, count(*) as n from facts join sequences on facts.part = sequences.id"
              + " where size(ATTEND(sequences.tokens)) > 2 group by 1",
          "select facts.part, facts.id from facts join sequences"
              + " on facts.part = size(ATTEND(sequences.tokens)) where sequences.part = 1",
          "select facts.id, size(ATTEND(d.tokens)) as n from facts join sequences d on facts.id = d.id"
              + " where size(ATTEND(d.tokens)) > 2 and d.part = 0",
          "select count(*) as n from facts f join facts g on f.id = g.id join sequences d"
              + " on g.part = d.id where size(ATTEND(d.tokens)) > 2",
          // Sets, common tables, pipes.
          "select ATTEND(tokens) as c from sequences union select tokens from sequences",
          "select ATTEND(tokens) as c from sequences intersect select tokens from sequences where id < 3",
          "select size(ATTEND(tokens)) as c from sequences except all select part from sequences",
          "with attended as (select id, ATTEND(tokens) as c from sequences)"
              + " select * from attended a join attended b on a.id = b.id where size(a.c) > 2",
          "with attended as (select id, ATTEND(tokens) as c, rand() as r from sequences)"
              + " select a.id, a.c from attended a join attended b on a.r = b.r",
          // Statements.
          "create or replace temporary view made as select id, ATTEND(tokens) as c from sequences;"
              + " select id, size(c) as n from made where size(c) > 2",
          "create or replace view kept as select id, ATTEND(tokens) as c from sequences;"
              + " select * from kept where id > 2",
          "create table made_table using parquet as select id, ATTEND(tokens) as c from sequences;"
              + " select * from made_table",
          "create table made_table using parquet partitioned by (n) as"
              + " select id, size(ATTEND(tokens)) as n from sequences;"
              + " select * from made_table where n > 2",
          "create table made_table (id bigint, c array<array<float>>) using parquet;"
              + " insert into made_table select id, ATTEND(tokens) from sequences;"
              + " insert into made_table select t.id, ATTEND(u.tokens) from sequences t"
              + " join sequences u on t.id = u.id; select * from made_table",
          "create table made_table (id bigint, n int) using parquet partitioned by (n);"
              + " insert overwrite made_table partition (n)"
              + " select id, size(ATTEND(tokens)) from sequences; select * from made_table",
          "create table made_table (id bigint) using parquet; from sequences"
              + " insert into made_table select id where size(ATTEND(tokens)) > 2"
              + " insert into made_table select id + 10 where size(ATTEND(tokens)) < 2;"
              + " select * from made_table",
          "drop view if exists cached_view; cache table cached_view as select id, ATTEND(tokens) as c from sequences;"
              + " select id, size(c) as n from cached_view; uncache table cached_view;"
              + " select id from cached_view",
          "describe query select id, ATTEND(tokens) as c from sequences");

  /** As {@link #PLACES}, in SQL that Spark 3.5 doesn't know or refuses. */
  private static final List<String> PLACES_IN_SPARK_4 =
      List.of(
          "select id, (select ATTEND(t.tokens) from sequences t where t.id = s.id) as c from sequences s",
          "from sequences |> extend size(ATTEND(tokens)) as n |> where n > 2 |> select id, n",
          "create or replace temporary function attended(x array<array<float>>) returns int"
              + " return size(ATTEND(x)); select id, attended(tokens) as n from sequences"
              + " where attended(tokens) > 2",
          "create or replace temporary function longest() returns int"
              + " return (select max(size(ATTEND(tokens))) from sequences);"
              + " select id, longest() as n from facts",
          "create or replace temporary function lengths(least int) returns table (id bigint, n int)"
              + " return select id, size(ATTEND(tokens)) from sequences where id > least;"
              + " select * from lengths(2)",
          "create or replace function kept_lengths(x array<array<float>>) returns int"
              + " return size(ATTEND(x)); select id, kept_lengths(tokens) as n from sequences",
          "declare or replace variable longest_tokens int;"
              + " set var longest_tokens = (select max(size(ATTEND(tokens))) from sequences);"
              + " select id from sequences where size(ATTEND(tokens)) = longest_tokens",
          "execute immediate 'select id, size(ATTEND(tokens)) as n from sequences where id > ?' using 2",
          "declare or replace variable longest_tokens int; execute immediate"
              + " 'select max(size(ATTEND(tokens))) from sequences' into longest_tokens;"
              + " select longest_tokens");

  private static final String KEPT = "causal_attention(%s, 'kept')";

  private static final String TABLE =
      "drop table if exists rows.db.changed; create table rows.db.changed (id bigint,"
          + " tokens array<array<float>>, n int); insert into rows.db.changed"
          + " select id, tokens, 0 from sequences where id > 1;";

  /** As {@link #PLACES}, where some rows have no sequence, which the stage must then let pass. */
  private static final List<String> PLACES_WITH_NULLS =
      List.of(
          "select id, ATTEND(if(id > 2, tokens, null)) as c from sequences",
          "select a.id, ATTEND(b.tokens) as c from sequences a left join sequences b"
              + " on a.id = b.id + 1",
          "select a.id, b.id from sequences a full join sequences b on a.id = b.id + 1"
              + " where size(ATTEND(b.tokens)) > 2 or b.id is null",
          TABLE
              + " merge into rows.db.changed t using sequences s"
              + " on t.id = s.id + 1 and size(ATTEND(s.tokens)) > 0"
              + " when matched and size(ATTEND(s.tokens)) > 3 then update"
              + " set n = 100 + size(ATTEND(s.tokens)), tokens = ATTEND(t.tokens)"
              + " when matched then delete when not matched and size(ATTEND(s.tokens)) < 9"
              + " then insert (id, tokens, n) values (s.id + 10, s.tokens, size(ATTEND(s.tokens)))"
              + " when not matched by source and size(ATTEND(t.tokens)) < 2 then update set n = 7;"
              + " select * from rows.db.changed",
          TABLE
              + " merge into rows.db.changed t using sequences s on s.id = size(ATTEND(t.tokens))"
              + " when matched then update set n = size(ATTEND(t.tokens)) + size(ATTEND(s.tokens));"
              + " select * from rows.db.changed",
          TABLE
              + " update rows.db.changed set n = size(ATTEND(tokens)),"
              + " tokens = ATTEND(slice(tokens, 1, 1)) where size(ATTEND(tokens)) > 2;"
              + " select * from rows.db.changed",
          TABLE
              + " update rows.db.changed t set n = (select max(size(ATTEND(tokens))) from sequences)"
              + " where exists (select 1 from sequences s"
              + " where s.id = t.id and size(ATTEND(s.tokens)) > 2); select * from rows.db.changed",
          TABLE
              + " delete from rows.db.changed where size(ATTEND(tokens)) > 5;"
              + " select * from rows.db.changed",
          TABLE
              + " delete from rows.db.changed where id in"
              + " (select size(ATTEND(tokens)) from sequences); select * from rows.db.changed");

  private static final Map<String, SparkSession> SESSIONS = new HashMap<>();
  private static final Map<String, List<String>> EXPECTED = new HashMap<>();

  @TempDir private static Path folder;

  @BeforeAll
  static void makeTables() {
    SESSIONS.put("default", session(Map.of()));
    SESSIONS.put("not adaptive", session(Map.of("spark.sql.adaptive.enabled", "false")));
    SESSIONS.put(
        "pruning",
        session(
            Map.of(
                "spark.sql.autoBroadcastJoinThreshold", "-1",
                "spark.sql.optimizer.dynamicPartitionPruning.reuseBroadcastOnly", "false",
                "spark.sql.optimizer.runtime.bloomFilter.applicationSideScanSizeThreshold", "1")));
  }

  /** A session with tables in a database of its own. */
  private static SparkSession session(Map<String, String> settings) {
    SparkSession session = LocalSpark.session().newSession();
    String database = "places" + SESSIONS.size();
    settings.forEach(session.conf()::set);
    session
        .conf()
        .set("spark.sql.catalog.rows", InMemoryRowLevelOperationTableCatalog.class.getName());
    AttentionFunctions.register(session, "identity", identity());
    AttentionFunctions.register(session, "kept", identity().setHandleInvalid("keep"));
    session.sql(
        String.format("create database %s location '%s'", database, folder.resolve(database)));
    session.sql("use " + database);
    Dataset<Row> rows = Sequences.floats(Sequences.random(3, 4, 3, 0, 5, 1, 9, 2));
    Dataset<Row> here =
        session
            .createDataFrame(rows.collectAsList(), rows.schema())
            .selectExpr("id", "tokens", "cast(id % 2 as int) as part");
    here.coalesce(1).write().saveAsTable("sequences");
    session
        .table("sequences")
        .selectExpr("id", "transform(tokens, t -> cast(t as array<double>)) as tokens")
        .createOrReplaceTempView("doubled");
    session
        .range(12)
        .selectExpr("id", "cast(id % 6 as int) as part")
        .coalesce(1)
        .write()
        .partitionBy("part")
        .saveAsTable("facts");
    return session;
  }

  /** A layer of which a token sees itself alone, and takes over what it sees. */
  private static CausalAttention identity() {
    float[] ones = new float[16];
    for (int i = 0; i < 4; i++) {
      ones[i * 4 + i] = 1;
    }
    Linear linear = new Linear(ones, null, 4, 4);
    return new CausalAttention()
        .setWeights(new AttentionWeights(linear, linear, linear, null))
        .setSlidingWindow(1)
        .setBackend("threads");
  }

  @AfterAll
  static void dropTables() {
    SESSIONS
        .values()
        .forEach(
            session ->
                session.sql("drop database " + session.catalog().currentDatabase() + " cascade"));
  }

  static Stream<String> places() {
    return Stream.concat(PLACES.stream(), PLACES_WITH_NULLS.stream());
  }

  @ParameterizedTest
  @MethodSource("places")
  void aCallMayStandHereUnderDefaultSettings(String statements) {
    assertLikeNative("default", statements);
  }

  @ParameterizedTest
  @MethodSource("places")
  void aCallMayStandHereWithoutAdaptiveExecution(String statements) {
    assertLikeNative("not adaptive", statements);
  }

  @ParameterizedTest
  @MethodSource("places")
  void aCallMayStandHereWherePlansAreCopiedToPrune(String statements) {
    assertLikeNative("pruning", statements);
  }

  static Stream<String> placesInSpark4() {
    return PLACES_IN_SPARK_4.stream();
  }

  @ParameterizedTest
  @MethodSource("placesInSpark4")
  @Tag("spark4")
  void aCallMayStandHereInSpark4(String statements) {
    assertLikeNative("default", statements);
    assertLikeNative("not adaptive", statements);
    assertLikeNative("pruning", statements);
  }

  private static void assertLikeNative(String name, String statements) {
    List<String> expected =
        EXPECTED.computeIfAbsent(
            statements, any -> run(SESSIONS.get("default"), statements, NATIVE));
    assertThat(expected).isNotEmpty();
    String call = PLACES_WITH_NULLS.contains(statements) ? KEPT : OURS;
    assertThat(run(SESSIONS.get(name), statements, call)).isEqualTo(expected);
  }

  /** The rows that the last statement gives, each with its types, in no order. */
  private static List<String> run(SparkSession session, String statements, String call) {
    session.sql("drop table if exists made_table");
    List<String> rows = new ArrayList<>();
    for (String statement : statements.split(";", -1)) {
      Dataset<Row> result = session.sql(replaced(statement.strip(), call));
      rows =
          new ArrayList<>(
              result.collectAsList().stream()
                  .map(row -> result.schema().simpleString() + row)
                  .toList());
    }
    rows.sort(null);
    return rows;
  }

  private static String replaced(String statement, String call) {
    int start = statement.lastIndexOf(CALL);
    if (start < 0) {
      return statement;
    }
    int argument = start + CALL.length();
    int end = argument;
    for (int open = 1; open > 0; end++) {
      char next = statement.charAt(end);
      open += next == '(' ? 1 : next == ')' ? -1 : 0;
    }
    String with = String.format(call, statement.substring(argument, end - 1));
    boolean quoted = statement.startsWith("execute immediate");
    return replaced(
        statement.substring(0, start)
            + (quoted ? with.replace("'", "\\'") : with)
            + statement.substring(end),
        call);
  }
}
