"""Whole models as pipelines."""

from typing import Any

from pyspark.ml import PipelineModel

from sparkattention import _java
from sparkattention.stages import LanguageModel


class SentenceEmbedder:
    """Texts to vectors in one line: ``SentenceEmbedder.load(path).transform(texts)``."""

    @staticmethod
    def load(path: str, verbose: bool = True) -> PipelineModel:
        """Loads a checkpoint, and prints what its files say unless ``verbose`` is false.

        :param path: a folder with a model and its tokenizer, on any file system that Hadoop knows
        :return: a pipeline of a tokenizer, column text to ids, and of a LanguageModel, which adds
            the column embedding; ``stages`` gives both
        """
        return _load("SentenceEmbedder", path, verbose)


class CausalScorer:
    """Texts to probabilities in one line: ``CausalScorer.load(path).transform(texts)``."""

    @staticmethod
    def load(path: str, verbose: bool = True) -> PipelineModel:
        """Loads a checkpoint, and prints what its files say unless ``verbose`` is false.

        :param path: a folder with a model and its tokenizer, on any file system that Hadoop knows
        :return: a pipeline of a tokenizer, column text to ids, and of a LanguageModel, which adds
            the columns log_probabilities, log_probability and perplexity
        """
        return _load("CausalScorer", path, verbose)

    @staticmethod
    def ofIds(checkpoint: str) -> LanguageModel:
        """A model without a tokenizer, for rows that have a column ids already.

        :param checkpoint: the path of a model, on any file system that Hadoop knows
        """
        return LanguageModel(
            checkpoint=checkpoint,
            inputCol="ids",
            logProbabilitiesCol="log_probabilities",
            logProbabilityCol="log_probability",
            perplexityCol="perplexity",
        )


def _load(name: str, path: str, verbose: bool) -> PipelineModel:
    loader: Any = _java.java_class(name)
    lines = _java.java_list()
    pipeline = PipelineModel._from_java(loader.load(path, lines))
    if verbose:
        # The JVM's own output would not come to a notebook.
        for line in lines:
            print(line)
    return pipeline
