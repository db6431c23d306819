package io.github.sparkattention.internal.plan;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.forms.IdForm;
import io.github.sparkattention.internal.forms.SequenceForm;
import io.github.sparkattention.internal.results.ResultWriter;
import java.math.BigInteger;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataType;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * How large Spark may take the rows of a plan to be that attention was added to. Spark broadcasts
 * what it takes to be small, and an array counts with it as one value, so results are estimated
 * from the sequences here: by the share that these have in the rows that come in, and by what each
 * token becomes.
 */
final class SizeEstimate {
  private SizeEstimate() {}

  /**
   * Estimates the rows with their results.
   *
   * @param spec the stage's settings
   * @param columns the columns that come in
   * @param tokens the one of them that holds the sequences
   * @param bytes the size of the rows that come in
   * @return bytes; of no small number if attention weights are among the results, for these grow by
   *     the square of a length that nobody knows before the rows are read
   */
  static BigInteger of(
      AttentionSpec spec, Seq<Attribute> columns, Attribute tokens, BigInteger bytes) {
    BigInteger added =
        spec.wantsAttentionWeights()
            ? BigInteger.valueOf(SQLConf.get().defaultSizeInBytes())
            : share(spec, columns, tokens, bytes);
    return bytes.add(added);
  }

  /** What results take if each row holds one token, and so in proportion if it holds more. */
  private static BigInteger share(
      AttentionSpec spec, Seq<Attribute> columns, Attribute tokens, BigInteger bytes) {
    long token = tokenBytes(spec, tokens.dataType());
    long others = 0;
    for (Attribute column : CollectionConverters.asJava(columns)) {
      others += column.exprId().equals(tokens.exprId()) ? 0 : column.dataType().defaultSize();
    }
    List<ResultWriter> writers = spec.writers();
    return bytes
        .multiply(BigInteger.valueOf(ResultWriter.rowBytes(writers, 1)))
        .divide(BigInteger.valueOf(token + others));
  }

  private static long tokenBytes(AttentionSpec spec, DataType type) {
    return spec.program().readsIds()
        ? IdForm.of(type).orElseThrow().tokenBytes()
        : SequenceForm.of(type).orElseThrow().tokenBytes(spec.program().inputWidth());
  }
}
