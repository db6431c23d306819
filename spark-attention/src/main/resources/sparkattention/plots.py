"""Attention weights and measurements as pictures.

A picture shows itself where it is the last line of a Jupyter cell; ``picture.show()`` does it in
Zeppelin, and ``picture.write_to("heads.html")`` makes a file.
"""

from typing import Any, Optional, Sequence

from pyspark.sql import Row, SparkSession

from sparkattention import _java

_SCHEMA = "tokens array<string>, weights array<array<array<double>>>"


class Picture:
    """A picture, as HTML that loads nothing."""

    def __init__(self, java: Any) -> None:
        self._java = java

    @property
    def title(self) -> str:
        """The picture's title."""
        return self._java.title()

    def html(self) -> str:
        """The picture as a fragment of HTML."""
        return self._java.html()

    def _repr_html_(self) -> str:
        return self.html()

    def show(self) -> None:
        """Prints the picture as Zeppelin takes it, after %html."""
        print("%html " + self.html())

    def write_to(self, file: str) -> None:
        """Writes the picture as a page of its own, in the place of a file that is there."""
        self._java.writeTo(_java.java_path(file))


class AttentionPlots:
    """Draws the attention weights of one sequence. Heads and positions count from 0."""

    def __init__(self, java: Any) -> None:
        self._java = java

    @staticmethod
    def of(row: Row, tokensCol: str, weightsCol: str) -> "AttentionPlots":
        """Takes tokens and weights from a row.

        :param row: a row, as ``df.first()`` gives it
        :param tokensCol: its column of tokens, array<string>
        :param weightsCol: its column of weights, as ``attentionWeightsCol`` names it
        """
        for column in (tokensCol, weightsCol):
            if column not in row:
                raise ValueError(
                    "The row must have a column '%s', but has %s."
                    % (column, ", ".join(row.__fields__))
                )
        return AttentionPlots.of_weights(row[tokensCol], row[weightsCol])

    @staticmethod
    def of_weights(
        tokens: Sequence[str], weights: Any, spark: Optional[SparkSession] = None
    ) -> "AttentionPlots":
        """Takes tokens and weights.

        :param tokens: the n tokens' text
        :param weights: the weights, [heads][n queries][n keys], as lists or as an array of NumPy
        :param spark: a session; the active one if there is none
        """
        owner = _java.session(spark, "AttentionPlots")
        values = [
            [[float(weight) for weight in keys] for keys in queries] for queries in weights
        ]
        # As a row of Spark's, for Py4J would send each weight by itself.
        row = owner.createDataFrame([(list(tokens), values)], _SCHEMA)._jdf.first()
        plots = _java.java_class("plot.AttentionPlots")
        return AttentionPlots(plots.of(row, "tokens", "weights"))

    @staticmethod
    def chart(title: str) -> "Chart":
        """Begins a chart of measurements."""
        return Chart(_java.java_class("plot.AttentionPlots").chart(title))

    def titled(self, title: str) -> "AttentionPlots":
        """The same with another title."""
        return AttentionPlots(self._java.titled(title))

    def sliding_window(self, window: int) -> "AttentionPlots":
        """The same with keys outside of the layer's sliding window shown as masked."""
        return AttentionPlots(self._java.slidingWindow(window))

    def num_heads(self) -> int:
        """How many heads there are."""
        return self._java.numHeads()

    def heat_map(self, head: Optional[int] = None) -> Picture:
        """A heat map of one head, or of the mean of all."""
        return Picture(self._java.heatMap() if head is None else self._java.heatMap(head))

    def heads(self) -> Picture:
        """Small heat maps of all heads, in the same colours."""
        return Picture(self._java.heads())

    def arcs(self, head: Optional[int] = None) -> Picture:
        """Arcs between tokens for one head, or for the mean of all."""
        return Picture(self._java.arcs() if head is None else self._java.arcs(head))


class Chart:
    """A chart of measurements; each method gives another chart."""

    def __init__(self, java: Any) -> None:
        self._java = java

    def axes(self, x: str, y: str) -> "Chart":
        """Says what the axes show."""
        return Chart(self._java.axes(x, y))

    def series(self, name: str, x: Sequence[float], y: Sequence[float]) -> "Chart":
        """Adds a series of measurements y at x."""
        return Chart(self._java.series(name, _java.java_doubles(x), _java.java_doubles(y)))

    def lines(self) -> Picture:
        """Draws lines with a marker at each measurement."""
        return Picture(self._java.lines())

    def bars(self) -> Picture:
        """Draws bars, a group for each x."""
        return Picture(self._java.bars())
