package io.github.sparkattention.it

import io.github.sparkattention.{CausalAttention, SelfAttention, TokenEmbeddingEstimator}
import org.apache.spark.ml.{Pipeline, PipelineModel}
import org.apache.spark.ml.feature.{RegexTokenizer, Word2Vec}
import org.apache.spark.sql.{functions => sql}
import org.scalatest.funsuite.AnyFunSuite
import org.scalatest.matchers.should.Matchers

import java.nio.file.Files

/** The stages as a Scala user writes them. */
class ScalaApiSuite extends AnyFunSuite with Matchers {
  private lazy val spark = LocalSpark.session()
  private lazy val tokens = LocalSpark.rows(4, 3, 0, 1, 7)

  private def attention =
    new CausalAttention().setDIn(4).setDOut(6).setNumHeads(2).setSeed(123)

  test("the example of the README") {
    val model = new CausalAttention()
      .setInputCol("tokens")
      .setOutputCol("context")
      .setDIn(4)
      .setDOut(6)
      .setNumHeads(2)
      .setSeed(123)
    val context = model.transform(tokens)
    context.select("id", "context").show(4, 60)
    context.count() shouldBe 4
  }

  test("setters chain, and getters give what was set") {
    val stage = attention.setSlidingWindow(2).setSoftcap(3.0)
    stage.getNumHeads shouldBe 2
    stage.getSlidingWindow shouldBe 2
    stage.config.headDim shouldBe 3
    stage.weights.query.outFeatures shouldBe 6
  }

  test("columns are selected by $, and rows keep their length") {
    import spark.implicits._
    val lengths = attention
      .transform(tokens)
      .select($"id", sql.size($"context").as("n"))
      .as[(Long, Int)]
      .collect()
      .toMap
    lengths shouldBe Map(0L -> 3, 1L -> 0, 2L -> 1, 3L -> 7)
  }

  test("a typed dataset of sequences goes in, and one comes out") {
    import spark.implicits._
    val rows = Seq((1L, Seq(Seq(1f, 2f, 3f, 4f))), (2L, Seq.empty[Seq[Float]])).toDF("id", "tokens")
    val context = attention.transform(rows).select($"context").as[Seq[Seq[Float]]].collect()
    context.map(_.size) shouldBe Array(1, 0)
    context.head.head should have size 6
  }

  test("a self-join tells the two sides apart") {
    import spark.implicits._
    val context = attention.transform(tokens)
    val joined = context.as("a").join(context.as("b"), $"a.id" === $"b.id")
    joined.where($"a.context" === $"b.context").count() shouldBe 4
  }

  test("attention that is not causal sees later tokens") {
    val causal = attention.transform(tokens).orderBy("id")
    val not = new SelfAttention()
      .setDIn(4)
      .setDOut(6)
      .setNumHeads(2)
      .setSeed(123)
      .transform(tokens)
      .orderBy("id")
    val differ = causal.select("context").collect().zip(not.select("context").collect())
    differ.map { case (a, b) => a == b } shouldBe Array(false, true, true, false)
  }

  test("text, words, vectors and attention are one Pipeline, which is saved and loaded") {
    import spark.implicits._
    val text = Seq("the cat sat on the mat", "the dog sat", "a cat").toDF("text")
    val pipeline = new Pipeline().setStages(
      Array(
        new RegexTokenizer().setInputCol("text").setOutputCol("words"),
        new TokenEmbeddingEstimator()
          .setWord2Vec(new Word2Vec().setVectorSize(8).setMinCount(1).setSeed(1)),
        new CausalAttention().setDIn(8).setDOut(8).setNumHeads(4).setSeed(123)
      )
    )
    val model = pipeline.fit(text)
    val path = Files.createTempDirectory("scala-api").resolve("model").toUri.toString
    model.save(path)
    val context = model.transform(text).select("context").collect()
    context.map(_.getSeq[Any](0).size) shouldBe Array(6, 3, 2)
    PipelineModel.load(path).transform(text).select("context").collect() shouldBe context
  }
}
