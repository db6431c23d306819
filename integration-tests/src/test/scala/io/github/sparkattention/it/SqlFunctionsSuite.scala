package io.github.sparkattention.it

import io.github.sparkattention.{CausalAttention, SelfAttention}
import io.github.sparkattention.sql.AttentionFunctions
import io.github.sparkattention.sql.AttentionFunctions.{attentionWeights, causalAttention}
import org.apache.spark.sql.{functions => sql}
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite
import org.scalatest.matchers.should.Matchers

import java.nio.file.Files

/** The functions as a Scala user calls them, with the extensions configured. */
class SqlFunctionsSuite extends AnyFunSuite with Matchers with BeforeAndAfterAll {
  private lazy val spark = LocalSpark.session()
  private lazy val tokens = LocalSpark.rows(4, 3, 0, 1, 7)
  private lazy val attention =
    new CausalAttention().setDIn(4).setDOut(6).setNumHeads(2).setSeed(123)
  private lazy val expected =
    attention.transform(tokens).orderBy("id").select("context").collect()

  override def beforeAll(): Unit = {
    super.beforeAll()
    tokens.createOrReplaceTempView("sequences")
    AttentionFunctions.register(spark, "attention", attention)
  }

  test("the extensions are found by their name, and a stage by the name that it was given") {
    spark.conf.get("spark.sql.extensions") shouldBe
      "io.github.sparkattention.sql.AttentionExtensions"
    spark
      .sql("SELECT causal_attention(tokens, 'attention') FROM sequences ORDER BY id")
      .collect() shouldBe expected
  }

  test("a saved stage is found by its path") {
    val path = Files.createTempDirectory("sql-functions").resolve("stage").toUri.toString
    attention.save(path)
    spark
      .sql(s"SELECT causal_attention(tokens, '$path') FROM sequences ORDER BY id")
      .collect() shouldBe expected
  }

  test("columns are computed by a stage in hand") {
    import spark.implicits._
    val result = tokens
      .withColumn("context", causalAttention($"tokens", attention))
      .withColumn("heads", sql.size(attentionWeights($"tokens", attention)))
    result.orderBy("id").select("context").collect() shouldBe expected
    result.select($"heads").distinct().as[Int].collect() shouldBe Array(2)
  }

  test("SQL's functions are at hand in expressions, too") {
    val n = sql.expr("size(causal_attention(tokens, 'attention'))").as("n")
    val result = tokens.select(n).where("n > 2")
    result.collect().map(_.getInt(0)).sorted shouldBe Array(3, 7)
  }

  test("one operator computes all that a query wants of a stage") {
    val result = spark.sql("""
      SELECT id, context[0] AS first, weights[1] AS second
      FROM (SELECT id,
                   causal_attention(tokens, 'attention') AS context,
                   attention_weights(tokens, 'attention') AS weights
            FROM sequences)
      WHERE size(context) > 1 AND id < 3""")
    val plan = result.queryExecution.optimizedPlan
    plan.collect { case node if node.nodeName == "BatchAttention" => node } should have size 1
    result.count() shouldBe 1
  }

  test("a filter after the stage reaches the files before it") {
    import spark.implicits._
    val path = Files.createTempDirectory("sql-functions").resolve("rows").toUri.toString
    tokens.write.parquet(path)
    val result = attention.transform(spark.read.parquet(path)).where($"id" === 3)
    result.queryExecution.executedPlan.toString should include("PushedFilters: [IsNotNull(id)")
    result.select("context").collect() shouldBe expected.drop(3)
  }

  test("a typed dataset of context vectors comes out of a select") {
    import spark.implicits._
    val lengths = tokens
      .select($"id", causalAttention($"tokens", attention).as("context"))
      .as[(Long, Seq[Seq[Float]])]
      .map { case (id, context) => (id, context.size) }
      .collect()
      .toMap
    lengths shouldBe Map(0L -> 3, 1L -> 0, 2L -> 1, 3L -> 7)
  }

  test("the wrong function for a stage is refused in one sentence") {
    val self = new SelfAttention("self").setDIn(4).setDOut(4).setSeed(1)
    import spark.implicits._
    the[IllegalArgumentException] thrownBy causalAttention($"tokens", self) should have message
      "self: the stage is not causal, and causal_attention is not for such stages; call self_attention."
  }
}
