package io.github.sparkattention.kernels.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Heads;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContractMathTest {
  private static final int STEPS = 1_000_000;

  @Test
  void exp2IsWithinOneUnitInTheLastPlaceOverItsWholeRange() {
    double worst = 0;
    for (int i = 0; i <= STEPS; i++) {
      float x = -126f * i / STEPS;
      double exact = Math.pow(2, x);
      worst = Math.max(worst, Math.abs(ContractMath.exp2(x) - exact) / exact);
    }
    assertThat(worst).isLessThan(8.5e-8);
  }

  @Test
  void exp2IsExactAtWholeNumbersAndNeverSubnormal() {
    for (int n = 0; n <= 126; n++) {
      assertThat(ContractMath.exp2(-n)).isEqualTo((float) Math.pow(2, -n));
    }
    assertThat(ContractMath.exp2(Math.nextDown(-126f))).isZero();
    assertThat(ContractMath.exp2(Math.nextUp(-126f))).isGreaterThanOrEqualTo(Float.MIN_NORMAL);
    assertThat(ContractMath.exp2(Float.NEGATIVE_INFINITY)).isZero();
    assertThat(ContractMath.exp2(Float.NaN)).isNaN();
  }

  @Test
  void exp2MinusOneKeepsItsRelativeAccuracyNearZero() {
    for (float x = -30f; x < -1e-30f; x *= 0.9f) {
      double exact = Math.expm1(x * Math.log(2));
      assertThat(ContractMath.exp2MinusOne(x) / exact).isBetween(1 - 2e-7, 1 + 2e-7);
    }
    assertThat(ContractMath.exp2MinusOne(0f)).isZero();
    assertThat(ContractMath.exp2MinusOne(-200f)).isEqualTo(-1f);
  }

  @Test
  void softcapIsTheCapTimesTanh() {
    float cap = 30f;
    float twoLog2E = (float) (2 * Heads.LOG2_E);
    for (float t = -12f; t <= 12f; t += 0.01f) {
      float x = t * twoLog2E;
      double exact = cap * Math.tanh(x / (2 * Heads.LOG2_E));
      assertThat((double) ContractMath.softcap(x, cap))
          .isCloseTo(exact, within(3e-7 * Math.abs(exact) + 1e-12));
    }
    assertThat(ContractMath.softcap(Float.NaN, cap)).isNaN();
  }

  @Test
  void reciprocalIsExactForPowersOfTwoAndCloseElsewhere() {
    for (float d = 1f; d < 0x1p40f; d *= 2f) {
      assertThat(ContractMath.reciprocal(d)).isEqualTo(1 / d);
    }
    for (float d = 1f; d < 1e9f; d *= 1.0001f) {
      assertThat(ContractMath.reciprocal(d) * (double) d).isBetween(1 - 1.2e-7, 1 + 1.2e-7);
    }
  }

  @Test
  void logSumExpIsTheNaturalLogarithmOfTheSum() {
    for (float total = 1f; total < 1e9f; total *= 1.37f) {
      for (float maximum = -200f; maximum <= 200f; maximum += 12.5f) {
        double exact = Math.log(total) + maximum * Math.log(2);
        assertThat(ContractMath.logSumExp(maximum, total)).isEqualTo((float) exact);
      }
    }
    assertThat(ContractMath.logSumExp(0f, 1f)).isZero();
  }

  @Test
  void logSumExpOfNoKeyIsMinusInfinityAndOfAnOverflowNotANumber() {
    assertThat(ContractMath.logSumExp(ContractMath.NO_MAXIMUM, 0f))
        .isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(ContractMath.logSumExp(Float.POSITIVE_INFINITY, Float.NaN)).isNaN();
    assertThat(ContractMath.logSumExp(0f, 0.5f)).isNaN();
  }

  @Test
  void reciprocalOfWhatNoSoftmaxCanSumToIsNotANumber() {
    assertThat(ContractMath.reciprocal(0f)).isNaN();
    assertThat(ContractMath.reciprocal(0.5f)).isNaN();
    assertThat(ContractMath.reciprocal(Float.NaN)).isNaN();
  }

  @Test
  void rsqrtIsWithinOneUnitInTheLastPlaceOverItsWholeRange() {
    double worst = 0;
    for (int bits = Float.floatToIntBits(Float.MIN_NORMAL);
        bits < Float.floatToIntBits(Float.POSITIVE_INFINITY);
        bits += 997) {
      float v = Float.intBitsToFloat(bits);
      worst = Math.max(worst, Math.abs(ContractMath.rsqrt(v) * Math.sqrt(v) - 1));
    }
    System.out.printf("rsqrt: largest relative error %.2f x 2^-24%n", worst * 0x1p24);
    assertThat(worst * 0x1p24).isLessThan(1.4);
    for (float power = 0x1p-126f; power < 0x1p126f; power *= 4f) {
      assertThat(ContractMath.rsqrt(power)).isEqualTo((float) (1 / Math.sqrt(power)));
    }
    for (float refused :
        new float[] {0f, -1f, Float.MIN_VALUE, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThat(ContractMath.rsqrt(refused)).isNaN();
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void activationsKeepTheirBoundOverTheWholeRangeOfFloats(Activation activation) {
    double worst = 0;
    float at = 0;
    for (int step = 0; step < 2; step++) {
      int sign = step << 31;
      for (int bits = Float.floatToIntBits(Float.MIN_NORMAL);
          bits < Float.floatToIntBits(1e30f);
          bits += 9_973) {
        float x = Float.intBitsToFloat(sign | bits);
        double error = Math.abs(ContractMath.activate(activation, x) - exact(activation, x));
        double units = error / (0x1p-24 * Math.abs(x));
        if (units > worst) {
          worst = units;
          at = x;
        }
      }
    }
    System.out.printf("%s: largest error %.2f x 2^-24 |x|, at %s%n", activation, worst, at);
    assertThat(worst).isLessThan(2.4);
    assertThat(ContractMath.activate(activation, 0f)).isZero();
    assertThat(ContractMath.activate(activation, Float.NaN)).isNaN();
    assertThat(ContractMath.activate(activation, Float.POSITIVE_INFINITY))
        .isEqualTo(Float.POSITIVE_INFINITY);
  }

  private static double exact(Activation activation, double x) {
    return switch (activation) {
      case NONE -> x;
      case GELU_TANH ->
          x / (1 + Math.exp(-2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      case GELU_ERF -> x * ReferenceProgram.normalDistribution(x);
      case SILU -> x / (1 + Math.exp(-x));
      case RELU -> Math.max(0, x);
    };
  }

  /** From a table of 50 digits. */
  @Test
  void theOraclesNormalDistributionIsExactToTwelveDigits() {
    double[][] table = {
      {0, 0.5},
      {-0.5, 0.3085375387259869},
      {-1, 0.15865525393145705},
      {-2, 0.02275013194817921},
      {-3.5, 0.00023262907903552504},
      {-3.6, 0.00015910859015753388},
      {-5, 2.866515718791939e-07},
      {-8, 6.220960574271784e-16},
      {1, 0.8413447460685429},
      {3.6, 0.9998408914098424}
    };
    for (double[] row : table) {
      assertThat(ReferenceProgram.normalDistribution(row[0]) / row[1])
          .as("at %s", row[0])
          .isBetween(1 - 1e-12, 1 + 1e-12);
    }
  }

  @Test
  void sumsAreJoinedAsAFixedTree() {
    float[] sums = new float[ContractMath.ACCUMULATORS];
    sums[0] = 1f;
    sums[8] = 0x1p-24f;
    sums[4] = 0x1p-24f;
    sums[12] = 0x1p-24f;
    // 8 apart first: 1 + 2^-24 rounds to 1, while 2^-24 + 2^-24 is 2^-23, which then counts.
    assertThat(ContractMath.join(sums)).isEqualTo(1f + 0x1p-23f);
  }
}
