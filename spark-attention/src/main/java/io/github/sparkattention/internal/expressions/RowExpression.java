package io.github.sparkattention.internal.expressions;

import io.github.sparkattention.internal.spark.SparkInternals;
import java.io.Serializable;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenFallback;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** An expression of some arguments, which Spark calls for each row, and which knows what it is. */
abstract class RowExpression extends Expression implements CodegenFallback, Serializable {
  private static final long serialVersionUID = 1L;

  private final String function;

  @SuppressWarnings("serial") // Scala's lists of expressions are serializable.
  private final Seq<Expression> arguments;

  RowExpression(String function, List<Expression> arguments) {
    this.function = function;
    this.arguments = SparkInternals.seq(arguments);
  }

  /** The same of other arguments. */
  abstract RowExpression withArguments(List<Expression> others);

  /**
   * What makes it what it is besides its arguments; equal ones give equal results. A public
   * constructor takes these and then the arguments, for Spark copies expressions by it.
   */
  abstract List<Object> rules();

  /** What it shows of its rules after its arguments; empty for nothing. */
  abstract String shown();

  final Expression argument(int index) {
    return arguments.apply(index);
  }

  @Override
  public final ExprCode doGenCode(CodegenContext context, ExprCode code) {
    return CodegenFallback.super.doGenCode(context, code);
  }

  @Override
  public final boolean nullable() {
    return true;
  }

  @Override
  public final String prettyName() {
    return function;
  }

  @Override
  public final String toString() {
    return call(Expression::toString);
  }

  @Override
  public final String sql() {
    return call(Expression::sql);
  }

  private String call(Function<Expression, String> text) {
    String all =
        CollectionConverters.asJava(arguments).stream().map(text).collect(Collectors.joining(", "));
    return String.format("%s(%s%s)", function, all, shown().isEmpty() ? "" : ", " + shown());
  }

  @Override
  public final Seq<Expression> children() {
    return arguments;
  }

  @Override
  public final Expression withNewChildrenInternal(IndexedSeq<Expression> newChildren) {
    return withArguments(CollectionConverters.asJava(newChildren));
  }

  @Override
  public final int productArity() {
    return rules().size() + arguments.size();
  }

  @Override
  public final Object productElement(int n) {
    int rules = rules().size();
    return n < rules ? rules().get(n) : arguments.apply(n - rules);
  }

  @Override
  public final boolean canEqual(Object other) {
    return other instanceof RowExpression;
  }

  @Override
  public final boolean equals(Object other) {
    return this == other
        || (other instanceof RowExpression that
            && getClass() == that.getClass()
            && rules().equals(that.rules())
            && arguments.equals(that.arguments));
  }

  @Override
  public final int hashCode() {
    return 31 * rules().hashCode() + arguments.hashCode();
  }
}
