"""The params of all stages, with constructors, getters and setters.

This file is made from the params of the Java classes; PythonModuleTest says how.
"""

from typing import Any, Optional, TypeVar

from pyspark import keyword_only
from pyspark.ml.param import Param, Params, TypeConverters

from sparkattention._stage import Stage

VERSION = "0.1.0"

S = TypeVar("S", bound=Stage)


class AttentionParams(Stage):
    """The params of CausalAttention and SelfAttention."""

    attentionWeightsCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "attentionWeightsCol",
        "name of the column of attention weights that is added, array<array<array<float>>> with "
        "heads x n x n values a row; unset or empty means none",
        typeConverter=TypeConverters.toString,
    )
    backend: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "backend",
        "what computes: auto, opencl or threads; unset means what spark.attention.backend says, "
        "or else auto",
        typeConverter=TypeConverters.toString,
    )
    batchBytes: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "batchBytes",
        "most bytes that the rows, tokens and results of a batch may take, unless one row alone "
        "takes more",
        typeConverter=TypeConverters.toInt,
    )
    batchTokens: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "batchTokens",
        "most tokens of a batch, unless one row alone has more; where tokens take much work, as "
        "in whole models, batches have fewer",
        typeConverter=TypeConverters.toInt,
    )
    contextLength: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "contextLength",
        "longest sequence that is accepted, in tokens; 0 means no limit",
        typeConverter=TypeConverters.toInt,
    )
    dIn: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "dIn",
        "width of a token embedding; follows from the weights if they are given",
        typeConverter=TypeConverters.toInt,
    )
    dOut: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "dOut",
        "width of a context vector, a multiple of numHeads; follows from the weights if they "
        "are given",
        typeConverter=TypeConverters.toInt,
    )
    dropout: "Param[float]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "dropout",
        "probability in [0, 1) with which an attention weight is dropped when training is true",
        typeConverter=TypeConverters.toFloat,
    )
    dropoutKeyCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "dropoutKeyCol",
        "name of a bigint column whose values, with dropoutSeed, decide a row's dropout draws; "
        "unset means that the row's tokens decide",
        typeConverter=TypeConverters.toString,
    )
    dropoutSeed: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "dropoutSeed",
        "seed of the dropout draws",
        typeConverter=TypeConverters.toInt,
    )
    handleInvalid: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "handleInvalid",
        "what happens to rows that can't be computed: error (fail), skip (drop the row) or keep "
        "(null results)",
        typeConverter=TypeConverters.toString,
    )
    inputCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "inputCol",
        "name of the column with one sequence of token embeddings a row: array<array<number>>, "
        "array<vector>, matrix, array<number> or "
        "array<struct<annotatorType:string,begin:int,end:int,result:string,metadata:map<string,string>,embeddings:array<float>>> "
        "(a number is tinyint, smallint, int, bigint, decimal, float or double)",
        typeConverter=TypeConverters.toString,
    )
    logSumExpCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "logSumExpCol",
        "name of the column of log-sum-exps of the scores that is added, array<array<float>> "
        "with heads x n values a row; unset or empty means none",
        typeConverter=TypeConverters.toString,
    )
    maxAttentionWeightsLength: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "maxAttentionWeightsLength",
        "longest sequence, in tokens, whose attention weights may be asked for",
        typeConverter=TypeConverters.toInt,
    )
    numHeads: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "numHeads",
        "number of query heads, a divisor of dOut",
        typeConverter=TypeConverters.toInt,
    )
    numKvHeads: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "numKvHeads",
        "number of key and value heads, a divisor of numHeads; 0 means what the weights have, "
        "or else numHeads",
        typeConverter=TypeConverters.toInt,
    )
    outProjection: "Param[bool]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "outProjection",
        "whether an output projection joins the heads; follows from the weights if they are "
        "given",
        typeConverter=TypeConverters.toBoolean,
    )
    outputCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "outputCol",
        "name of the column of context vectors that is added, in the form of outputFormat; "
        "empty means none",
        typeConverter=TypeConverters.toString,
    )
    outputFormat: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "outputFormat",
        "form of the context vectors: array (array<array<float>>), flat (array<float>), vectors "
        "(array<vector>) or matrix",
        typeConverter=TypeConverters.toString,
    )
    pooledCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "pooledCol",
        "name of the column of pooled context vectors that is added if pooling is not none, "
        "vector",
        typeConverter=TypeConverters.toString,
    )
    pooling: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "pooling",
        "how a sequence's context vectors become the one vector of pooledCol: none (not at "
        "all), last, mean or max",
        typeConverter=TypeConverters.toString,
    )
    qkvBias: "Param[bool]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "qkvBias",
        "whether the query, key and value projections have a bias; follows from the weights if "
        "they are given",
        typeConverter=TypeConverters.toBoolean,
    )
    scale: "Param[float]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "scale",
        "factor on the scores, from 1e-18 to 1e18; 0 means 1 / sqrt(head dim)",
        typeConverter=TypeConverters.toFloat,
    )
    seed: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "seed",
        "seed that the weights are drawn from as PyTorch draws them, if neither weights nor "
        "weightsPath are given",
        typeConverter=TypeConverters.toInt,
    )
    slidingWindow: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "slidingWindow",
        "how many of the nearest tokens a token sees, itself included; 0 means no window",
        typeConverter=TypeConverters.toInt,
    )
    softcap: "Param[float]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "softcap",
        "soft cap c of the scaled scores, which become c * tanh(score / c), from 1e-18 to 1e18; "
        "0 means no cap",
        typeConverter=TypeConverters.toFloat,
    )
    training: "Param[bool]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "training",
        "whether dropout is applied",
        typeConverter=TypeConverters.toBoolean,
    )
    weightsPath: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "weightsPath",
        "path of the weights, on any file system that Hadoop knows: a safetensors file, a "
        "model.safetensors.index.json, or a folder that holds it or a model.safetensors",
        typeConverter=TypeConverters.toString,
    )
    weightsPrefix: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "weightsPrefix",
        "what the names of the layer's tensors start with in the file at weightsPath",
        typeConverter=TypeConverters.toString,
    )

    @keyword_only
    def __init__(
        self,
        *,
        attentionWeightsCol: Optional[str] = None,
        backend: Optional[str] = None,
        batchBytes: int = 134217728,
        batchTokens: int = 8192,
        contextLength: int = 0,
        dIn: Optional[int] = None,
        dOut: Optional[int] = None,
        dropout: float = 0.0,
        dropoutKeyCol: Optional[str] = None,
        dropoutSeed: int = 0,
        handleInvalid: str = "error",
        inputCol: str = "tokens",
        logSumExpCol: Optional[str] = None,
        maxAttentionWeightsLength: int = 1024,
        numHeads: int = 1,
        numKvHeads: int = 0,
        outProjection: bool = False,
        outputCol: str = "context",
        outputFormat: str = "array",
        pooledCol: str = "pooled",
        pooling: str = "none",
        qkvBias: bool = False,
        scale: float = 0.0,
        seed: Optional[int] = None,
        slidingWindow: int = 0,
        softcap: float = 0.0,
        training: bool = False,
        weightsPath: Optional[str] = None,
        weightsPrefix: str = "",
    ) -> None:
        """Makes a stage.

        :param attentionWeightsCol: name of the column of attention weights that is added,
            array<array<array<float>>> with heads x n x n values a row; unset or empty means none
        :param backend: what computes: auto, opencl or threads; unset means what
            spark.attention.backend says, or else auto
        :param batchBytes: most bytes that the rows, tokens and results of a batch may take, unless
            one row alone takes more (default 134217728)
        :param batchTokens: most tokens of a batch, unless one row alone has more; where tokens take
            much work, as in whole models, batches have fewer (default 8192)
        :param contextLength: longest sequence that is accepted, in tokens; 0 means no limit
            (default 0)
        :param dIn: width of a token embedding; follows from the weights if they are given
        :param dOut: width of a context vector, a multiple of numHeads; follows from the weights if
            they are given
        :param dropout: probability in [0, 1) with which an attention weight is dropped when
            training is true (default 0.0)
        :param dropoutKeyCol: name of a bigint column whose values, with dropoutSeed, decide a row's
            dropout draws; unset means that the row's tokens decide
        :param dropoutSeed: seed of the dropout draws (default 0)
        :param handleInvalid: what happens to rows that can't be computed: error (fail), skip (drop
            the row) or keep (null results) (default "error")
        :param inputCol: name of the column with one sequence of token embeddings a row:
            array<array<number>>, array<vector>, matrix, array<number> or
            array<struct<annotatorType:string,begin:int,end:int,result:string,metadata:map<string,string>,embeddings:array<float>>>
            (a number is tinyint, smallint, int, bigint, decimal, float or double) (default
            "tokens")
        :param logSumExpCol: name of the column of log-sum-exps of the scores that is added,
            array<array<float>> with heads x n values a row; unset or empty means none
        :param maxAttentionWeightsLength: longest sequence, in tokens, whose attention weights may
            be asked for (default 1024)
        :param numHeads: number of query heads, a divisor of dOut (default 1)
        :param numKvHeads: number of key and value heads, a divisor of numHeads; 0 means what the
            weights have, or else numHeads (default 0)
        :param outProjection: whether an output projection joins the heads; follows from the weights
            if they are given (default False)
        :param outputCol: name of the column of context vectors that is added, in the form of
            outputFormat; empty means none (default "context")
        :param outputFormat: form of the context vectors: array (array<array<float>>), flat
            (array<float>), vectors (array<vector>) or matrix (default "array")
        :param pooledCol: name of the column of pooled context vectors that is added if pooling is
            not none, vector (default "pooled")
        :param pooling: how a sequence's context vectors become the one vector of pooledCol: none
            (not at all), last, mean or max (default "none")
        :param qkvBias: whether the query, key and value projections have a bias; follows from the
            weights if they are given (default False)
        :param scale: factor on the scores, from 1e-18 to 1e18; 0 means 1 / sqrt(head dim) (default
            0.0)
        :param seed: seed that the weights are drawn from as PyTorch draws them, if neither weights
            nor weightsPath are given
        :param slidingWindow: how many of the nearest tokens a token sees, itself included; 0 means
            no window (default 0)
        :param softcap: soft cap c of the scaled scores, which become c * tanh(score / c), from
            1e-18 to 1e18; 0 means no cap (default 0.0)
        :param training: whether dropout is applied (default False)
        :param weightsPath: path of the weights, on any file system that Hadoop knows: a safetensors
            file, a model.safetensors.index.json, or a folder that holds it or a model.safetensors
        :param weightsPrefix: what the names of the layer's tensors start with in the file at
            weightsPath
        """
        super().__init__()
        defaults = {
            "batchBytes": 134217728,
            "batchTokens": 8192,
            "contextLength": 0,
            "dropout": 0.0,
            "dropoutSeed": 0,
            "handleInvalid": "error",
            "inputCol": "tokens",
            "maxAttentionWeightsLength": 1024,
            "numHeads": 1,
            "numKvHeads": 0,
            "outProjection": False,
            "outputCol": "context",
            "outputFormat": "array",
            "pooledCol": "pooled",
            "pooling": "none",
            "qkvBias": False,
            "scale": 0.0,
            "slidingWindow": 0,
            "softcap": 0.0,
            "training": False,
            "weightsPrefix": "",
        }
        self._begin(defaults, self._input_kwargs)

    def setAttentionWeightsCol(self: S, value: str) -> S:
        """Sets attentionWeightsCol: name of the column of attention weights that is added,
        array<array<array<float>>> with heads x n x n values a row; unset or empty means none.
        """
        return self._set(attentionWeightsCol=value)

    def getAttentionWeightsCol(self) -> str:
        """Returns the value of attentionWeightsCol."""
        return self.getOrDefault(self.attentionWeightsCol)

    def setBackend(self: S, value: str) -> S:
        """Sets backend: what computes: auto, opencl or threads; unset means what
        spark.attention.backend says, or else auto.
        """
        return self._set(backend=value)

    def getBackend(self) -> str:
        """Returns the value of backend."""
        return self.getOrDefault(self.backend)

    def setBatchBytes(self: S, value: int) -> S:
        """Sets batchBytes: most bytes that the rows, tokens and results of a batch may take, unless
        one row alone takes more.
        """
        return self._set(batchBytes=value)

    def getBatchBytes(self) -> int:
        """Returns the value of batchBytes."""
        return self.getOrDefault(self.batchBytes)

    def setBatchTokens(self: S, value: int) -> S:
        """Sets batchTokens: most tokens of a batch, unless one row alone has more; where tokens
        take much work, as in whole models, batches have fewer.
        """
        return self._set(batchTokens=value)

    def getBatchTokens(self) -> int:
        """Returns the value of batchTokens."""
        return self.getOrDefault(self.batchTokens)

    def setContextLength(self: S, value: int) -> S:
        """Sets contextLength: longest sequence that is accepted, in tokens; 0 means no limit."""
        return self._set(contextLength=value)

    def getContextLength(self) -> int:
        """Returns the value of contextLength."""
        return self.getOrDefault(self.contextLength)

    def setDIn(self: S, value: int) -> S:
        """Sets dIn: width of a token embedding; follows from the weights if they are given."""
        return self._set(dIn=value)

    def getDIn(self) -> int:
        """Returns the value of dIn."""
        return self.getOrDefault(self.dIn)

    def setDOut(self: S, value: int) -> S:
        """Sets dOut: width of a context vector, a multiple of numHeads; follows from the weights if
        they are given.
        """
        return self._set(dOut=value)

    def getDOut(self) -> int:
        """Returns the value of dOut."""
        return self.getOrDefault(self.dOut)

    def setDropout(self: S, value: float) -> S:
        """Sets dropout: probability in [0, 1) with which an attention weight is dropped when
        training is true.
        """
        return self._set(dropout=value)

    def getDropout(self) -> float:
        """Returns the value of dropout."""
        return self.getOrDefault(self.dropout)

    def setDropoutKeyCol(self: S, value: str) -> S:
        """Sets dropoutKeyCol: name of a bigint column whose values, with dropoutSeed, decide a
        row's dropout draws; unset means that the row's tokens decide.
        """
        return self._set(dropoutKeyCol=value)

    def getDropoutKeyCol(self) -> str:
        """Returns the value of dropoutKeyCol."""
        return self.getOrDefault(self.dropoutKeyCol)

    def setDropoutSeed(self: S, value: int) -> S:
        """Sets dropoutSeed: seed of the dropout draws."""
        return self._set(dropoutSeed=value)

    def getDropoutSeed(self) -> int:
        """Returns the value of dropoutSeed."""
        return self.getOrDefault(self.dropoutSeed)

    def setHandleInvalid(self: S, value: str) -> S:
        """Sets handleInvalid: what happens to rows that can't be computed: error (fail), skip (drop
        the row) or keep (null results).
        """
        return self._set(handleInvalid=value)

    def getHandleInvalid(self) -> str:
        """Returns the value of handleInvalid."""
        return self.getOrDefault(self.handleInvalid)

    def setInputCol(self: S, value: str) -> S:
        """Sets inputCol: name of the column with one sequence of token embeddings a row:
        array<array<number>>, array<vector>, matrix, array<number> or
        array<struct<annotatorType:string,begin:int,end:int,result:string,metadata:map<string,string>,embeddings:array<float>>>
        (a number is tinyint, smallint, int, bigint, decimal, float or double).
        """
        return self._set(inputCol=value)

    def getInputCol(self) -> str:
        """Returns the value of inputCol."""
        return self.getOrDefault(self.inputCol)

    def setLogSumExpCol(self: S, value: str) -> S:
        """Sets logSumExpCol: name of the column of log-sum-exps of the scores that is added,
        array<array<float>> with heads x n values a row; unset or empty means none.
        """
        return self._set(logSumExpCol=value)

    def getLogSumExpCol(self) -> str:
        """Returns the value of logSumExpCol."""
        return self.getOrDefault(self.logSumExpCol)

    def setMaxAttentionWeightsLength(self: S, value: int) -> S:
        """Sets maxAttentionWeightsLength: longest sequence, in tokens, whose attention weights may
        be asked for.
        """
        return self._set(maxAttentionWeightsLength=value)

    def getMaxAttentionWeightsLength(self) -> int:
        """Returns the value of maxAttentionWeightsLength."""
        return self.getOrDefault(self.maxAttentionWeightsLength)

    def setNumHeads(self: S, value: int) -> S:
        """Sets numHeads: number of query heads, a divisor of dOut."""
        return self._set(numHeads=value)

    def getNumHeads(self) -> int:
        """Returns the value of numHeads."""
        return self.getOrDefault(self.numHeads)

    def setNumKvHeads(self: S, value: int) -> S:
        """Sets numKvHeads: number of key and value heads, a divisor of numHeads; 0 means what the
        weights have, or else numHeads.
        """
        return self._set(numKvHeads=value)

    def getNumKvHeads(self) -> int:
        """Returns the value of numKvHeads."""
        return self.getOrDefault(self.numKvHeads)

    def setOutProjection(self: S, value: bool) -> S:
        """Sets outProjection: whether an output projection joins the heads; follows from the
        weights if they are given.
        """
        return self._set(outProjection=value)

    def getOutProjection(self) -> bool:
        """Returns the value of outProjection."""
        return self.getOrDefault(self.outProjection)

    def setOutputCol(self: S, value: str) -> S:
        """Sets outputCol: name of the column of context vectors that is added, in the form of
        outputFormat; empty means none.
        """
        return self._set(outputCol=value)

    def getOutputCol(self) -> str:
        """Returns the value of outputCol."""
        return self.getOrDefault(self.outputCol)

    def setOutputFormat(self: S, value: str) -> S:
        """Sets outputFormat: form of the context vectors: array (array<array<float>>), flat
        (array<float>), vectors (array<vector>) or matrix.
        """
        return self._set(outputFormat=value)

    def getOutputFormat(self) -> str:
        """Returns the value of outputFormat."""
        return self.getOrDefault(self.outputFormat)

    def setPooledCol(self: S, value: str) -> S:
        """Sets pooledCol: name of the column of pooled context vectors that is added if pooling is
        not none, vector.
        """
        return self._set(pooledCol=value)

    def getPooledCol(self) -> str:
        """Returns the value of pooledCol."""
        return self.getOrDefault(self.pooledCol)

    def setPooling(self: S, value: str) -> S:
        """Sets pooling: how a sequence's context vectors become the one vector of pooledCol: none
        (not at all), last, mean or max.
        """
        return self._set(pooling=value)

    def getPooling(self) -> str:
        """Returns the value of pooling."""
        return self.getOrDefault(self.pooling)

    def setQkvBias(self: S, value: bool) -> S:
        """Sets qkvBias: whether the query, key and value projections have a bias; follows from the
        weights if they are given.
        """
        return self._set(qkvBias=value)

    def getQkvBias(self) -> bool:
        """Returns the value of qkvBias."""
        return self.getOrDefault(self.qkvBias)

    def setScale(self: S, value: float) -> S:
        """Sets scale: factor on the scores, from 1e-18 to 1e18; 0 means 1 / sqrt(head dim)."""
        return self._set(scale=value)

    def getScale(self) -> float:
        """Returns the value of scale."""
        return self.getOrDefault(self.scale)

    def setSeed(self: S, value: int) -> S:
        """Sets seed: seed that the weights are drawn from as PyTorch draws them, if neither weights
        nor weightsPath are given.
        """
        return self._set(seed=value)

    def getSeed(self) -> int:
        """Returns the value of seed."""
        return self.getOrDefault(self.seed)

    def setSlidingWindow(self: S, value: int) -> S:
        """Sets slidingWindow: how many of the nearest tokens a token sees, itself included; 0 means
        no window.
        """
        return self._set(slidingWindow=value)

    def getSlidingWindow(self) -> int:
        """Returns the value of slidingWindow."""
        return self.getOrDefault(self.slidingWindow)

    def setSoftcap(self: S, value: float) -> S:
        """Sets softcap: soft cap c of the scaled scores, which become c * tanh(score / c), from
        1e-18 to 1e18; 0 means no cap.
        """
        return self._set(softcap=value)

    def getSoftcap(self) -> float:
        """Returns the value of softcap."""
        return self.getOrDefault(self.softcap)

    def setTraining(self: S, value: bool) -> S:
        """Sets training: whether dropout is applied."""
        return self._set(training=value)

    def getTraining(self) -> bool:
        """Returns the value of training."""
        return self.getOrDefault(self.training)

    def setWeightsPath(self: S, value: str) -> S:
        """Sets weightsPath: path of the weights, on any file system that Hadoop knows: a
        safetensors file, a model.safetensors.index.json, or a folder that holds it or a
        model.safetensors.
        """
        return self._set(weightsPath=value)

    def getWeightsPath(self) -> str:
        """Returns the value of weightsPath."""
        return self.getOrDefault(self.weightsPath)

    def setWeightsPrefix(self: S, value: str) -> S:
        """Sets weightsPrefix: what the names of the layer's tensors start with in the file at
        weightsPath.
        """
        return self._set(weightsPrefix=value)

    def getWeightsPrefix(self) -> str:
        """Returns the value of weightsPrefix."""
        return self.getOrDefault(self.weightsPrefix)


