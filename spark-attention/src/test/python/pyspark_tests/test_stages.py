"""Stages as PySpark's users have them."""

import unittest

from attached import jvm, path, spark
from only_python import Split
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.evaluation import BinaryClassificationEvaluator
from pyspark.ml.feature import RegexTokenizer, Word2Vec
from pyspark.ml.param import TypeConverters
from pyspark.ml.tuning import CrossValidator, CrossValidatorModel, ParamGridBuilder

import sparkattention as sa

STAGES = (
    sa.BpeTokenizer,
    sa.CausalAttention,
    sa.LanguageModel,
    sa.SelfAttention,
    sa.TokenEmbedding,
    sa.TokenEmbeddingEstimator,
    sa.WordPieceTokenizer,
)

# What strings of a few values, and numbers with a smallest one, may be set to.
CHOICES = {
    "backend": "threads",
    "handleInvalid": "keep",
    "longRows": "truncate",
    "outputFormat": "flat",
    "pooling": "last",
    "positions": "sinusoidal",
    "saveWeights": "path",
    "unknownWords": "skip",
}
VALUES = {
    TypeConverters.toInt: 7,
    TypeConverters.toFloat: 0.5,
    TypeConverters.toBoolean: True,
    TypeConverters.toString: "text",
}

texts = spark.createDataFrame(
    [(i, "the cat sat" if i % 2 else "a dog ran far away", float(i % 2)) for i in range(12)],
    "id bigint, text string, label double",
).coalesce(1)
sequences = spark.createDataFrame(
    [(i, [[0.1 * (i + t + d) for d in range(4)] for t in range(i % 3)]) for i in range(6)],
    "id bigint, tokens array<array<float>>",
).coalesce(1)


def layer():
    return sa.CausalAttention(dIn=4, dOut=4, numHeads=2, seed=5, backend="threads")


def rows(frame, column="context"):
    found = frame.select("id", column).collect()
    return [row[column] for row in sorted(found, key=lambda row: row.id)]


