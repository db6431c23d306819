package io.github.sparkattention.internal.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetArrayStructFields;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.InheritAnalysisRules;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.PrettyAttribute;
import org.apache.spark.unsafe.types.UTF8String;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Expressions as users write them: names without qualifiers and quotes, numbers without suffixes,
 * and without the casts that Spark has put in. This is how Spark names the columns of a select
 * list, whose code it keeps to itself and changes.
 */
final class ExpressionText {
  private ExpressionText() {}

  static String of(Expression expression) {
    return Catalyst.transformDown(expression, ExpressionText::plain).sql();
  }

  /** An expression with the same text as users write it, its children aside. */
  private static Expression plain(Expression part) {
    if (part instanceof PrettyAttribute) {
      return part;
    }
    if (part instanceof Attribute column) {
      return named(column.name(), column);
    }
    if (part instanceof Literal literal) {
      return isPlain(literal.value()) ? named(String.valueOf(literal.value()), literal) : literal;
    }
    if (part instanceof GetStructField field) {
      String name = field.childSchema().fields()[field.ordinal()].name();
      return named(of(field.child()) + "." + field.name().getOrElse(() -> name), field);
    }
    if (part instanceof GetArrayStructFields fields) {
      return named(of(fields.child()) + "." + fields.field().name(), fields);
    }
    if (part instanceof InheritAnalysisRules call) {
      List<String> parameters = new ArrayList<>();
      CollectionConverters.asJava(call.parameters())
          .forEach(parameter -> parameters.add(of(parameter)));
      return named(call.makeSQLString(SparkInternals.seq(parameters)), part);
    }
    if (part instanceof Cast cast && cast.getTagValue(Cast.USER_SPECIFIED_CAST()).isEmpty()) {
      return named(of(cast.child()), cast);
    }
    return part;
  }

  private static boolean isPlain(Object value) {
    return value instanceof Number || value instanceof UTF8String;
  }

  private static Expression named(String text, Expression part) {
    return new PrettyAttribute(text, part.dataType());
  }
}
