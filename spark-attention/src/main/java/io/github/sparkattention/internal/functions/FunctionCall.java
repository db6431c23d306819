package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.spark.SparkInternals;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.StringType;
import scala.collection.immutable.Seq;

/** Makes an expression of a function's arguments in SQL: a sequence, and what names a stage. */
final class FunctionCall {
  private final String function;

  private FunctionCall(String function) {
    this.function = function;
  }

  /**
   * Resolves a call.
   *
   * @param function the function's name
   * @param arguments its arguments, resolved
   * @return the expression
   * @throws IllegalArgumentException if there are too few or too many arguments, or if the second
   *     one names no stage that the function can call
   */
  static Expression of(String function, Seq<Expression> arguments) {
    return new FunctionCall(function).resolve(arguments);
  }

  private Expression resolve(Seq<Expression> arguments) {
    if (arguments.size() != 2) {
      throw refused(
          String.format(
              "takes 2 arguments, a sequence of token embeddings and the name or path of a stage,"
                  + " but was given %d",
              arguments.size()));
    }
    SparkSession session = SparkInternals.activeSession();
    SessionRules.install(session);
    FunctionStage stage = stage(session, text(arguments.apply(1)));
    return new AttentionExpression(stage.requireResult(function), function, arguments.apply(0));
  }

  private String text(Expression name) {
    if (!name.foldable() || !(name.dataType() instanceof StringType)) {
      throw refused(
          String.format(
              "needs a constant string as second argument, the name or path of a stage, but was"
                  + " given %s, which is %s%s",
              name.sql(),
              name.foldable() ? "" : "not constant and ",
              name.dataType().catalogString()));
    }
    Object value = name.eval(null);
    if (value == null) {
      throw refused("needs the name or path of a stage as second argument, but was given null");
    }
    return value.toString();
  }

  private FunctionStage stage(SparkSession session, String name) {
    Map<String, FunctionStage> named = NamedStages.of(session);
    if (named.containsKey(name)) {
      return named.get(name);
    }
    try {
      return SavedStages.load(session, name);
    } catch (FileNotFoundException e) {
      throw refused(
          String.format(
              "knows no stage '%s': it is no folder, and the stages with a name are %s",
              name, named.keySet()));
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format("%s can't read the stage at '%s': %s", function, name, e.getMessage()), e);
    }
  }

  private IllegalArgumentException refused(String fault) {
    return new IllegalArgumentException(function + " " + fault + ".");
  }
}
