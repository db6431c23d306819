package io.github.sparkattention;

import io.github.sparkattention.internal.stages.StageFormat;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.Params;

/** The Python module's params.py, made of what the code says of its params. */
final class PythonParams {
  private static final int WIDTH = 100;

  private static final String HEADER =
      """
      \"""The params of all stages, with constructors, getters and setters.

      This file is made from the params of the Java classes; PythonModuleTest says how.
      \"""

      from typing import Any, Optional, TypeVar

      from pyspark import keyword_only
      from pyspark.ml.param import Param, Params, TypeConverters

      from sparkattention._stage import Stage

      VERSION = "%s"

      S = TypeVar("S", bound=Stage)
      """;

  private PythonParams() {}

  static String text() {
    return HEADER.formatted(StageFormat.PROJECT_VERSION)
        + classOf("AttentionParams", CausalAttention.class, "CausalAttention and SelfAttention")
        + classOf("LanguageModelParams", LanguageModel.class, "LanguageModel")
        + classOf("TokenizerParams", WordPieceTokenizer.class, "WordPieceTokenizer, BpeTokenizer")
        + classOf("TokenEmbeddingParams", TokenEmbedding.class, "TokenEmbedding")
        + classOf(
            "TokenEmbeddingEstimatorParams",
            TokenEmbeddingEstimator.class,
            "TokenEmbeddingEstimator");
  }

  private static String classOf(String name, Class<? extends Params> stage, String stages) {
    List<ParamDeclaration<?, ?>> params = ParamDeclaration.allOf(stage);
    return "\n\nclass "
        + name
        + "(Stage):\n"
        + docstring(4, "The params of " + stages + ".")
        + "\n"
        + params.stream().map(PythonParams::declaration).collect(Collectors.joining())
        + (Model.class.isAssignableFrom(stage) ? modelConstructor(params) : constructor(params))
        + params.stream().map(PythonParams::accessors).collect(Collectors.joining());
  }

  private static String declaration(ParamDeclaration<?, ?> param) {
    return String.format(
        """
            %s: "Param[%s]" = Param(
                Params._dummy(),  # type: ignore[arg-type]
                "%s",
        %s,
                typeConverter=TypeConverters.%s,
            )
        """,
        param.name(), type(param), param.name(), literal(param.sentence()), converter(param));
  }

  private static String constructor(List<ParamDeclaration<?, ?>> params) {
    return "\n    @keyword_only\n    def __init__(\n        self,\n        *,\n"
        + params.stream()
            .map(
                param ->
                    param
                        .byDefault()
                        .map(value -> keyword(param, type(param), value(value)))
                        .orElse(keyword(param, "Optional[" + type(param) + "]", "None")))
            .collect(Collectors.joining())
        + "    ) -> None:\n"
        + arguments(params)
        + "        super().__init__()\n"
        + begin(params, "self._input_kwargs");
  }

  /** PySpark makes a model of the Java object alone, and without a keyword. */
  private static String modelConstructor(List<ParamDeclaration<?, ?>> params) {
    return "\n    def __init__(\n        self,\n        java_model: Any = None,\n        *,\n"
        + params.stream()
            .map(param -> keyword(param, "Optional[" + type(param) + "]", "None"))
            .collect(Collectors.joining())
        + "    ) -> None:\n"
        + arguments(params)
        + "        super().__init__(java_model)\n"
        + begin(
            params,
            params.stream()
                .map(param -> "            \"" + param.name() + "\": " + param.name() + ",\n")
                .collect(Collectors.joining("", "{\n", "        }")));
  }

  private static String keyword(ParamDeclaration<?, ?> param, String type, String value) {
    return "        " + param.name() + ": " + type + " = " + value + ",\n";
  }

  private static String arguments(List<ParamDeclaration<?, ?>> params) {
    return "        \"\"\"Makes a stage.\n\n"
        + params.stream()
            .map(
                param ->
                    wrapped(
                        8,
                        12,
                        ":param " + param.name() + ": " + param.sentence() + byDefault(param)))
            .collect(Collectors.joining())
        + "        \"\"\"\n";
  }

  private static String byDefault(ParamDeclaration<?, ?> param) {
    return param
        .byDefault()
        .map(value -> value.equals("") ? "" : " (default " + value(value) + ")")
        .orElse("");
  }

  private static String begin(List<ParamDeclaration<?, ?>> params, String given) {
    return params.stream()
            .filter(param -> param.byDefault().isPresent())
            .map(
                param ->
                    "            \""
                        + param.name()
                        + "\": "
                        + value(param.byDefault().get())
                        + ",\n")
            .collect(Collectors.joining("", "        defaults = {\n", "        }\n"))
        + "        self._begin(defaults, "
        + given
        + ")\n";
  }

  private static String accessors(ParamDeclaration<?, ?> param) {
    String name = param.name();
    String capitalized = Character.toUpperCase(name.charAt(0)) + name.substring(1);
    return String.format(
            "\n    def set%s(self: S, value: %s) -> S:\n%s        return self._set(%s=value)\n",
            capitalized,
            type(param),
            docstring(8, "Sets " + name + ": " + param.sentence() + "."),
            name)
        + String.format(
            "\n    def get%s(self) -> %s:\n%s        return self.getOrDefault(self.%s)\n",
            capitalized, type(param), docstring(8, "Returns the value of " + name + "."), name);
  }

  private static String type(ParamDeclaration<?, ?> param) {
    return switch (param.type().getSimpleName()) {
      case "Integer", "Long" -> "int";
      case "Double" -> "float";
      case "Boolean" -> "bool";
      case "String" -> "str";
      default -> throw new AssertionError("Python has no name yet for the type of " + param.name());
    };
  }

  private static String converter(ParamDeclaration<?, ?> param) {
    return switch (type(param)) {
      case "int" -> "toInt";
      case "float" -> "toFloat";
      case "bool" -> "toBoolean";
      default -> "toString";
    };
  }

  private static String value(Object value) {
    if (value instanceof Boolean flag) {
      return flag ? "True" : "False";
    }
    return value instanceof String text ? quoted(text) : value.toString();
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  /** A text as one literal of several lines, each ending in the space that separates words. */
  private static String literal(String text) {
    String[] lines = wrapped(0, 0, WIDTH - 14, text).strip().split("\n");
    return Arrays.stream(lines)
        .map(line -> line.equals(lines[lines.length - 1]) ? line : line + " ")
        .map(line -> "        " + quoted(line))
        .collect(Collectors.joining("\n"));
  }

  private static String docstring(int indent, String text) {
    String one = " ".repeat(indent) + "\"\"\"" + text + "\"\"\"\n";
    return one.length() <= WIDTH + 1
        ? one
        : wrapped(indent, indent, "\"\"\"" + text) + " ".repeat(indent) + "\"\"\"\n";
  }

  private static String wrapped(int first, int others, String text) {
    return wrapped(first, others, WIDTH, text);
  }

  private static String wrapped(int first, int others, int width, String text) {
    StringBuilder lines = new StringBuilder();
    StringBuilder line = new StringBuilder(" ".repeat(first));
    boolean empty = true;
    for (String word : Stream.of(text.split(" ")).toList()) {
      if (!empty && line.length() + 1 + word.length() > width) {
        lines.append(line).append("\n");
        line = new StringBuilder(" ".repeat(others));
        empty = true;
      }
      line.append(empty ? "" : " ").append(word);
      empty = false;
    }
    return lines.append(line).append("\n").toString();
  }
}
