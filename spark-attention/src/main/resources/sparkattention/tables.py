"""Tables of executors and of what they have computed, and nearest rows."""

from typing import Any, Optional

from pyspark.sql import DataFrame, SparkSession

from sparkattention import _java


def executors_table(spark: Optional[SparkSession] = None) -> DataFrame:
    """What the executors compute on, a row for each backend that one has opened.

    The application must have the plugin,
    ``spark.plugins=io.github.sparkattention.plugin.AttentionPlugin``.

    :param spark: the session that the rows belong to; the active one if there is none
    """
    return _table("executors_table", "executorsTable", spark)


def metrics_table(spark: Optional[SparkSession] = None) -> DataFrame:
    """What the executors have computed, a row for each executor; the plugin must be there, too.

    :param spark: the session that the rows belong to; the active one if there is none
    """
    return _table("metrics_table", "metricsTable", spark)


def _table(name: str, method: str, spark: Optional[SparkSession]) -> DataFrame:
    owner = _java.session(spark, name)
    plugin = _java.java_class("plugin.AttentionPlugin")
    return DataFrame(getattr(plugin, method)(owner._jsparkSession), owner)


class NearestRows:
    """The rows of a small table whose vectors are nearest to those of other rows, exactly.

    ``NearestRows.of(sentences, "id", "embedding").search(queries, "embedding", 5, "nearest")``
    """

    def __init__(self, java: Any) -> None:
        self._java = java

    @staticmethod
    def of(rows: DataFrame, idCol: str, vectorCol: str) -> "NearestRows":
        """Reads a table onto the driver.

        :param rows: the table
        :param idCol: its column of ids, which differ: bigint, int or string
        :param vectorCol: its column of vectors, all of one length: vector, array<float> or
            array<double>
        """
        _java.require_classic(rows, "NearestRows")
        return NearestRows(_java.java_class("NearestRows").of(rows._jdf, idCol, vectorCol))

    def search(self, queries: DataFrame, vectorCol: str, count: int, outputCol: str) -> DataFrame:
        """Adds to each row the nearest ones of the table.

        :param queries: the rows
        :param vectorCol: their column of vectors, of the table's length; null gives null
        :param count: how many rows are wanted, at least 1
        :param outputCol: name of the column that is added: an array of structs of id and
            similarity, the nearest first
        """
        _java.require_classic(queries, "NearestRows")
        found = self._java.search(queries._jdf, vectorCol, count, outputCol)
        return DataFrame(found, queries.sparkSession)
