"""Errors of tasks, with the sentence that says what was wrong first.

PySpark turns some of Java's exceptions into Python's and shows all others as the whole report of
the job that failed. Here those that this library has thrown join the first kind.
"""

from typing import Any, Optional

from pyspark.errors.exceptions import captured

from sparkattention._java import PACKAGE

# Far more than Spark wraps around an exception; an end, should one be its own cause.
_MOST_CAUSES = 20


class AttentionException(captured.CapturedException):
    """A task's error, thrown by this library: its text is the sentence that the task said."""


def _thrown_by_us(error: Any) -> bool:
    if error.getClass().getName().startswith(PACKAGE + "."):
        return True
    frames = error.getStackTrace()
    return len(frames) > 0 and frames[0].getClassName().startswith(PACKAGE + ".")


def _cause_of_ours(error: Any) -> Optional[Any]:
    for _ in range(_MOST_CAUSES):
        if error is None or _thrown_by_us(error):
            return error
        error = error.getCause()
    return None


def install() -> None:
    """Has PySpark raise AttentionException where one of this library's is the cause."""
    original = captured.convert_exception
    if hasattr(original, "before_sparkattention"):
        return

    def convert_exception(e: Any) -> captured.CapturedException:
        converted = original(e)
        if not isinstance(converted, captured.UnknownException):
            return converted
        ours = _cause_of_ours(e)
        if ours is None:
            return converted
        stack = getattr(converted, "_stackTrace", None) or getattr(converted, "stackTrace", "")
        return AttentionException(desc=ours.getMessage() or ours.toString(), stackTrace=stack)

    convert_exception.before_sparkattention = original  # type: ignore[attr-defined]
    captured.convert_exception = convert_exception
