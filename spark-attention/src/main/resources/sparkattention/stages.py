"""The stages, each by the name of its Java class."""

from typing import Any

from pyspark.ml.feature import Word2Vec, Word2VecModel
from pyspark.ml.wrapper import JavaEstimator, JavaModel, JavaTransformer

from sparkattention._java import PACKAGE
from sparkattention.params import (
    AttentionParams,
    LanguageModelParams,
    TokenEmbeddingEstimatorParams,
    TokenEmbeddingParams,
    TokenizerParams,
)


class CausalAttention(AttentionParams, JavaTransformer):
    """Self-attention in which each token attends to itself and to earlier ones.

    ``CausalAttention(dIn=768, dOut=768, numHeads=12, seed=123).transform(tokens)``
    """


class SelfAttention(AttentionParams, JavaTransformer):
    """Self-attention in which each token attends to all of its sequence."""


class LanguageModel(LanguageModelParams, JavaTransformer):
    """Runs a whole transformer on each row's sequence of ids.

    ``LanguageModel(checkpoint="hdfs:///models/gpt2", perplexityCol="perplexity")``
    """


class WordPieceTokenizer(TokenizerParams, JavaTransformer):
    """Turns texts into ids by WordPiece, as BERT and its kin want them."""


class BpeTokenizer(TokenizerParams, JavaTransformer):
    """Turns texts into ids by byte-level byte pairs, as GPT-2, Llama 3 and Qwen2 want them."""


class TokenEmbedding(TokenEmbeddingParams, JavaModel):
    """Turns words into the vectors of a fitted Word2VecModel."""

    def setModel(self, value: Word2VecModel) -> "TokenEmbedding":
        """Sets the model that has the words' vectors."""
        self._driver_object("setModel").setModel(value._java_obj)
        return self

    def model(self) -> Word2VecModel:
        """The model that has the words' vectors."""
        return Word2VecModel(self._driver_object("model").model())


class TokenEmbeddingEstimator(TokenEmbeddingEstimatorParams, JavaEstimator):
    """Fits the word vectors of a TokenEmbedding with Spark's Word2Vec.

    ``TokenEmbeddingEstimator(vectorSize=64, minCount=1, seed=1).fit(words)``
    """

    def setWord2Vec(self, value: Word2Vec) -> "TokenEmbeddingEstimator":
        """Sets what learns the vectors, as it is now; this stage's own params come before it."""
        self._driver_object("setWord2Vec").setWord2Vec(value._to_java())
        return self

    def _create_model(self, java_model: Any) -> TokenEmbedding:
        return TokenEmbedding(java_model)


# What PySpark takes the Java class's name from, and imports when it loads a pipeline.
for _stage in (
    BpeTokenizer,
    CausalAttention,
    LanguageModel,
    SelfAttention,
    TokenEmbedding,
    TokenEmbeddingEstimator,
    WordPieceTokenizer,
):
    _stage.__module__ = PACKAGE
