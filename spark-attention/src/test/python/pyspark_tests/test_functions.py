"""Functions, models, pictures and tables."""

import contextlib
import io
import os
import unittest

from attached import path, spark
from test_stages import layer, rows, sequences

import sparkattention as sa

ENCODER = os.environ["TEST_ENCODER"]
SCORER = os.environ["TEST_SCORER"]

texts = spark.createDataFrame([(1, "a b"), (2, "b a c")], "id bigint, text string")


class FunctionsTest(unittest.TestCase):
    def test_stages_are_functions_of_columns(self):
        expected = rows(layer().transform(sequences))
        by_stage = sequences.select("id", sa.causal_attention("tokens", layer()).alias("context"))
        self.assertEqual(rows(by_stage), expected)
        sa.register("layer", layer())
        by_name = sequences.select(
            "id", sa.causal_attention(sequences.tokens, "layer").alias("context")
        )
        self.assertEqual(rows(by_name), expected)
        place = path("stage")
        layer().save(place)
        by_path = sequences.select("id", sa.causal_attention("tokens", place).alias("context"))
        self.assertEqual(rows(by_path), expected)
        weights = sequences.select("id", sa.attention_weights("tokens", layer()).alias("weights"))
        self.assertEqual(len(rows(weights, "weights")[1]), 2)

    def test_a_running_session_gets_the_functions(self):
        sa.install()
        sa.install(spark)
        similar = spark.sql("SELECT cosine_similarity(array(1f, 0f), array(1f, 0f)) AS s")
        self.assertEqual(similar.first().s, 1.0)

    def test_a_stage_of_the_other_kind_is_refused(self):
        with self.assertRaisesRegex(Exception, "self_attention"):
            sequences.select(sa.self_attention("tokens", layer()))
        with self.assertRaisesRegex(TypeError, "causal_attention wants a stage, its name or"):
            sa.causal_attention("tokens", 3)

    def test_a_model_embeds_as_a_stage_and_as_a_function(self):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            pipeline = sa.SentenceEmbedder.load(ENCODER)
        self.assertIn("files", said.getvalue())
        self.assertIsInstance(pipeline.stages[1], sa.LanguageModel)
        stage = rows(pipeline.transform(texts), "embedding")
        function = texts.select("id", sa.embed("text", ENCODER).alias("embedding"))
        self.assertEqual(rows(function, "embedding"), stage)
        similar = function.select("id", sa.cosine_similarity("embedding", "embedding").alias("s"))
        self.assertAlmostEqual(rows(similar, "s")[0], 1.0)

    def test_a_model_scores_as_a_stage_and_as_a_function(self):
        scored = sa.CausalScorer.load(SCORER, verbose=False).transform(texts)
        functions = texts.select(
            "id",
            sa.log_probability("text", SCORER).alias("log_probability"),
            sa.perplexity("text", SCORER).alias("perplexity"),
        )
        for column in ("log_probability", "perplexity"):
            self.assertEqual(rows(functions, column), rows(scored, column))
        ids = scored.select("id", "ids")
        self.assertEqual(
            rows(sa.CausalScorer.ofIds(SCORER).transform(ids), "perplexity"),
            rows(scored, "perplexity"),
        )

    def test_the_nearest_rows_are_found(self):
        table = spark.createDataFrame(
            [("x", [1.0, 0.0]), ("y", [0.0, 1.0])], "name string, vector array<double>"
        )
        queries = spark.createDataFrame([(1, [0.1, 0.9])], "id bigint, v array<double>")
        nearest = sa.NearestRows.of(table, "name", "vector").search(queries, "v", 1, "nearest")
        self.assertEqual(rows(nearest, "nearest")[0][0].id, "y")

    def test_weights_become_pictures(self):
        weighed = layer().setAttentionWeightsCol("weights").transform(sequences)
        row = weighed.selectExpr("transform(tokens, t -> 'word') AS words", "weights").where(
            "size(words) = 2"
        ).first()
        plots = sa.AttentionPlots.of(row, "words", "weights").titled("Mine")
        self.assertEqual(plots.num_heads(), 2)
        for picture in (plots.heat_map(), plots.heat_map(1), plots.heads(), plots.arcs(0)):
            self.assertIn("Mine", picture.title)
            self.assertIn("<svg", picture._repr_html_())
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            plots.heads().show()
        self.assertTrue(said.getvalue().startswith("%html "))
        file = path("heads.html")
        plots.heads().write_to(file)
        with open(file, encoding="utf-8") as page:
            self.assertIn("<!DOCTYPE html>", page.read())
        with self.assertRaisesRegex(ValueError, "must have a column 'none', but has words, weights"):
            sa.AttentionPlots.of(row, "words", "none")
        chart = sa.AttentionPlots.chart("Speed").axes("rows", "tokens/s")
        self.assertIn("<svg", chart.series("threads", [1, 2], [3.5, 4]).lines().html())

    def test_tables_need_the_plugin(self):
        for table in (sa.executors_table, sa.metrics_table):
            with self.assertRaisesRegex(Exception, "spark.plugins="):
                table(spark)


if __name__ == "__main__":
    unittest.main()
