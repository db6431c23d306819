package io.github.sparkattention.it.load;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.OperatingSystemMXBean;
import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.it.LocalSpark;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many small rows, in many partitions and in one. */
class ManyRowsTest {
  private static final int TOKENS = 16;
  private static final int WIDTH = 64;

  private final OperatingSystemMXBean process =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  @TempDir private Path folder;
  private long nanos;

  @Test
  void twentyThousandRowsHaveTheSameBitsInTwentyPartitionsAndInOne() {
    ratio(20_000, 20);
  }

  @Test
  @Tag("nightly")
  void twoHundredThousandRowsHaveTheSameBitsAndCostInPartitionsAndInOne() {
    assertThat(ratio(200_000, 200)).isBetween(1 / 1.5, 1.5);
  }

  /** Processor time in many partitions, divided by that in one: what each core spends on a row. */
  private double ratio(int rows, int partitions) {
    String path = folder.resolve("rows").toString();
    // Its own, since it changes a setting.
    SparkSession session = LocalSpark.session().newSession();
    session
        .range(0, rows, 1, partitions)
        .selectExpr("id", Expressions.tokens("" + TOKENS, WIDTH) + " AS tokens")
        .write()
        .parquet(path);
    // One file a partition: so large is what Spark adds to each when it puts files together.
    session.conf().set("spark.sql.files.openCostInBytes", 128L << 20);
    Dataset<Row> read = session.read().parquet(path);
    assertThat(read.rdd().getNumPartitions()).isEqualTo(partitions);
    digest(read.coalesce(1));
    Row one = digest(read.coalesce(1));
    long nanosInOne = nanos;
    Row many = digest(read);
    assertThat(many).isEqualTo(one);
    assertThat(one.getLong(0)).isEqualTo(rows);
    double ratio = (double) nanos / nanosInOne;
    System.out.printf(
        Locale.ROOT,
        "Many rows: of %d rows, processor time in %d partitions is %.2f times that in one%n",
        rows,
        partitions,
        ratio);
    return ratio;
  }

  private Row digest(Dataset<Row> rows) {
    long start = process.getProcessCpuTime();
    Row digest =
        new CausalAttention()
            .setDIn(WIDTH)
            .setDOut(WIDTH)
            .setNumHeads(4)
            .setSeed(123)
            .setBackend("threads")
            .transform(rows)
            .selectExpr(Expressions.DIGEST)
            .head();
    nanos = process.getProcessCpuTime() - start;
    return digest;
  }
}
