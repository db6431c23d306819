"""What a client of Spark Connect in Python can do, on a server that a test has started."""

import os
import unittest
from typing import Any

from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import Word2Vec
from pyspark.sql import SparkSession

import sparkattention as sa

FOLDER = os.environ["TEST_FOLDER"]
STAGE = FOLDER + "/stage"


class ConnectClient(unittest.TestCase):
    spark: SparkSession

    @classmethod
    def setUpClass(cls) -> None:
        cls.spark = SparkSession.builder.remote(os.environ["TEST_REMOTE"]).getOrCreate()
        cls.rows = cls.spark.read.parquet(FOLDER + "/rows")
        cls.words = cls.spark.read.parquet(FOLDER + "/words")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.spark.stop()

    def digest(self, attended: Any) -> str:
        found: str = attended.selectExpr(os.environ["TEST_DIGEST"]).first()[0]
        return found

    def assert_bits(self, attended: Any) -> None:
        self.assertEqual(self.digest(attended), os.environ["TEST_EXPECTED"])

    def attention(self) -> sa.CausalAttention:
        return sa.CausalAttention(
            dIn=4, dOut=6, numHeads=2, seed=123, scale=0.5, qkvBias=True, backend="threads"
        )

    def refused(self, error: type, sentence: str, call: Any) -> None:
        with self.assertRaises(error) as raised:
            call()
        self.assertIn(sentence, str(raised.exception))

    def test_a_stage_gives_the_bits_of_the_driver(self) -> None:
        self.assert_bits(self.attention().transform(self.rows))

    def test_a_function_gives_the_bits_of_the_driver(self) -> None:
        context = sa.causal_attention("tokens", STAGE).alias("context")
        self.assert_bits(self.rows.select("id", context))

    def test_a_stage_is_saved_and_loaded(self) -> None:
        place = FOLDER + "/python-stage"
        self.attention().write().overwrite().save(place)
        loaded = sa.CausalAttention.load(place)
        self.assertEqual((loaded.getDIn(), loaded.getSeed(), loaded.getBackend()), (4, 123, "threads"))
        self.assert_bits(loaded.transform(self.rows))

    def test_a_pipeline_is_fitted_saved_and_loaded(self) -> None:
        embedding = sa.TokenEmbeddingEstimator(
            inputCol="words", outputCol="tokens", vectorSize=4, minCount=1, seed=1
        )
        fitted = Pipeline(stages=[embedding, self.attention()]).fit(self.words)
        fitted.write().overwrite().save(FOLDER + "/python-pipeline")
        # Held on to, since the server forgets a model when its client does.
        loaded = PipelineModel.load(FOLDER + "/python-pipeline")
        self.assertEqual(
            self.digest(loaded.transform(self.words)), self.digest(fitted.transform(self.words))
        )

    def test_similarity_is_a_function(self) -> None:
        vectors = self.spark.sql("SELECT array(1d, 0d) AS a, array(1d, 1d) AS b")
        cosine = vectors.select(sa.cosine_similarity("a", "b")).first()[0]
        self.assertAlmostEqual(cosine, 0.5**0.5, delta=1e-12)

    def test_what_needs_the_driver_is_refused_in_one_sentence(self) -> None:
        stage = self.attention()
        estimator = sa.TokenEmbeddingEstimator(inputCol="words", vectorSize=4, minCount=1)
        model = estimator.fit(self.words)
        self.refused(
            TypeError,
            "with Spark Connect save the stage, and give its path.",
            lambda: self.rows.select(sa.causal_attention("tokens", stage)),
        )
        for use, call in {
            "register": lambda: sa.register("mine", stage),
            "install": sa.install,
            "executors_table": sa.executors_table,
            "NearestRows": lambda: sa.NearestRows.of(self.rows, "id", "tokens"),
            "setWord2Vec": lambda: estimator.setWord2Vec(Word2Vec()),
            "model": model.model,
            "setModel": lambda: sa.TokenEmbedding().setModel(None),
        }.items():
            with self.subTest(use):
                self.refused(TypeError, use + " needs the driver's session, but this ", call)
        self.refused(
            RuntimeError,
            "SentenceEmbedder is on the driver's JVM, which this Python has no way to: ",
            lambda: sa.SentenceEmbedder.load(STAGE),
        )

    def test_a_bad_row_is_refused_in_our_words(self) -> None:
        stage = sa.CausalAttention(dIn=5, dOut=6, numHeads=2, seed=1)
        self.refused(
            Exception,
            "token 0 has 4 values, but dIn is 5. Set handleInvalid to",
            stage.transform(self.rows).collect,
        )


if __name__ == "__main__":
    unittest.main(verbosity=2)
