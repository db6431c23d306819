"""A stage that is Python alone."""

from pyspark.ml import Transformer
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import functions as F


class Split(
    Transformer, HasInputCol, HasOutputCol, DefaultParamsReadable, DefaultParamsWritable
):
    """Splits texts at spaces."""

    def __init__(self):
        super().__init__()
        self._setDefault(inputCol="text", outputCol="words")

    def _transform(self, dataset):
        return dataset.withColumn(
            self.getOrDefault(self.outputCol), F.split(self.getOrDefault(self.inputCol), " ")
        )
