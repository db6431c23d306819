package io.github.sparkattention.internal.expressions;

import io.github.sparkattention.text.Tokenizer;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.util.LongAccumulator;

/**
 * The ids of a text: {@code array<int>}, or an array of those where texts may be split. {@code
 * explain} shows it with the length at which texts are cut.
 */
public final class TokenizeText extends RowExpression {
  private static final long serialVersionUID = 1L;

  /** The type of one sequence of ids. */
  public static final DataType IDS = DataTypes.createArrayType(DataTypes.IntegerType, false);

  private final Rules rules;

  /**
   * What gives equal ids for equal texts.
   *
   * @param function the name that is shown
   * @param tokenizer the tokenizer, one on each executor
   * @param text what becomes of each row
   * @param truncated counts the rows whose text was cut; null if the rules cut none
   */
  public record Rules(
      String function, Broadcast<Tokenizer> tokenizer, TextRules text, LongAccumulator truncated)
      implements Serializable {
    @Override
    public boolean equals(Object other) {
      // An accumulator changes nothing of a result.
      return other instanceof Rules that
          && function.equals(that.function)
          && tokenizer.equals(that.tokenizer)
          && text.equals(that.text);
    }

    @Override
    public int hashCode() {
      return Objects.hash(function, tokenizer, text);
    }
  }

  /**
   * Makes the expression.
   *
   * @param rules what becomes of texts
   * @param text the text
   */
  public TokenizeText(Rules rules, Expression text) {
    super(rules.function, List.of(text));
    this.rules = rules;
  }

  @Override
  RowExpression withArguments(List<Expression> others) {
    return new TokenizeText(rules, others.get(0));
  }

  @Override
  List<Object> rules() {
    return List.of(rules);
  }

  @Override
  String shown() {
    return rules.text.toString();
  }

  @Override
  public DataType dataType() {
    return rules.text.splits() ? DataTypes.createArrayType(IDS, false) : IDS;
  }

  @Override
  public Object eval(InternalRow input) {
    Object value = argument(0).eval(input);
    Tokenizer tokenizer = rules.tokenizer.value();
    int[][] sequences =
        rules.text.sequences(
            tokenizer, value == null ? null : value.toString(), () -> rules.truncated.add(1));
    if (sequences == null) {
      return null;
    }
    if (!rules.text.splits()) {
      return UnsafeArrayData.fromPrimitiveArray(sequences[0]);
    }
    Object[] arrays = new Object[sequences.length];
    for (int i = 0; i < arrays.length; i++) {
      arrays[i] = UnsafeArrayData.fromPrimitiveArray(sequences[i]);
    }
    return new GenericArrayData(arrays);
  }
}
