"""The way to the driver's JVM."""

from typing import Any, Optional, Sequence

from pyspark.sql import SparkSession

PACKAGE = "io.github.sparkattention"


def java_class(name: str) -> Any:
    """The Java class io.github.sparkattention.NAME, with its static methods."""
    from pyspark import SparkContext

    if SparkContext._jvm is None:
        raise RuntimeError(
            "%s.%s is on the driver's JVM, which this Python has no way to: there is no session"
            " yet, or it is one of Spark Connect." % (PACKAGE, name)
        )
    found = SparkContext._jvm
    for part in (PACKAGE + "." + name).split("."):
        found = getattr(found, part)
    if type(found).__name__ != "JavaClass":
        raise RuntimeError(
            "The driver's JVM has no class %s.%s; give the jar to Spark, too, with --jars or"
            " spark.jars." % (PACKAGE, name)
        )
    return found


def is_connect(what: Any) -> bool:
    """Whether a DataFrame, Column or session is one of Spark Connect's."""
    return ".connect." in type(what).__module__


def require_classic(what: Any, use: str) -> None:
    if is_connect(what):
        raise TypeError(
            "%s needs the driver's session, but this %s is one of Spark Connect."
            % (use, type(what).__name__)
        )


def session(given: Optional[SparkSession], use: str) -> SparkSession:
    """The given session, or else the active one; a classic one."""
    found = given or SparkSession.getActiveSession()
    if found is None:
        raise RuntimeError("%s needs a session, but none is active." % use)
    require_classic(found, use)
    return found


def java_list() -> Any:
    """An empty list of Java's, for a method that fills it."""
    from pyspark import SparkContext

    return SparkContext._jvm.java.util.ArrayList()  # type: ignore[union-attr]


def java_path(file: str) -> Any:
    """A path on the driver's file system."""
    from pyspark import SparkContext

    return SparkContext._jvm.java.io.File(file).toPath()  # type: ignore[union-attr]


def java_doubles(values: Sequence[float]) -> Any:
    """Numbers as an array of Java's."""
    from pyspark import SparkContext

    gateway: Any = SparkContext._gateway
    array = gateway.new_array(gateway.jvm.double, len(values))
    for index, value in enumerate(values):
        array[index] = float(value)
    return array
