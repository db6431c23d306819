"""Functions of columns, by the names that they have in SQL.

A stage is given as itself, or as SQL names it: by a name that ``register`` gave, or by the path of
a saved one. Spark Connect takes the latter two.
"""

from typing import Any, Optional, Union

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from sparkattention import _java
from sparkattention.stages import CausalAttention, SelfAttention

ColumnOrName = Union[Column, str]


def causal_attention(tokens: ColumnOrName, stage: Union[str, CausalAttention]) -> Column:
    """The context vectors of a CausalAttention.

    :param tokens: a column of token embeddings, one sequence a row
    :param stage: the stage, its name, or the path that it is saved at
    """
    return _attention("causal_attention", "causalAttention", tokens, stage)


def self_attention(tokens: ColumnOrName, stage: Union[str, SelfAttention]) -> Column:
    """The context vectors of a SelfAttention.

    :param tokens: a column of token embeddings, one sequence a row
    :param stage: the stage, its name, or the path that it is saved at
    """
    return _attention("self_attention", "selfAttention", tokens, stage)


def attention_weights(
    tokens: ColumnOrName, stage: Union[str, CausalAttention, SelfAttention]
) -> Column:
    """The attention weights of a stage, heads x n x n for a sequence of n tokens.

    :param tokens: a column of token embeddings, one sequence a row
    :param stage: the stage, its name, or the path that it is saved at
    """
    return _attention("attention_weights", "attentionWeights", tokens, stage)


def embed(text: ColumnOrName, model: str) -> Column:
    """The pooled vector of a text, pooled and normalized as the model's own files say.

    :param text: a column of texts
    :param model: the path of a folder with a model and its tokenizer
    """
    return _call("embed", text, model)


def log_probability(text: ColumnOrName, model: str) -> Column:
    """The sum of the natural logarithms of the probabilities of a text's ids after the first.

    :param text: a column of texts
    :param model: the path of a folder with a model and its tokenizer
    """
    return _call("log_probability", text, model)


def perplexity(text: ColumnOrName, model: str) -> Column:
    """The perplexity of a text; null where it has fewer than two ids.

    :param text: a column of texts
    :param model: the path of a folder with a model and its tokenizer
    """
    return _call("perplexity", text, model)


def cosine_similarity(a: ColumnOrName, b: ColumnOrName) -> Column:
    """The cosine of the angle between two vectors, from -1 to 1.

    :param a: a column of vectors: vector, array<float> or array<double>
    :param b: another one, with vectors of the same length
    """
    return F.call_function("cosine_similarity", a, b)


def install(spark: Optional[SparkSession] = None) -> None:
    """Gives a session that was there before the jar all that sessions have which start with it.

    :param spark: the session; the active one if there is none
    """
    jsession = _java.session(spark, "install")._jsparkSession
    _java.java_class("sql.AttentionFunctions").install(jsession)


def register(
    name: str, stage: Union[CausalAttention, SelfAttention], spark: Optional[SparkSession] = None
) -> None:
    """Gives a stage a name by which SQL's functions find it, in all sessions of the application.

    :param name: the name, which comes before a path of the same text
    :param stage: the stage as it is now
    :param spark: a session of the application; the active one if there is none
    """
    jsession = _java.session(spark, "register")._jsparkSession
    _java.java_class("sql.AttentionFunctions").register(jsession, name, stage._to_java())


def _attention(name: str, java_name: str, tokens: ColumnOrName, stage: Any) -> Column:
    if isinstance(stage, str):
        return _call(name, tokens, stage)
    if not hasattr(stage, "_to_java"):
        raise TypeError(
            "%s wants a stage, its name or its path, but was given a %s."
            % (name, type(stage).__name__)
        )
    column = F.col(tokens) if isinstance(tokens, str) else tokens
    if _java.is_connect(column):
        raise TypeError(
            "%s takes a stage itself in the driver's session alone; with Spark Connect save the"
            " stage, and give its path." % name
        )
    method = getattr(_java.java_class("sql.AttentionFunctions"), java_name)
    return Column(method(column._jc, stage._to_java()))  # type: ignore[call-arg]


def _call(name: str, argument: ColumnOrName, place: str) -> Column:
    return F.call_function(name, argument, F.lit(place))
