"""PySpark on the Spark session of the JVM that has started this Python."""

import os
import tempfile

from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.sql import SparkSession


def _attach():
    gateway = launch_gateway()
    session = gateway.jvm.org.apache.spark.sql.SparkSession.getDefaultSession().get()
    java = gateway.jvm.org.apache.spark.api.java.JavaSparkContext(session.sparkContext())
    context = SparkContext(jsc=java, gateway=gateway, conf=SparkConf(_jconf=java.getConf()))
    context.environment["PYTHONPATH"] = os.environ["PYTHONPATH"]  # for Python's workers
    return SparkSession(context, session)


spark = _attach()
jvm = spark.sparkContext._jvm
folder = tempfile.mkdtemp(dir=os.environ["TEST_FOLDER"])


def path(name):
    """A path that nothing is at yet."""
    return os.path.join(tempfile.mkdtemp(dir=folder), name)
