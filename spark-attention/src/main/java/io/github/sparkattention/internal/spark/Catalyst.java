package io.github.sparkattention.internal.spark;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NamedLambdaVariable;
import org.apache.spark.sql.catalyst.optimizer.PushPredicateThroughNonJoin$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.StructField;
import scala.Option;
import scala.PartialFunction;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractPartialFunction;

/** Catalyst's trees in Java's terms. */
public final class Catalyst {
  private Catalyst() {}

  /** Rewrites each node of a plan, those at the leaves first. */
  public static LogicalPlan transformUp(LogicalPlan plan, UnaryOperator<LogicalPlan> rule) {
    return plan.transformUp(everywhere(rule));
  }

  /** Rewrites each node of a plan, those at the root first. */
  public static LogicalPlan transformDown(LogicalPlan plan, UnaryOperator<LogicalPlan> rule) {
    return plan.transformDown(everywhere(rule));
  }

  /** Rewrites the expressions of one node, the outermost first. */
  public static LogicalPlan transformExpressions(LogicalPlan node, UnaryOperator<Expression> rule) {
    return node.transformExpressionsDown(everywhere(rule));
  }

  /** Rewrites an expression, the outermost part first. */
  public static Expression transformDown(Expression expression, UnaryOperator<Expression> rule) {
    return expression.transformDown(everywhere(rule));
  }

  private static <T> PartialFunction<T, T> everywhere(UnaryOperator<T> rule) {
    return new AbstractPartialFunction<>() {
      @Override
      public boolean isDefinedAt(T node) {
        return true;
      }

      @Override
      public T apply(T node) {
        return rule.apply(node);
      }
    };
  }

  /** The lambda variables in an expression that no lambda within it binds. */
  public static Set<ExprId> freeVariables(Expression expression) {
    Set<ExprId> free = new HashSet<>();
    for (Expression child : CollectionConverters.asJava(expression.children())) {
      free.addAll(freeVariables(child));
    }
    if (expression instanceof NamedLambdaVariable variable) {
      free.add(variable.exprId());
    }
    if (expression instanceof LambdaFunction lambda) {
      CollectionConverters.asJava(lambda.arguments())
          .forEach(argument -> free.remove(argument.exprId()));
    }
    return free;
  }

  /** The conditions that a filter joins by AND. */
  public static List<Expression> conjuncts(Expression condition) {
    return CollectionConverters.asJava(
        PushPredicateThroughNonJoin$.MODULE$.splitConjunctivePredicates(condition));
  }

  /** All of these conditions as one, or empty if there are none. */
  public static Optional<Expression> conjunction(List<Expression> conditions) {
    return conditions.stream().reduce(And::new);
  }

  /** A new attribute that a node of ours produces. */
  public static Attribute attribute(String name, StructField field) {
    return new AttributeReference(
        name,
        field.dataType(),
        field.nullable(),
        field.metadata(),
        NamedExpression.newExprId(),
        SparkInternals.seq(List.of()));
  }

  /** An expression under a name, with a new id. */
  public static Alias alias(Expression expression, String name) {
    return new Alias(
        expression,
        name,
        NamedExpression.newExprId(),
        SparkInternals.seq(List.of()),
        Option.empty(),
        SparkInternals.seq(List.of()));
  }

  /** Some columns of a plan. */
  public static Project project(List<? extends NamedExpression> columns, LogicalPlan child) {
    return new Project(SparkInternals.seq(new ArrayList<NamedExpression>(columns)), child);
  }

  /** An expression as users write it. */
  public static String pretty(Expression expression) {
    return ExpressionText.of(expression);
  }
}
