package io.github.sparkattention.internal.expressions;

import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.immutable.Seq;

/** The cosine of the angle between the vectors of two columns; null if one of them is null. */
public final class CosineSimilarity extends RowExpression {
  private static final long serialVersionUID = 1L;

  /** The function's name in SQL. */
  public static final String NAME = "cosine_similarity";

  private static final List<String> WHERE =
      List.of("the first argument of " + NAME, "the second argument of " + NAME);

  /** What the arguments hold, once they are resolved and a row is there. */
  private transient VectorForm[] forms;

  /**
   * Makes the expression.
   *
   * @param a a vector
   * @param b another one
   */
  public CosineSimilarity(Expression a, Expression b) {
    super(NAME, List.of(a, b));
  }

  /**
   * Makes the expression of a call.
   *
   * @param arguments the call's arguments
   * @return the expression
   * @throws IllegalArgumentException if there aren't two arguments
   */
  public static Expression of(Seq<Expression> arguments) {
    if (arguments.size() != 2) {
      throw new IllegalArgumentException(
          String.format("%s takes 2 vectors, but was given %d arguments.", NAME, arguments.size()));
    }
    return new CosineSimilarity(arguments.apply(0), arguments.apply(1));
  }

  @Override
  RowExpression withArguments(List<Expression> others) {
    return new CosineSimilarity(others.get(0), others.get(1));
  }

  @Override
  List<Object> rules() {
    return List.of();
  }

  @Override
  String shown() {
    return "";
  }

  @Override
  public DataType dataType() {
    return DataTypes.DoubleType;
  }

  @Override
  public TypeCheckResult checkInputDataTypes() {
    for (int i = 0; i < WHERE.size(); i++) {
      DataType type = argument(i).dataType();
      if (VectorForm.of(type).isEmpty()) {
        return new TypeCheckResult.TypeCheckFailure(
            String.format(
                "%s must be %s, but is %s",
                WHERE.get(i), VectorForm.ACCEPTED, type.simpleString()));
      }
    }
    return TypeCheckResult.TypeCheckSuccess$.MODULE$;
  }

  @Override
  public Object eval(InternalRow input) {
    double[] a = values(0, input);
    double[] b = a == null ? null : values(1, input);
    if (b == null) {
      return null;
    }
    if (a.length != b.length) {
      throw new IllegalArgumentException(
          String.format(
              "%s must be given vectors of one length, but these have %d and %d values.",
              NAME, a.length, b.length));
    }
    return Cosine.of(a, Cosine.dot(a, a), b, Cosine.dot(b, b));
  }

  private double[] values(int index, InternalRow input) {
    Object value = argument(index).eval(input);
    if (value == null) {
      return null;
    }
    if (forms == null) {
      forms = new VectorForm[] {form(0), form(1)};
    }
    return forms[index].values(WHERE.get(index), value);
  }

  private VectorForm form(int index) {
    return VectorForm.of(argument(index).dataType()).orElseThrow();
  }
}
