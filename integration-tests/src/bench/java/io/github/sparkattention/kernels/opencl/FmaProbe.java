package io.github.sparkattention.kernels.opencl;

import com.aparapi.Kernel;

/** Fused multiply-adds and nothing else: sixteen chains in each work item. */
public class FmaProbe extends Kernel {
  static final int CHAINS = 16;

  /** Fields, so that no compiler knows what comes out. */
  float factor = 0.999f;

  float term = 0.001f;
  int steps;
  float[] sums;

  @Override
  public void run() {
    int item = getGlobalId();
    float a = item;
    float b = a + 1f;
    float c = a + 2f;
    float d = a + 3f;
    float e = a + 4f;
    float f = a + 5f;
    float g = a + 6f;
    float h = a + 7f;
    float i = a + 8f;
    float j = a + 9f;
    float k = a + 10f;
    float l = a + 11f;
    float m = a + 12f;
    float n = a + 13f;
    float o = a + 14f;
    float p = a + 15f;
    for (int step = 0; step < steps; step++) {
      a = fma(a, factor, term);
      b = fma(b, factor, term);
      c = fma(c, factor, term);
      d = fma(d, factor, term);
      e = fma(e, factor, term);
      f = fma(f, factor, term);
      g = fma(g, factor, term);
      h = fma(h, factor, term);
      i = fma(i, factor, term);
      j = fma(j, factor, term);
      k = fma(k, factor, term);
      l = fma(l, factor, term);
      m = fma(m, factor, term);
      n = fma(n, factor, term);
      o = fma(o, factor, term);
      p = fma(p, factor, term);
    }
    sums[item] = a + b + c + d + e + f + g + h + i + j + k + l + m + n + o + p;
  }
}
