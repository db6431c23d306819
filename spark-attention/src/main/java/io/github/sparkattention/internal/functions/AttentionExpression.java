package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.forms.SequenceForm;
import io.github.sparkattention.internal.spark.Catalyst;
import io.github.sparkattention.internal.spark.SparkInternals;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * A call of one of the functions: one result of a stage for a sequence that any expression gives.
 * It never runs itself, for a row alone is no batch: {@link AttentionExtraction} puts a {@link
 * BatchAttention} in its place.
 */
@SuppressWarnings("serial") // Such an expression never leaves the driver.
public final class AttentionExpression extends Expression implements Unevaluable {
  private static final long serialVersionUID = 1L;

  private final FunctionStage stage;
  private final String function;
  private final Expression tokens;

  /**
   * Makes the call.
   *
   * @param stage what computes
   * @param function which of the stage's results is wanted
   * @param tokens the sequence
   */
  public AttentionExpression(FunctionStage stage, String function, Expression tokens) {
    this.stage = stage;
    this.function = function;
    this.tokens = tokens;
  }

  FunctionStage stage() {
    return stage;
  }

  String function() {
    return function;
  }

  Expression tokens() {
    return tokens;
  }

  private StructField result() {
    return stage.result(function);
  }

  @Override
  public DataType dataType() {
    return result().dataType();
  }

  @Override
  public boolean nullable() {
    return result().nullable();
  }

  @Override
  public TypeCheckResult checkInputDataTypes() {
    if (SequenceForm.of(tokens.dataType()).isEmpty()) {
      return new TypeCheckResult.TypeCheckFailure(
          String.format(
              "the first argument of %s must be one of %s, but is %s",
              function, SequenceForm.ACCEPTED, tokens.dataType().simpleString()));
    }
    if (!Catalyst.freeVariables(tokens).isEmpty()) {
      return new TypeCheckResult.TypeCheckFailure(
          String.format(
              "%s runs over batches of rows, and can't be called within a lambda; explode the array"
                  + " that the lambda goes over, and call it on the rows",
              function));
    }
    return TypeCheckResult.TypeCheckSuccess$.MODULE$;
  }

  @Override
  public Object eval(InternalRow input) {
    throw misplaced();
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    throw misplaced();
  }

  /** Refuses a place that has no rows of its own to batch. */
  UnsupportedOperationException misplaced() {
    return new UnsupportedOperationException(
        String.format(
            "%s can't be called here, since it runs over batches of rows; call it in the select list"
                + " of a subquery, and use its result",
            Catalyst.pretty(this)));
  }

  @Override
  public String prettyName() {
    return function;
  }

  @Override
  public String toString() {
    return String.format("%s(%s, %s)", function, tokens, stage.name());
  }

  @Override
  public String sql() {
    return String.format("%s(%s, %s)", function, tokens.sql(), stage.name());
  }

  @Override
  public Seq<Expression> children() {
    return SparkInternals.seq(List.of(tokens));
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> newChildren) {
    return new AttentionExpression(stage, function, newChildren.head());
  }

  @Override
  public int productArity() {
    return 3;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> stage;
      case 1 -> function;
      case 2 -> tokens;
      default -> throw new IndexOutOfBoundsException("product element " + n);
    };
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof AttentionExpression;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof AttentionExpression that
            && stage.equals(that.stage)
            && function.equals(that.function)
            && tokens.equals(that.tokens));
  }

  @Override
  public int hashCode() {
    return Objects.hash(stage, function, tokens);
  }
}