class StagesTest(unittest.TestCase):
    def test_params_reach_java_with_their_types(self):
        for kind in STAGES:
            stage = kind()
            self.assertEqual(
                sorted(p.name for p in stage.params),
                sorted(p.name() for p in stage._java_obj.params()),
            )
            for param in stage.params:
                name = param.name[0].upper() + param.name[1:]
                value = CHOICES.get(param.name, VALUES[param.typeConverter])
                self.assertIs(getattr(stage, "set" + name)(value), stage)
                self.assertEqual(getattr(stage, "get" + name)(), value)
                stage._transfer_params_to_java()
                java = stage._java_obj
                self.assertEqual(java.getOrDefault(java.getParam(param.name)), value)
                self.assertEqual(getattr(kind(**{param.name: value}), "get" + name)(), value)

    def test_defaults_and_docs_are_javas(self):
        for kind in STAGES:
            stage = kind()
            java = getattr(jvm.io.github.sparkattention, kind.__name__)()
            for param in stage.params:
                theirs = java.getParam(param.name)
                self.assertEqual(param.doc, theirs.doc())
                self.assertEqual(stage.hasDefault(param), java.hasDefault(theirs))
                if stage.hasDefault(param):
                    self.assertEqual(stage.getOrDefault(param), java.getOrDefault(theirs))

    def test_a_value_of_another_type_is_refused(self):
        with self.assertRaisesRegex(TypeError, "numHeads"):
            sa.CausalAttention(numHeads="two")

    def test_a_stage_is_saved_loaded_and_copied(self):
        place = path("stage")
        stage = layer()
        expected = rows(stage.transform(sequences))
        stage.save(place)
        loaded = sa.CausalAttention.load(place)
        self.assertIsInstance(loaded, sa.CausalAttention)
        self.assertEqual(loaded.uid, stage.uid)
        self.assertEqual(loaded.getNumHeads(), 2)
        self.assertEqual(rows(loaded.transform(sequences)), expected)
        copy = stage.copy({stage.outputCol: "other"})
        self.assertEqual(rows(copy.transform(sequences), "other"), expected)
        self.assertEqual(stage.getOutputCol(), "context")
        stage.write().overwrite().save(place)
        self.assertEqual(sa.CausalAttention.read().load(place).getDIn(), 4)

    def pipeline(self, first):
        return Pipeline(
            stages=[
                first,
                sa.TokenEmbeddingEstimator(vectorSize=4, minCount=1, seed=3, numPartitions=1),
                layer().setPooling("mean"),
            ]
        )

    def test_a_pipeline_is_saved_and_loaded(self):
        for first in (RegexTokenizer(inputCol="text", outputCol="words"), Split()):
            pipeline = self.pipeline(first)
            model = pipeline.fit(texts)
            expected = rows(model.transform(texts))
            self.assertEqual(len(expected[0][0]), 4)
            self.assertIsInstance(model.stages[1], sa.TokenEmbedding)
            saved = path("model")
            model.save(saved)
            loaded = PipelineModel.load(saved)
            self.assertIsInstance(loaded.stages[2], sa.CausalAttention)
            self.assertEqual(rows(loaded.transform(texts)), expected)
            saved = path("pipeline")
            pipeline.save(saved)
            loaded = Pipeline.load(saved)
            self.assertEqual(loaded.getStages()[1].getVectorSize(), 4)
            self.assertEqual(rows(loaded.fit(texts).transform(texts)), expected)

    def test_pipelines_go_between_java_and_python(self):
        model = self.pipeline(RegexTokenizer(inputCol="text", outputCol="words")).fit(texts)
        expected = rows(model.transform(texts))
        saved = path("python")
        model.save(saved)
        java = jvm.org.apache.spark.ml.PipelineModel.load(saved)
        saved = path("java")
        java.save(saved)
        self.assertEqual(rows(PipelineModel.load(saved).transform(texts)), expected)

    def test_word2vec_may_be_given_as_a_whole(self):
        words = Split().transform(texts)
        given = sa.TokenEmbeddingEstimator().setWord2Vec(
            Word2Vec(vectorSize=9, minCount=1, seed=3, numPartitions=1)
        )
        self.assertEqual(len(rows(given.fit(words).transform(words), "tokens")[0][0]), 9)
        fitted = given.setVectorSize(4).fit(words)
        vectors = rows(fitted.transform(words), "tokens")
        self.assertEqual(len(vectors[0][0]), 4)
        again = sa.TokenEmbedding().setModel(fitted.model())
        self.assertEqual(rows(again.transform(words), "tokens"), vectors)

    def test_cross_validation_takes_the_stages_params(self):
        attention = layer().setPooling("mean")
        embedding = sa.TokenEmbeddingEstimator(minCount=1, seed=3, numPartitions=1)
        pipeline = Pipeline(
            stages=[Split(), embedding, attention, LogisticRegression(featuresCol="pooled", maxIter=2)]
        )
        grid = (
            ParamGridBuilder()
            .baseOn({embedding.vectorSize: 4})
            .addGrid(attention.seed, [1, 2])
            .build()
        )
        validator = CrossValidator(
            estimator=pipeline,
            estimatorParamMaps=grid,
            evaluator=BinaryClassificationEvaluator(),
            numFolds=2,
            seed=1,
        )
        model = validator.fit(texts)
        self.assertEqual(len(model.avgMetrics), 2)
        expected = rows(model.transform(texts), "prediction")
        saved = path("cross")
        model.save(saved)
        loaded = CrossValidatorModel.load(saved)
        self.assertEqual(rows(loaded.transform(texts), "prediction"), expected)

    def test_a_tasks_error_says_its_sentence_first(self):
        bad = spark.createDataFrame(
            [(1, [[1.0, float("nan"), 0.0, 0.0]])], "id bigint, tokens array<array<float>>"
        )
        for sentence, frame in (
            ("column 'tokens'", layer().transform(bad)),
            ("column 'tokens'", bad.select(sa.causal_attention("tokens", layer()))),
        ):
            with self.assertRaises(sa.AttentionException) as raised:
                frame.collect()
            first = str(raised.exception).split("\n")[0]
            self.assertIn(sentence, first)
            self.assertNotIn("Job aborted", first)
        with self.assertRaisesRegex(Exception, "has no weights") as raised:
            sa.CausalAttention(dIn=4, dOut=4).transform(sequences)
        self.assertEqual(type(raised.exception).__name__, "IllegalArgumentException")

    def test_other_errors_stay_as_they_are(self):
        failing = spark.sql("SELECT raise_error('not ours') AS x")
        with self.assertRaises(Exception) as raised:
            failing.collect()
        self.assertNotIsInstance(raised.exception, sa.AttentionException)


if __name__ == "__main__":
    unittest.main()