class LanguageModelParams(Stage):
    """The params of LanguageModel."""

    attentionLayer: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "attentionLayer",
        "the block of attentionWeightsCol, from 0",
        typeConverter=TypeConverters.toInt,
    )
    attentionWeightsCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "attentionWeightsCol",
        "name of the column of the attention weights of attentionLayer that is added, "
        "array<array<array<float>>> with heads x n x n values a row; unset or empty means none",
        typeConverter=TypeConverters.toString,
    )
    backend: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "backend",
        "what computes: auto, opencl or threads; unset means what spark.attention.backend says, "
        "or else auto",
        typeConverter=TypeConverters.toString,
    )
    batchBytes: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "batchBytes",
        "most bytes that the rows, tokens and results of a batch may take, unless one row alone "
        "takes more",
        typeConverter=TypeConverters.toInt,
    )
    batchTokens: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "batchTokens",
        "most tokens of a batch, unless one row alone has more; where tokens take much work, as "
        "in whole models, batches have fewer",
        typeConverter=TypeConverters.toInt,
    )
    checkpoint: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "checkpoint",
        "path of the model, on any file system that Hadoop knows: a folder as the transformers "
        "or the sentence-transformers library saves it, a safetensors file or an ONNX file with "
        "its config.json beside it; comes before seed",
        typeConverter=TypeConverters.toString,
    )
    contextLength: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "contextLength",
        "longest sequence that is accepted, in ids; follows from the checkpoint if there is one",
        typeConverter=TypeConverters.toInt,
    )
    handleInvalid: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "handleInvalid",
        "what happens to rows that can't be computed: error (fail), skip (drop the row) or keep "
        "(null results)",
        typeConverter=TypeConverters.toString,
    )
    hiddenLayer: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "hiddenLayer",
        "the layer of hiddenStatesCol as Hugging Face numbers hidden states: 0 is after the "
        "embeddings, N after block N; the last one is what outputCol holds",
        typeConverter=TypeConverters.toInt,
    )
    hiddenStatesCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "hiddenStatesCol",
        "name of the column of the hidden states of hiddenLayer that is added, in the form of "
        "outputFormat; unset or empty means none",
        typeConverter=TypeConverters.toString,
    )
    inputCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "inputCol",
        "name of the column with one sequence of ids a row: array<int>, or an array of bigint, "
        "smallint or tinyint",
        typeConverter=TypeConverters.toString,
    )
    logProbabilitiesCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "logProbabilitiesCol",
        "name of the column that is added with the natural logarithm of the probability of each "
        "id after the first, array<float>; unset or empty means none",
        typeConverter=TypeConverters.toString,
    )
    logProbabilityCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "logProbabilityCol",
        "name of the column that is added with the sum of these logarithms, double; unset or "
        "empty means none",
        typeConverter=TypeConverters.toString,
    )
    maxAttentionWeightsLength: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "maxAttentionWeightsLength",
        "longest sequence, in ids, whose attention weights may be asked for",
        typeConverter=TypeConverters.toInt,
    )
    nextTokens: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "nextTokens",
        "number of ids of nextTokensCol, 1 to 64",
        typeConverter=TypeConverters.toInt,
    )
    nextTokensCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "nextTokensCol",
        "name of the column that is added with the nextTokens most probable ids after the last "
        "one, array<struct<id:int,probability:float>>, most probable first; unset or empty "
        "means none",
        typeConverter=TypeConverters.toString,
    )
    normalize: "Param[bool]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "normalize",
        "whether the vector of pooledCol is divided by its Euclidean length; unset means what "
        "the checkpoint's files say, or else false",
        typeConverter=TypeConverters.toBoolean,
    )
    numHeads: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "numHeads",
        "number of query heads of each block; follows from the checkpoint if there is one",
        typeConverter=TypeConverters.toInt,
    )
    numLayers: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "numLayers",
        "number of blocks; follows from the checkpoint if there is one",
        typeConverter=TypeConverters.toInt,
    )
    outputCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "outputCol",
        "name of the column of token vectors that is added, in the form of outputFormat; unset "
        "or empty means none",
        typeConverter=TypeConverters.toString,
    )
    outputFormat: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "outputFormat",
        "form of token vectors and hidden states: array (array<array<float>>), flat "
        "(array<float>), vectors (array<vector>) or matrix",
        typeConverter=TypeConverters.toString,
    )
    perplexityCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "perplexityCol",
        "name of the column that is added with exp of minus the mean of these logarithms, "
        "double, null where there are fewer than two ids; unset or empty means none",
        typeConverter=TypeConverters.toString,
    )
    pooledCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "pooledCol",
        "name of the column of pooled vectors that is added, vector; unset or empty means none",
        typeConverter=TypeConverters.toString,
    )
    pooling: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "pooling",
        "how a sequence's token vectors become the one vector of pooledCol: last, mean, max or "
        "cls (the first); unset means what the checkpoint's files say",
        typeConverter=TypeConverters.toString,
    )
    qkvBias: "Param[bool]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "qkvBias",
        "whether queries, keys and values have biases; follows from the checkpoint if there is "
        "one, and unset means that they have none otherwise",
        typeConverter=TypeConverters.toBoolean,
    )
    saveWeights: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "saveWeights",
        "how a stage with a checkpoint is saved: copy (the weights beside the params) or path "
        "(the path of the checkpoint alone)",
        typeConverter=TypeConverters.toString,
    )
    seed: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "seed",
        "seed that the weights of the book's GPTModel are drawn from as PyTorch draws them, if "
        "there is no checkpoint",
        typeConverter=TypeConverters.toInt,
    )
    vocabulary: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "vocabulary",
        "number of ids; follows from the checkpoint if there is one",
        typeConverter=TypeConverters.toInt,
    )
    width: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "width",
        "values per token between the blocks, a multiple of numHeads; follows from the "
        "checkpoint if there is one",
        typeConverter=TypeConverters.toInt,
    )

    @keyword_only
    def __init__(
        self,
        *,
        attentionLayer: Optional[int] = None,
        attentionWeightsCol: Optional[str] = None,
        backend: Optional[str] = None,
        batchBytes: int = 134217728,
        batchTokens: int = 8192,
        checkpoint: Optional[str] = None,
        contextLength: Optional[int] = None,
        handleInvalid: str = "error",
        hiddenLayer: Optional[int] = None,
        hiddenStatesCol: Optional[str] = None,
        inputCol: str = "ids",
        logProbabilitiesCol: Optional[str] = None,
        logProbabilityCol: Optional[str] = None,
        maxAttentionWeightsLength: int = 1024,
        nextTokens: int = 5,
        nextTokensCol: Optional[str] = None,
        normalize: Optional[bool] = None,
        numHeads: Optional[int] = None,
        numLayers: Optional[int] = None,
        outputCol: Optional[str] = None,
        outputFormat: str = "array",
        perplexityCol: Optional[str] = None,
        pooledCol: Optional[str] = None,
        pooling: Optional[str] = None,
        qkvBias: Optional[bool] = None,
        saveWeights: str = "copy",
        seed: Optional[int] = None,
        vocabulary: Optional[int] = None,
        width: Optional[int] = None,
    ) -> None:
        """Makes a stage.

        :param attentionLayer: the block of attentionWeightsCol, from 0
        :param attentionWeightsCol: name of the column of the attention weights of attentionLayer
            that is added, array<array<array<float>>> with heads x n x n values a row; unset or
            empty means none
        :param backend: what computes: auto, opencl or threads; unset means what
            spark.attention.backend says, or else auto
        :param batchBytes: most bytes that the rows, tokens and results of a batch may take, unless
            one row alone takes more (default 134217728)
        :param batchTokens: most tokens of a batch, unless one row alone has more; where tokens take
            much work, as in whole models, batches have fewer (default 8192)
        :param checkpoint: path of the model, on any file system that Hadoop knows: a folder as the
            transformers or the sentence-transformers library saves it, a safetensors file or an
            ONNX file with its config.json beside it; comes before seed
        :param contextLength: longest sequence that is accepted, in ids; follows from the checkpoint
            if there is one
        :param handleInvalid: what happens to rows that can't be computed: error (fail), skip (drop
            the row) or keep (null results) (default "error")
        :param hiddenLayer: the layer of hiddenStatesCol as Hugging Face numbers hidden states: 0 is
            after the embeddings, N after block N; the last one is what outputCol holds
        :param hiddenStatesCol: name of the column of the hidden states of hiddenLayer that is
            added, in the form of outputFormat; unset or empty means none
        :param inputCol: name of the column with one sequence of ids a row: array<int>, or an array
            of bigint, smallint or tinyint (default "ids")
        :param logProbabilitiesCol: name of the column that is added with the natural logarithm of
            the probability of each id after the first, array<float>; unset or empty means none
        :param logProbabilityCol: name of the column that is added with the sum of these logarithms,
            double; unset or empty means none
        :param maxAttentionWeightsLength: longest sequence, in ids, whose attention weights may be
            asked for (default 1024)
        :param nextTokens: number of ids of nextTokensCol, 1 to 64 (default 5)
        :param nextTokensCol: name of the column that is added with the nextTokens most probable ids
            after the last one, array<struct<id:int,probability:float>>, most probable first; unset
            or empty means none
        :param normalize: whether the vector of pooledCol is divided by its Euclidean length; unset
            means what the checkpoint's files say, or else false
        :param numHeads: number of query heads of each block; follows from the checkpoint if there
            is one
        :param numLayers: number of blocks; follows from the checkpoint if there is one
        :param outputCol: name of the column of token vectors that is added, in the form of
            outputFormat; unset or empty means none
        :param outputFormat: form of token vectors and hidden states: array (array<array<float>>),
            flat (array<float>), vectors (array<vector>) or matrix (default "array")
        :param perplexityCol: name of the column that is added with exp of minus the mean of these
            logarithms, double, null where there are fewer than two ids; unset or empty means none
        :param pooledCol: name of the column of pooled vectors that is added, vector; unset or empty
            means none
        :param pooling: how a sequence's token vectors become the one vector of pooledCol: last,
            mean, max or cls (the first); unset means what the checkpoint's files say
        :param qkvBias: whether queries, keys and values have biases; follows from the checkpoint if
            there is one, and unset means that they have none otherwise
        :param saveWeights: how a stage with a checkpoint is saved: copy (the weights beside the
            params) or path (the path of the checkpoint alone) (default "copy")
        :param seed: seed that the weights of the book's GPTModel are drawn from as PyTorch draws
            them, if there is no checkpoint
        :param vocabulary: number of ids; follows from the checkpoint if there is one
        :param width: values per token between the blocks, a multiple of numHeads; follows from the
            checkpoint if there is one
        """
        super().__init__()
        defaults = {
            "batchBytes": 134217728,
            "batchTokens": 8192,
            "handleInvalid": "error",
            "inputCol": "ids",
            "maxAttentionWeightsLength": 1024,
            "nextTokens": 5,
            "outputFormat": "array",
            "saveWeights": "copy",
        }
        self._begin(defaults, self._input_kwargs)

    def setAttentionLayer(self: S, value: int) -> S:
        """Sets attentionLayer: the block of attentionWeightsCol, from 0."""
        return self._set(attentionLayer=value)

    def getAttentionLayer(self) -> int:
        """Returns the value of attentionLayer."""
        return self.getOrDefault(self.attentionLayer)

    def setAttentionWeightsCol(self: S, value: str) -> S:
        """Sets attentionWeightsCol: name of the column of the attention weights of attentionLayer
        that is added, array<array<array<float>>> with heads x n x n values a row; unset or empty
        means none.
        """
        return self._set(attentionWeightsCol=value)

    def getAttentionWeightsCol(self) -> str:
        """Returns the value of attentionWeightsCol."""
        return self.getOrDefault(self.attentionWeightsCol)

    def setBackend(self: S, value: str) -> S:
        """Sets backend: what computes: auto, opencl or threads; unset means what
        spark.attention.backend says, or else auto.
        """
        return self._set(backend=value)

    def getBackend(self) -> str:
        """Returns the value of backend."""
        return self.getOrDefault(self.backend)

    def setBatchBytes(self: S, value: int) -> S:
        """Sets batchBytes: most bytes that the rows, tokens and results of a batch may take, unless
        one row alone takes more.
        """
        return self._set(batchBytes=value)

    def getBatchBytes(self) -> int:
        """Returns the value of batchBytes."""
        return self.getOrDefault(self.batchBytes)

    def setBatchTokens(self: S, value: int) -> S:
        """Sets batchTokens: most tokens of a batch, unless one row alone has more; where tokens
        take much work, as in whole models, batches have fewer.
        """
        return self._set(batchTokens=value)

    def getBatchTokens(self) -> int:
        """Returns the value of batchTokens."""
        return self.getOrDefault(self.batchTokens)

    def setCheckpoint(self: S, value: str) -> S:
        """Sets checkpoint: path of the model, on any file system that Hadoop knows: a folder as the
        transformers or the sentence-transformers library saves it, a safetensors file or an ONNX
        file with its config.json beside it; comes before seed.
        """
        return self._set(checkpoint=value)

    def getCheckpoint(self) -> str:
        """Returns the value of checkpoint."""
        return self.getOrDefault(self.checkpoint)

    def setContextLength(self: S, value: int) -> S:
        """Sets contextLength: longest sequence that is accepted, in ids; follows from the
        checkpoint if there is one.
        """
        return self._set(contextLength=value)

    def getContextLength(self) -> int:
        """Returns the value of contextLength."""
        return self.getOrDefault(self.contextLength)

    def setHandleInvalid(self: S, value: str) -> S:
        """Sets handleInvalid: what happens to rows that can't be computed: error (fail), skip (drop
        the row) or keep (null results).
        """
        return self._set(handleInvalid=value)

    def getHandleInvalid(self) -> str:
        """Returns the value of handleInvalid."""
        return self.getOrDefault(self.handleInvalid)

    def setHiddenLayer(self: S, value: int) -> S:
        """Sets hiddenLayer: the layer of hiddenStatesCol as Hugging Face numbers hidden states: 0
        is after the embeddings, N after block N; the last one is what outputCol holds.
        """
        return self._set(hiddenLayer=value)

    def getHiddenLayer(self) -> int:
        """Returns the value of hiddenLayer."""
        return self.getOrDefault(self.hiddenLayer)

    def setHiddenStatesCol(self: S, value: str) -> S:
        """Sets hiddenStatesCol: name of the column of the hidden states of hiddenLayer that is
        added, in the form of outputFormat; unset or empty means none.
        """
        return self._set(hiddenStatesCol=value)

    def getHiddenStatesCol(self) -> str:
        """Returns the value of hiddenStatesCol."""
        return self.getOrDefault(self.hiddenStatesCol)

    def setInputCol(self: S, value: str) -> S:
        """Sets inputCol: name of the column with one sequence of ids a row: array<int>, or an array
        of bigint, smallint or tinyint.
        """
        return self._set(inputCol=value)

    def getInputCol(self) -> str:
        """Returns the value of inputCol."""
        return self.getOrDefault(self.inputCol)

    def setLogProbabilitiesCol(self: S, value: str) -> S:
        """Sets logProbabilitiesCol: name of the column that is added with the natural logarithm of
        the probability of each id after the first, array<float>; unset or empty means none.
        """
        return self._set(logProbabilitiesCol=value)

    def getLogProbabilitiesCol(self) -> str:
        """Returns the value of logProbabilitiesCol."""
        return self.getOrDefault(self.logProbabilitiesCol)

    def setLogProbabilityCol(self: S, value: str) -> S:
        """Sets logProbabilityCol: name of the column that is added with the sum of these
        logarithms, double; unset or empty means none.
        """
        return self._set(logProbabilityCol=value)

    def getLogProbabilityCol(self) -> str:
        """Returns the value of logProbabilityCol."""
        return self.getOrDefault(self.logProbabilityCol)

    def setMaxAttentionWeightsLength(self: S, value: int) -> S:
        """Sets maxAttentionWeightsLength: longest sequence, in ids, whose attention weights may be
        asked for.
        """
        return self._set(maxAttentionWeightsLength=value)

    def getMaxAttentionWeightsLength(self) -> int:
        """Returns the value of maxAttentionWeightsLength."""
        return self.getOrDefault(self.maxAttentionWeightsLength)

    def setNextTokens(self: S, value: int) -> S:
        """Sets nextTokens: number of ids of nextTokensCol, 1 to 64."""
        return self._set(nextTokens=value)

    def getNextTokens(self) -> int:
        """Returns the value of nextTokens."""
        return self.getOrDefault(self.nextTokens)

    def setNextTokensCol(self: S, value: str) -> S:
        """Sets nextTokensCol: name of the column that is added with the nextTokens most probable
        ids after the last one, array<struct<id:int,probability:float>>, most probable first; unset
        or empty means none.
        """
        return self._set(nextTokensCol=value)

    def getNextTokensCol(self) -> str:
        """Returns the value of nextTokensCol."""
        return self.getOrDefault(self.nextTokensCol)

    def setNormalize(self: S, value: bool) -> S:
        """Sets normalize: whether the vector of pooledCol is divided by its Euclidean length; unset
        means what the checkpoint's files say, or else false.
        """
        return self._set(normalize=value)

    def getNormalize(self) -> bool:
        """Returns the value of normalize."""
        return self.getOrDefault(self.normalize)

    def setNumHeads(self: S, value: int) -> S:
        """Sets numHeads: number of query heads of each block; follows from the checkpoint if there
        is one.
        """
        return self._set(numHeads=value)

    def getNumHeads(self) -> int:
        """Returns the value of numHeads."""
        return self.getOrDefault(self.numHeads)

    def setNumLayers(self: S, value: int) -> S:
        """Sets numLayers: number of blocks; follows from the checkpoint if there is one."""
        return self._set(numLayers=value)

    def getNumLayers(self) -> int:
        """Returns the value of numLayers."""
        return self.getOrDefault(self.numLayers)

    def setOutputCol(self: S, value: str) -> S:
        """Sets outputCol: name of the column of token vectors that is added, in the form of
        outputFormat; unset or empty means none.
        """
        return self._set(outputCol=value)

    def getOutputCol(self) -> str:
        """Returns the value of outputCol."""
        return self.getOrDefault(self.outputCol)

    def setOutputFormat(self: S, value: str) -> S:
        """Sets outputFormat: form of token vectors and hidden states: array (array<array<float>>),
        flat (array<float>), vectors (array<vector>) or matrix.
        """
        return self._set(outputFormat=value)

    def getOutputFormat(self) -> str:
        """Returns the value of outputFormat."""
        return self.getOrDefault(self.outputFormat)

    def setPerplexityCol(self: S, value: str) -> S:
        """Sets perplexityCol: name of the column that is added with exp of minus the mean of these
        logarithms, double, null where there are fewer than two ids; unset or empty means none.
        """
        return self._set(perplexityCol=value)

    def getPerplexityCol(self) -> str:
        """Returns the value of perplexityCol."""
        return self.getOrDefault(self.perplexityCol)

    def setPooledCol(self: S, value: str) -> S:
        """Sets pooledCol: name of the column of pooled vectors that is added, vector; unset or
        empty means none.
        """
        return self._set(pooledCol=value)

    def getPooledCol(self) -> str:
        """Returns the value of pooledCol."""
        return self.getOrDefault(self.pooledCol)

    def setPooling(self: S, value: str) -> S:
        """Sets pooling: how a sequence's token vectors become the one vector of pooledCol: last,
        mean, max or cls (the first); unset means what the checkpoint's files say.
        """
        return self._set(pooling=value)

    def getPooling(self) -> str:
        """Returns the value of pooling."""
        return self.getOrDefault(self.pooling)

    def setQkvBias(self: S, value: bool) -> S:
        """Sets qkvBias: whether queries, keys and values have biases; follows from the checkpoint
        if there is one, and unset means that they have none otherwise.
        """
        return self._set(qkvBias=value)

    def getQkvBias(self) -> bool:
        """Returns the value of qkvBias."""
        return self.getOrDefault(self.qkvBias)

    def setSaveWeights(self: S, value: str) -> S:
        """Sets saveWeights: how a stage with a checkpoint is saved: copy (the weights beside the
        params) or path (the path of the checkpoint alone).
        """
        return self._set(saveWeights=value)

    def getSaveWeights(self) -> str:
        """Returns the value of saveWeights."""
        return self.getOrDefault(self.saveWeights)

    def setSeed(self: S, value: int) -> S:
        """Sets seed: seed that the weights of the book's GPTModel are drawn from as PyTorch draws
        them, if there is no checkpoint.
        """
        return self._set(seed=value)

    def getSeed(self) -> int:
        """Returns the value of seed."""
        return self.getOrDefault(self.seed)

    def setVocabulary(self: S, value: int) -> S:
        """Sets vocabulary: number of ids; follows from the checkpoint if there is one."""
        return self._set(vocabulary=value)

    def getVocabulary(self) -> int:
        """Returns the value of vocabulary."""
        return self.getOrDefault(self.vocabulary)

    def setWidth(self: S, value: int) -> S:
        """Sets width: values per token between the blocks, a multiple of numHeads; follows from the
        checkpoint if there is one.
        """
        return self._set(width=value)

    def getWidth(self) -> int:
        """Returns the value of width."""
        return self.getOrDefault(self.width)


