package io.github.sparkattention.internal.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.LocalSpark;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The oracle is Spark itself, which names the columns of a select list by the same rules. */
class ExpressionTextTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "slice(tokens, 1, 5)",
        "slice(s.tokens, 1L, 5)",
        "slice(t.s.tokens, 1, n)",
        "flatten(list.tokens)",
        "array(array(1.5D, 2, x))",
        "nvl(tokens, array())",
        "concat(tokens, array(array(1.0F)))",
        "CAST(tokens AS ARRAY<ARRAY<DOUBLE>>)",
        "transform(tokens, v -> slice(v, 1, 2))",
        "split(concat(text, 'a b'), ' ')",
        "array_repeat(tokens[0], 2)",
        "if(n > 1, tokens, NULL)",
      })
  void isWhatSparkNamesAColumn(String call) {
    Dataset<?> selected =
        LocalSpark.session()
            .sql(
                "select "
                    + call
                    + " from (select tokens, named_struct('tokens', tokens) as s,"
                    + " array(named_struct('tokens', tokens)) as list, n, x, text"
                    + " from values (array(array(1.0D)), 2, 3.0F, 'a b') as v(tokens, n, x, text))"
                    + " as t");
    Project project = (Project) SparkInternals.plan(selected);
    Alias column = (Alias) project.projectList().head();
    assertThat(Catalyst.pretty(column.child())).isEqualTo(selected.columns()[0]);
  }
}
