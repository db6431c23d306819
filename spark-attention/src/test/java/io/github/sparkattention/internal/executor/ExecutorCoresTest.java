package io.github.sparkattention.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExecutorCoresTest {
  private static final String COMMAND =
      "org.apache.spark.executor.CoarseGrainedExecutorBackend --driver-url spark://a@b:1 --cores 5";

  private static SparkConf conf(String master) {
    return new SparkConf(false).set("spark.master", master);
  }

  private static int count(SparkConf conf) {
    return ExecutorCores.count(conf, "org.example.Driver --cores 9");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"local|1", "local[3]|3", "local[3,2]|3"})
  void theMasterSaysHowManyThereAre(String master, int cores) {
    assertThat(count(conf(master))).isEqualTo(cores);
  }

  @Test
  void aLocalMasterIsNotOverruled() {
    assertThat(count(conf("local[3]").set("spark.executor.cores", "7"))).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {COMMAND, COMMAND + " --app-id app-1 --worker-url spark://w@c:2"})
  void anExecutorHasWhatItWasStartedWith(String command) {
    for (String master : List.of("spark://host:7077", "local-cluster[2,5,1024]", "yarn")) {
      SparkConf conf = conf(master);
      assertThat(ExecutorCores.count(conf, command)).isEqualTo(5);
      assertThat(ExecutorCores.count(conf.set("spark.executor.cores", "7"), command)).isEqualTo(5);
    }
  }

  @Test
  void executorsHaveWhatTheApplicationAskedFor() {
    SparkConf conf = conf("spark://host:7077").set("spark.executor.cores", "7");
    assertThat(count(conf)).isEqualTo(7);
  }

  @Test
  void otherwiseAllCoresOfTheMachine() {
    int all = Runtime.getRuntime().availableProcessors();
    assertThat(count(conf("spark://host:7077"))).isEqualTo(all);
    assertThat(count(conf("local[*]"))).isEqualTo(all);
    assertThat(count(new SparkConf(false))).isEqualTo(all);
  }
}