class TokenizerParams(Stage):
    """The params of WordPieceTokenizer, BpeTokenizer."""

    checkpoint: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "checkpoint",
        "path of the folder with the tokenizer's files, or of a tokenizer.json",
        typeConverter=TypeConverters.toString,
    )
    handleInvalid: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "handleInvalid",
        "what happens to rows whose text is null or too long: error (fail), skip (drop the row) "
        "or keep (null ids)",
        typeConverter=TypeConverters.toString,
    )
    inputCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "inputCol",
        "name of the column of texts, string",
        typeConverter=TypeConverters.toString,
    )
    longRows: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "longRows",
        "what becomes of a text with more ids than maxLength: error (it can't be computed, see "
        "handleInvalid), truncate (its first ids stay, and the row is counted) or split (a row "
        "for each piece)",
        typeConverter=TypeConverters.toString,
    )
    maxLength: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "maxLength",
        "most ids of a sequence, special tokens included; 0 means any number",
        typeConverter=TypeConverters.toInt,
    )
    outputCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "outputCol",
        "name of the column of ids that is added, array<int>",
        typeConverter=TypeConverters.toString,
    )
    pieceCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "pieceCol",
        "name of the column with the number of a text's piece that is added if longRows is "
        "split, int",
        typeConverter=TypeConverters.toString,
    )
    specialTokens: "Param[bool]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "specialTokens",
        "whether the special tokens that the checkpoint names are put around each text",
        typeConverter=TypeConverters.toBoolean,
    )

    @keyword_only
    def __init__(
        self,
        *,
        checkpoint: Optional[str] = None,
        handleInvalid: str = "error",
        inputCol: str = "text",
        longRows: str = "error",
        maxLength: int = 0,
        outputCol: str = "ids",
        pieceCol: str = "piece",
        specialTokens: bool = True,
    ) -> None:
        """Makes a stage.

        :param checkpoint: path of the folder with the tokenizer's files, or of a tokenizer.json
        :param handleInvalid: what happens to rows whose text is null or too long: error (fail),
            skip (drop the row) or keep (null ids) (default "error")
        :param inputCol: name of the column of texts, string (default "text")
        :param longRows: what becomes of a text with more ids than maxLength: error (it can't be
            computed, see handleInvalid), truncate (its first ids stay, and the row is counted) or
            split (a row for each piece) (default "error")
        :param maxLength: most ids of a sequence, special tokens included; 0 means any number
            (default 0)
        :param outputCol: name of the column of ids that is added, array<int> (default "ids")
        :param pieceCol: name of the column with the number of a text's piece that is added if
            longRows is split, int (default "piece")
        :param specialTokens: whether the special tokens that the checkpoint names are put around
            each text (default True)
        """
        super().__init__()
        defaults = {
            "handleInvalid": "error",
            "inputCol": "text",
            "longRows": "error",
            "maxLength": 0,
            "outputCol": "ids",
            "pieceCol": "piece",
            "specialTokens": True,
        }
        self._begin(defaults, self._input_kwargs)

    def setCheckpoint(self: S, value: str) -> S:
        """Sets checkpoint: path of the folder with the tokenizer's files, or of a tokenizer.json.
        """
        return self._set(checkpoint=value)

    def getCheckpoint(self) -> str:
        """Returns the value of checkpoint."""
        return self.getOrDefault(self.checkpoint)

    def setHandleInvalid(self: S, value: str) -> S:
        """Sets handleInvalid: what happens to rows whose text is null or too long: error (fail),
        skip (drop the row) or keep (null ids).
        """
        return self._set(handleInvalid=value)

    def getHandleInvalid(self) -> str:
        """Returns the value of handleInvalid."""
        return self.getOrDefault(self.handleInvalid)

    def setInputCol(self: S, value: str) -> S:
        """Sets inputCol: name of the column of texts, string."""
        return self._set(inputCol=value)

    def getInputCol(self) -> str:
        """Returns the value of inputCol."""
        return self.getOrDefault(self.inputCol)

    def setLongRows(self: S, value: str) -> S:
        """Sets longRows: what becomes of a text with more ids than maxLength: error (it can't be
        computed, see handleInvalid), truncate (its first ids stay, and the row is counted) or split
        (a row for each piece).
        """
        return self._set(longRows=value)

    def getLongRows(self) -> str:
        """Returns the value of longRows."""
        return self.getOrDefault(self.longRows)

    def setMaxLength(self: S, value: int) -> S:
        """Sets maxLength: most ids of a sequence, special tokens included; 0 means any number."""
        return self._set(maxLength=value)

    def getMaxLength(self) -> int:
        """Returns the value of maxLength."""
        return self.getOrDefault(self.maxLength)

    def setOutputCol(self: S, value: str) -> S:
        """Sets outputCol: name of the column of ids that is added, array<int>."""
        return self._set(outputCol=value)

    def getOutputCol(self) -> str:
        """Returns the value of outputCol."""
        return self.getOrDefault(self.outputCol)

    def setPieceCol(self: S, value: str) -> S:
        """Sets pieceCol: name of the column with the number of a text's piece that is added if
        longRows is split, int.
        """
        return self._set(pieceCol=value)

    def getPieceCol(self) -> str:
        """Returns the value of pieceCol."""
        return self.getOrDefault(self.pieceCol)

    def setSpecialTokens(self: S, value: bool) -> S:
        """Sets specialTokens: whether the special tokens that the checkpoint names are put around
        each text.
        """
        return self._set(specialTokens=value)

    def getSpecialTokens(self) -> bool:
        """Returns the value of specialTokens."""
        return self.getOrDefault(self.specialTokens)


