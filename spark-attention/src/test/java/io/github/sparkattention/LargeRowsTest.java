package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.internal.executor.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("nightly")
class LargeRowsTest {
  private static final int WIDTH = 768;

  @TempDir private Path folder;

  @Test
  void aHeapOfOneGigabyteWorksThroughLargeRowsAndRefusesLargerOnes() {
    assertThat(ChildJvm.run(folder, LargeRowsTest.class, List.of()))
        .contains("computed 6 rows of 8192 tokens, refused one of 60000")
        .doesNotContain("OutOfMemoryError");
  }

  /** Runs in the JVM with a heap of 1 GB, which two tasks share. */
  public static void main(String[] args) {
    CausalAttention stage =
        new CausalAttention("stage")
            .setDIn(WIDTH)
            .setDOut(WIDTH)
            .setNumHeads(12)
            .setSeed(1)
            .setBackend("threads");
    List<Row> sizes =
        stage.transform(rows(6, 8192)).selectExpr("size(context) as n").collectAsList();
    assertThat(sizes).hasSize(6).allSatisfy(row -> assertThat(row.getInt(0)).isEqualTo(8192));

    // Whatever the policy: a row that is too large for a machine is not an invalid one.
    stage.setHandleInvalid("skip");
    assertThatThrownBy(() -> stage.transform(rows(1, 60_000)).select("context").collectAsList())
        .rootCause()
        .isExactlyInstanceOf(RuntimeException.class)
        .hasMessageMatching(
            "stage: column 'tokens', partition 0, row 0: the sequence has 60000 tokens, and takes"
                + " [0-9,]+ MiB of heap with its copies and results, but one of the 2 tasks that"
                + " share this JVM's [0-9,]+ MiB may take [0-9]+ MiB\\. Raise"
                + " spark\\.executor\\.memory .*");
    System.out.println("computed 6 rows of 8192 tokens, refused one of 60000");
    LocalSpark.session().stop();
  }

  private static Dataset<Row> rows(int count, int tokens) {
    return LocalSpark.session()
        .range(0, count, 1, Math.min(count, 3))
        .selectExpr(
            String.format(
                "array_repeat(transform(sequence(1, %d), i -> cast(sin(i * (id + 1)) as float)),"
                    + " %d) as tokens",
                WIDTH, tokens));
  }
}
