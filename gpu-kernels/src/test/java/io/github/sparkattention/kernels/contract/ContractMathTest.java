package io.github.sparkattention.kernels.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sparkattention.kernels.Heads;
import org.junit.jupiter.api.Test;

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
}
