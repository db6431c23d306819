"""Attention and whole transformers as stages, functions and pictures of PySpark.

    import sparkattention as sa

    vectors = sa.SentenceEmbedder.load("hdfs:///models/all-MiniLM-L6-v2").transform(texts)

The module comes with the jar: ``--jars X-all.jar --py-files X-all.jar``. Stages are
pyspark.ml stages; they compute in the executors' JVMs, without Python workers.
"""

import sys

from sparkattention import errors, stages
from sparkattention._java import PACKAGE
from sparkattention.errors import AttentionException
from sparkattention.functions import (
    attention_weights,
    causal_attention,
    cosine_similarity,
    embed,
    install,
    log_probability,
    perplexity,
    register,
    self_attention,
)
from sparkattention.loaders import CausalScorer, SentenceEmbedder
from sparkattention.params import VERSION
from sparkattention.plots import AttentionPlots, Chart, Picture
from sparkattention.stages import (
    BpeTokenizer,
    CausalAttention,
    LanguageModel,
    SelfAttention,
    TokenEmbedding,
    TokenEmbeddingEstimator,
    WordPieceTokenizer,
)
from sparkattention.tables import NearestRows, executors_table, metrics_table

__version__ = VERSION

__all__ = [
    "AttentionException",
    "AttentionPlots",
    "BpeTokenizer",
    "CausalAttention",
    "CausalScorer",
    "Chart",
    "LanguageModel",
    "NearestRows",
    "Picture",
    "SelfAttention",
    "SentenceEmbedder",
    "TokenEmbedding",
    "TokenEmbeddingEstimator",
    "WordPieceTokenizer",
    "attention_weights",
    "causal_attention",
    "cosine_similarity",
    "embed",
    "executors_table",
    "install",
    "log_probability",
    "metrics_table",
    "perplexity",
    "register",
    "self_attention",
]

# A saved stage names its Java class, and PySpark imports the package of that name. No file can
# supply it: "io" is Python's own.
sys.modules.setdefault(PACKAGE, stages)
errors.install()
