package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StageParamsTest {
  private final CausalAttention stage = new CausalAttention();

  static CausalAttention allSet() {
    return new CausalAttention("all")
        .setInputCol("in")
        .setOutputCol("out")
        .setOutputFormat("flat")
        .setPooling("max")
        .setPooledCol("p")
        .setMaxAttentionWeightsLength(64)
        .setLogSumExpCol("lse")
        .setBatchBytes(1L << 33)
        .setDIn(6)
        .setDOut(8)
        .setContextLength(12)
        .setDropout(0.25)
        .setQkvBias(true)
        .setNumHeads(4)
        .setNumKvHeads(2)
        .setSlidingWindow(3)
        .setSoftcap(1.5)
        .setScale(0.5)
        .setOutProjection(true)
        .setSeed(-7)
        .setWeightsPath("/no/such/file")
        .setWeightsPrefix("trf_blocks.0.att.")
        .setBackend("threads")
        .setBatchTokens(100)
        .setHandleInvalid("keep")
        .setAttentionWeightsCol("w")
        .setTraining(true)
        .setDropoutSeed(9)
        .setDropoutKeyCol("key");
  }

  @Test
  void defaults() {
    assertThat(stage.uid()).startsWith("CausalAttention_");
    assertThat(new SelfAttention().uid()).startsWith("SelfAttention_");
    assertThat(stage.getInputCol()).isEqualTo("tokens");
    assertThat(stage.getOutputCol()).isEqualTo("context");
    assertThat(stage.getContextLength()).isZero();
    assertThat(stage.getDropout()).isZero();
    assertThat(stage.getQkvBias()).isFalse();
    assertThat(stage.getNumHeads()).isEqualTo(1);
    assertThat(stage.getNumKvHeads()).isZero();
    assertThat(stage.getSlidingWindow()).isZero();
    assertThat(stage.getSoftcap()).isZero();
    assertThat(stage.getScale()).isZero();
    assertThat(stage.getOutProjection()).isFalse();
    assertThat(stage.getWeightsPrefix()).isEmpty();
    assertThat(stage.getBackend()).isEqualTo("auto");
    assertThat(stage.getBatchTokens()).isEqualTo(8192);
    assertThat(stage.getBatchBytes()).isEqualTo(128L << 20);
    assertThat(stage.getOutputFormat()).isEqualTo("array");
    assertThat(stage.getPooling()).isEqualTo("none");
    assertThat(stage.getPooledCol()).isEqualTo("pooled");
    assertThat(stage.getMaxAttentionWeightsLength()).isEqualTo(1024);
    assertThat(stage.getHandleInvalid()).isEqualTo("error");
    assertThat(stage.getTraining()).isFalse();
    assertThat(stage.getDropoutSeed()).isZero();
    for (Param<?> param :
        Arrays.asList(
            stage.dIn(),
            stage.dOut(),
            stage.seed(),
            stage.weightsPath(),
            stage.attentionWeightsCol(),
            stage.logSumExpCol(),
            stage.dropoutKeyCol())) {
      assertThat(stage.isDefined(param)).as(param.name()).isFalse();
    }
  }

  @Test
  void theBackendOfAStageThatDoesNotSayIsTheOneThatComputes() {
    CausalAttention stage = new CausalAttention();
    assertThat(stage.hasDefault(stage.backend())).isFalse();
    SparkSession session = LocalSpark.session().newSession();
    session.conf().set("spark.attention.backend", "OpenCL");
    SparkSession.setActiveSession(session);
    try {
      assertThat(stage.getBackend()).isEqualTo("opencl");
      assertThat(new CausalAttention().setBackend("threads").getBackend()).isEqualTo("threads");
    } finally {
      SparkSession.setActiveSession(LocalSpark.session());
    }
    assertThat(stage.getBackend()).isEqualTo("auto");
  }

  @Test
  void settersAndGettersAgree() {
    CausalAttention all = allSet();
    assertThat(all.params()).hasSize(29).allMatch(all::isSet);
    assertThat(
            new Object[] {
              all.getInputCol(),
              all.getOutputCol(),
              all.getDIn(),
              all.getDOut(),
              all.getContextLength(),
              all.getDropout(),
              all.getQkvBias(),
              all.getNumHeads(),
              all.getNumKvHeads(),
              all.getSlidingWindow(),
              all.getSoftcap(),
              all.getScale(),
              all.getOutProjection(),
              all.getSeed(),
              all.getWeightsPath(),
              all.getWeightsPrefix(),
              all.getBackend(),
              all.getBatchTokens(),
              all.getHandleInvalid(),
              all.getAttentionWeightsCol(),
              all.getTraining(),
              all.getDropoutSeed(),
              all.getDropoutKeyCol(),
              all.getOutputFormat(),
              all.getPooling(),
              all.getPooledCol(),
              all.getMaxAttentionWeightsLength(),
              all.getLogSumExpCol(),
              all.getBatchBytes()
            })
        .containsExactly(
            "in",
            "out",
            6,
            8,
            12,
            0.25,
            true,
            4,
            2,
            3,
            1.5,
            0.5,
            true,
            -7L,
            "/no/such/file",
            "trf_blocks.0.att.",
            "threads",
            100,
            "keep",
            "w",
            true,
            9L,
            "key",
            "flat",
            "max",
            "p",
            64,
            "lse",
            1L << 33);
  }

  @Test
  void everyParamIsExplained() {
    assertThat(stage.params()).allSatisfy(param -> assertThat(param.doc()).isNotBlank());
    assertThat(stage.explainParam(stage.handleInvalid()))
        .isEqualTo(
            "handleInvalid: what happens to rows that can't be computed: error (fail), skip (drop"
                + " the row) or keep (null results) (default: error)");
  }

  static Stream<Arguments> outOfRange() {
    return Stream.of(
        Arguments.of("dIn", 0),
        Arguments.of("dOut", -1),
        Arguments.of("contextLength", -1),
        Arguments.of("dropout", 1.0),
        Arguments.of("dropout", -0.1),
        Arguments.of("dropout", Double.NaN),
        Arguments.of("numHeads", 0),
        Arguments.of("numKvHeads", -1),
        Arguments.of("slidingWindow", -1),
        Arguments.of("backend", "cuda"),
        Arguments.of("batchTokens", 0),
        Arguments.of("batchBytes", 0L),
        Arguments.of("outputFormat", "tensor"),
        Arguments.of("pooling", "sum"),
        Arguments.of("maxAttentionWeightsLength", 0),
        Arguments.of("handleInvalid", "ignore"));
  }

  @ParameterizedTest
  @MethodSource("outOfRange")
  void valuesOutOfRangeAreRefused(String param, Object value) {
    assertThatThrownBy(() -> stage.set(stage.getParam(param), value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            stage.uid() + " parameter " + param + " given invalid value " + value);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, 3e38, 1e-36, 1e300, 1e-300, Double.POSITIVE_INFINITY, Double.NaN})
  void factorsWhoseFormsInBaseTwoMayOverflowAreRefusedWithTheirRange(double value) {
    for (String param : List.of("softcap", "scale")) {
      assertThatThrownBy(() -> stage.set(stage.getParam(param), value))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "%s: %s must be 0 or from 1e-18 to 1e18, but is %s", stage.uid(), param, value);
    }
    assertThatThrownBy(() -> new SelfAttention("self").setSoftcap(value))
        .hasMessage("self: softcap must be 0 or from 1e-18 to 1e18, but is " + value);
  }

  @Test
  void theBoundsOfFactorsAreWithinThem() {
    for (double bound : new double[] {0, 1e-18, 1e18}) {
      assertThat(stage.setScale(bound).setSoftcap(bound).getSoftcap()).isEqualTo(bound);
      assertThat(stage.setDIn(2).setDOut(2).setSeed(1).config().softcap()).isEqualTo((float) bound);
    }
  }

  @Test
  void aCopyHasParamsAndWeights() {
    CausalAttention original = new CausalAttention().setDIn(2).setDOut(4).setSeed(3);
    original.setWeights(original.weights());
    CausalAttention copy = original.copy(new ParamMap().put(original.numHeads().w(2)));
    assertThat(copy).isNotSameAs(original);
    assertThat(copy.uid()).isEqualTo(original.uid());
    assertThat(copy.getNumHeads()).isEqualTo(2);
    assertThat(original.getNumHeads()).isEqualTo(1);
    assertThat(copy.weights()).isSameAs(original.weights());
  }
}
