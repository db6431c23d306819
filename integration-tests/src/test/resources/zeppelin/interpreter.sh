#!/usr/bin/env bash
# Zeppelin starts the process of an interpreter with a script of this name; here it is always Spark's,
# started as spark-submit would start it.
set -euo pipefail

while getopts c:d:g:i:l:p:r:u: option; do
  case $option in
    c) host=$OPTARG ;;
    i) group=$OPTARG ;;
    p) port=$OPTARG ;;
    r) ports=$OPTARG ;;
    *) ;;
  esac
done

# Words that the server has joined by bars.
IFS='|' read -r -a settings <<< "${ZEPPELIN_SPARK_CONF#|}"
exec "$INTERPRETER_JAVA" "@$INTERPRETER_JVM_ARGS" -cp "$INTERPRETER_CLASS_PATH" \
  org.apache.spark.deploy.SparkSubmit \
  --class org.apache.zeppelin.interpreter.remote.RemoteInterpreterServer \
  "${settings[@]}" "$INTERPRETER_JAR" "$host" "$port" "$group" "$ports"