class TokenEmbeddingParams(Stage):
    """The params of TokenEmbedding."""

    inputCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "inputCol",
        "name of the column of words, array<string>",
        typeConverter=TypeConverters.toString,
    )
    outputCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "outputCol",
        "name of the column of token embeddings, array<array<float>>",
        typeConverter=TypeConverters.toString,
    )
    positions: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "positions",
        "what is added to the vectors: none or sinusoidal",
        typeConverter=TypeConverters.toString,
    )
    unknownWords: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "unknownWords",
        "what becomes of a word without a vector: zero, skip or error",
        typeConverter=TypeConverters.toString,
    )

    def __init__(
        self,
        java_model: Any = None,
        *,
        inputCol: Optional[str] = None,
        outputCol: Optional[str] = None,
        positions: Optional[str] = None,
        unknownWords: Optional[str] = None,
    ) -> None:
        """Makes a stage.

        :param inputCol: name of the column of words, array<string> (default "words")
        :param outputCol: name of the column of token embeddings, array<array<float>> (default
            "tokens")
        :param positions: what is added to the vectors: none or sinusoidal (default "none")
        :param unknownWords: what becomes of a word without a vector: zero, skip or error (default
            "zero")
        """
        super().__init__(java_model)
        defaults = {
            "inputCol": "words",
            "outputCol": "tokens",
            "positions": "none",
            "unknownWords": "zero",
        }
        self._begin(defaults, {
            "inputCol": inputCol,
            "outputCol": outputCol,
            "positions": positions,
            "unknownWords": unknownWords,
        })

    def setInputCol(self: S, value: str) -> S:
        """Sets inputCol: name of the column of words, array<string>."""
        return self._set(inputCol=value)

    def getInputCol(self) -> str:
        """Returns the value of inputCol."""
        return self.getOrDefault(self.inputCol)

    def setOutputCol(self: S, value: str) -> S:
        """Sets outputCol: name of the column of token embeddings, array<array<float>>."""
        return self._set(outputCol=value)

    def getOutputCol(self) -> str:
        """Returns the value of outputCol."""
        return self.getOrDefault(self.outputCol)

    def setPositions(self: S, value: str) -> S:
        """Sets positions: what is added to the vectors: none or sinusoidal."""
        return self._set(positions=value)

    def getPositions(self) -> str:
        """Returns the value of positions."""
        return self.getOrDefault(self.positions)

    def setUnknownWords(self: S, value: str) -> S:
        """Sets unknownWords: what becomes of a word without a vector: zero, skip or error."""
        return self._set(unknownWords=value)

    def getUnknownWords(self) -> str:
        """Returns the value of unknownWords."""
        return self.getOrDefault(self.unknownWords)


