"""What all stages have in common."""

from typing import Any, Dict

from pyspark.ml.util import JavaMLReadable, JavaMLWritable
from pyspark.ml.wrapper import JavaParams
from pyspark.sql.utils import is_remote

from sparkattention._java import PACKAGE, java_class


class Stage(JavaParams, JavaMLReadable, JavaMLWritable):
    """A stage whose Java class has the same name.

    Params are declared in Python as well, since Spark Connect's client has no Java class to ask.
    """

    _java_obj: Any
    _input_kwargs: Dict[str, Any]

    def _begin(self, defaults: Dict[str, Any], given: Dict[str, Any]) -> None:
        if self._java_obj is None:
            if not is_remote():
                # PySpark itself would say that a JavaPackage is not callable.
                java_class(type(self).__name__)
            self._java_obj = self._new_java_obj(PACKAGE + "." + type(self).__name__, self.uid)
        self._setDefault(**defaults)
        self._set(**{name: value for name, value in given.items() if value is not None})

    def _driver_object(self, use: str) -> Any:
        """The Java object, which a client of Spark Connect doesn't have."""
        if is_remote():
            raise TypeError("%s needs the driver's session, but this one is of Spark Connect." % use)
        return self._java_obj
