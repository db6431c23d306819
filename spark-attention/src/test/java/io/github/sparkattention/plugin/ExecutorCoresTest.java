package io.github.sparkattention.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExecutorCoresTest {
  private static SparkConf conf(String master) {
    return new SparkConf(false).set("spark.master", master);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"local|1", "local[3]|3", "local[3,2]|3", "local-cluster[2,5,1024]|5"})
  void theMasterSaysHowManyThereAre(String master, int cores) {
    assertThat(ExecutorCores.count(conf(master))).isEqualTo(cores);
  }

  @Test
  void aLocalMasterIsNotOverruled() {
    assertThat(ExecutorCores.count(conf("local[3]").set("spark.executor.cores", "7"))).isEqualTo(3);
  }

  @Test
  void executorsHaveWhatTheApplicationAskedFor() {
    SparkConf conf = conf("spark://host:7077").set("spark.executor.cores", "7");
    assertThat(ExecutorCores.count(conf)).isEqualTo(7);
  }

  @Test
  void otherwiseAllCoresOfTheMachine() {
    int all = Runtime.getRuntime().availableProcessors();
    assertThat(ExecutorCores.count(conf("spark://host:7077"))).isEqualTo(all);
    assertThat(ExecutorCores.count(conf("local[*]"))).isEqualTo(all);
    assertThat(ExecutorCores.count(new SparkConf(false))).isEqualTo(all);
  }
}
