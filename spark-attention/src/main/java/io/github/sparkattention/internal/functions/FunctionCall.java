package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.executor.AttentionSettings;
import io.github.sparkattention.internal.spark.SparkInternals;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StringType;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Makes an expression of a function's arguments in SQL: a sequence or a text, and what names a
 * stage or a model.
 */
final class FunctionCall {
  private static final Set<String> TEXT_FUNCTIONS =
      Set.of(TextStage.EMBED, TextStage.LOG_PROBABILITY, TextStage.PERPLEXITY);

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
    boolean ofText = TEXT_FUNCTIONS.contains(function);
    String second = ofText ? "the path of a model" : "the name or path of a stage";
    if (arguments.size() != 2) {
      throw refused(
          String.format(
              "takes 2 arguments, %s and %s, but was given %d",
              ofText ? "a text" : "a sequence of token embeddings", second, arguments.size()));
    }
    SparkSession session = SparkInternals.activeSession();
    SessionRules.install(session);
    String named = constant(arguments.apply(1), second);
    if (ofText) {
      TextStage model = TextStage.open(session, named);
      return model.call(function, text(arguments.apply(0)), session.sparkContext());
    }
    FunctionStage stage = stage(session, named);
    return new AttentionExpression(stage.requireResult(function), function, arguments.apply(0));
  }

  private Expression text(Expression argument) {
    if (argument.dataType() instanceof NullType) {
      return new Literal(null, DataTypes.StringType);
    }
    if (!(argument.dataType() instanceof StringType)) {
      throw refused(
          String.format(
              "needs a string as first argument, but was given %s, which is %s",
              argument.sql(), argument.dataType().catalogString()));
    }
    return argument;
  }

  private String constant(Expression name, String what) {
    if (!name.foldable() || !(name.dataType() instanceof StringType)) {
      throw refused(
          String.format(
              "needs a constant string as second argument, %s, but was given %s, which is %s%s",
              what,
              name.sql(),
              name.foldable() ? "" : "not constant and ",
              name.dataType().catalogString()));
    }
    Object value = name.eval(null);
    if (value == null) {
      throw refused(String.format("needs %s as second argument, but was given null", what));
    }
    return value.toString();
  }

  private FunctionStage stage(SparkSession session, String name) {
    Map<String, FunctionStage> named = NamedStages.of(session);
    Map<String, String> paths =
        AttentionSettings.stages(CollectionConverters.asJava(session.conf().getAll()));
    if (named.containsKey(name) && paths.containsKey(name)) {
      throw refused(
          String.format(
              "knows two stages '%s': a program has registered one, and %s%s is '%s'",
              name, AttentionSettings.STAGES, name, paths.get(name)));
    }
    if (named.containsKey(name)) {
      return named.get(name);
    }
    String path = paths.getOrDefault(name, name);
    try {
      return SavedStages.load(session, path);
    } catch (FileNotFoundException e) {
      throw refused(notFound(name, paths.get(name), named.keySet(), paths.keySet()));
    } catch (IOException e) {
      throw new UncheckedIOException(
          String.format("%s can't read the stage at '%s': %s", function, path, e.getMessage()), e);
    }
  }

  private static String notFound(
      String name, String path, Set<String> registered, Set<String> configured) {
    if (path != null) {
      return String.format(
          "finds no stage '%s': %s%s is '%s', which is no folder",
          name, AttentionSettings.STAGES, name, path);
    }
    Set<String> names = new TreeSet<>(registered);
    names.addAll(configured);
    return String.format(
        "knows no stage '%s': it is no folder, and the stages with a name are %s", name, names);
  }

  private IllegalArgumentException refused(String fault) {
    return new IllegalArgumentException(function + " " + fault + ".");
  }
}