class TokenEmbeddingEstimatorParams(Stage):
    """The params of TokenEmbeddingEstimator."""

    inputCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "inputCol",
        "name of the column of words, array<string>",
        typeConverter=TypeConverters.toString,
    )
    maxIter: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "maxIter",
        "how often all rows are learned from; unset means what Word2Vec says",
        typeConverter=TypeConverters.toInt,
    )
    maxSentenceLength: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "maxSentenceLength",
        "most words that are learned from as one piece; longer rows are cut into pieces of so "
        "many; unset means what Word2Vec says",
        typeConverter=TypeConverters.toInt,
    )
    minCount: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "minCount",
        "how often a word must come to get a vector; unset means what Word2Vec says",
        typeConverter=TypeConverters.toInt,
    )
    numPartitions: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "numPartitions",
        "number of partitions that learn side by side; more are faster and less accurate; unset "
        "means what Word2Vec says",
        typeConverter=TypeConverters.toInt,
    )
    outputCol: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "outputCol",
        "name of the column of token embeddings, array<array<float>>",
        typeConverter=TypeConverters.toString,
    )
    positions: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "positions",
        "what is added to the vectors: none or sinusoidal",
        typeConverter=TypeConverters.toString,
    )
    seed: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "seed",
        "seed that the learning draws from; unset means what Word2Vec says",
        typeConverter=TypeConverters.toInt,
    )
    stepSize: "Param[float]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "stepSize",
        "step of the gradient descent that learns the vectors; unset means what Word2Vec says",
        typeConverter=TypeConverters.toFloat,
    )
    unknownWords: "Param[str]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "unknownWords",
        "what becomes of a word without a vector: zero, skip or error",
        typeConverter=TypeConverters.toString,
    )
    vectorSize: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "vectorSize",
        "dimension of the word vectors; unset means what Word2Vec says",
        typeConverter=TypeConverters.toInt,
    )
    windowSize: "Param[int]" = Param(
        Params._dummy(),  # type: ignore[arg-type]
        "windowSize",
        "how many words to each side of a word it is learned from; unset means what Word2Vec "
        "says",
        typeConverter=TypeConverters.toInt,
    )

    @keyword_only
    def __init__(
        self,
        *,
        inputCol: str = "words",
        maxIter: Optional[int] = None,
        maxSentenceLength: Optional[int] = None,
        minCount: Optional[int] = None,
        numPartitions: Optional[int] = None,
        outputCol: str = "tokens",
        positions: str = "none",
        seed: Optional[int] = None,
        stepSize: Optional[float] = None,
        unknownWords: str = "zero",
        vectorSize: Optional[int] = None,
        windowSize: Optional[int] = None,
    ) -> None:
        """Makes a stage.

        :param inputCol: name of the column of words, array<string> (default "words")
        :param maxIter: how often all rows are learned from; unset means what Word2Vec says
        :param maxSentenceLength: most words that are learned from as one piece; longer rows are cut
            into pieces of so many; unset means what Word2Vec says
        :param minCount: how often a word must come to get a vector; unset means what Word2Vec says
        :param numPartitions: number of partitions that learn side by side; more are faster and less
            accurate; unset means what Word2Vec says
        :param outputCol: name of the column of token embeddings, array<array<float>> (default
            "tokens")
        :param positions: what is added to the vectors: none or sinusoidal (default "none")
        :param seed: seed that the learning draws from; unset means what Word2Vec says
        :param stepSize: step of the gradient descent that learns the vectors; unset means what
            Word2Vec says
        :param unknownWords: what becomes of a word without a vector: zero, skip or error (default
            "zero")
        :param vectorSize: dimension of the word vectors; unset means what Word2Vec says
        :param windowSize: how many words to each side of a word it is learned from; unset means
            what Word2Vec says
        """
        super().__init__()
        defaults = {
            "inputCol": "words",
            "outputCol": "tokens",
            "positions": "none",
            "unknownWords": "zero",
        }
        self._begin(defaults, self._input_kwargs)

    def setInputCol(self: S, value: str) -> S:
        """Sets inputCol: name of the column of words, array<string>."""
        return self._set(inputCol=value)

    def getInputCol(self) -> str:
        """Returns the value of inputCol."""
        return self.getOrDefault(self.inputCol)

    def setMaxIter(self: S, value: int) -> S:
        """Sets maxIter: how often all rows are learned from; unset means what Word2Vec says."""
        return self._set(maxIter=value)

    def getMaxIter(self) -> int:
        """Returns the value of maxIter."""
        return self.getOrDefault(self.maxIter)

    def setMaxSentenceLength(self: S, value: int) -> S:
        """Sets maxSentenceLength: most words that are learned from as one piece; longer rows are
        cut into pieces of so many; unset means what Word2Vec says.
        """
        return self._set(maxSentenceLength=value)

    def getMaxSentenceLength(self) -> int:
        """Returns the value of maxSentenceLength."""
        return self.getOrDefault(self.maxSentenceLength)

    def setMinCount(self: S, value: int) -> S:
        """Sets minCount: how often a word must come to get a vector; unset means what Word2Vec
        says.
        """
        return self._set(minCount=value)

    def getMinCount(self) -> int:
        """Returns the value of minCount."""
        return self.getOrDefault(self.minCount)

    def setNumPartitions(self: S, value: int) -> S:
        """Sets numPartitions: number of partitions that learn side by side; more are faster and
        less accurate; unset means what Word2Vec says.
        """
        return self._set(numPartitions=value)

    def getNumPartitions(self) -> int:
        """Returns the value of numPartitions."""
        return self.getOrDefault(self.numPartitions)

    def setOutputCol(self: S, value: str) -> S:
        """Sets outputCol: name of the column of token embeddings, array<array<float>>."""
        return self._set(outputCol=value)

    def getOutputCol(self) -> str:
        """Returns the value of outputCol."""
        return self.getOrDefault(self.outputCol)

    def setPositions(self: S, value: str) -> S:
        """Sets positions: what is added to the vectors: none or sinusoidal."""
        return self._set(positions=value)

    def getPositions(self) -> str:
        """Returns the value of positions."""
        return self.getOrDefault(self.positions)

    def setSeed(self: S, value: int) -> S:
        """Sets seed: seed that the learning draws from; unset means what Word2Vec says."""
        return self._set(seed=value)

    def getSeed(self) -> int:
        """Returns the value of seed."""
        return self.getOrDefault(self.seed)

    def setStepSize(self: S, value: float) -> S:
        """Sets stepSize: step of the gradient descent that learns the vectors; unset means what
        Word2Vec says.
        """
        return self._set(stepSize=value)

    def getStepSize(self) -> float:
        """Returns the value of stepSize."""
        return self.getOrDefault(self.stepSize)

    def setUnknownWords(self: S, value: str) -> S:
        """Sets unknownWords: what becomes of a word without a vector: zero, skip or error."""
        return self._set(unknownWords=value)

    def getUnknownWords(self) -> str:
        """Returns the value of unknownWords."""
        return self.getOrDefault(self.unknownWords)

    def setVectorSize(self: S, value: int) -> S:
        """Sets vectorSize: dimension of the word vectors; unset means what Word2Vec says."""
        return self._set(vectorSize=value)

    def getVectorSize(self) -> int:
        """Returns the value of vectorSize."""
        return self.getOrDefault(self.vectorSize)

    def setWindowSize(self: S, value: int) -> S:
        """Sets windowSize: how many words to each side of a word it is learned from; unset means
        what Word2Vec says.
        """
        return self._set(windowSize=value)

    def getWindowSize(self) -> int:
        """Returns the value of windowSize."""
        return self.getOrDefault(self.windowSize)
