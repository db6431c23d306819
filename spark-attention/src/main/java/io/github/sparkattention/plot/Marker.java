package io.github.sparkattention.plot;

import io.github.sparkattention.internal.svg.Numbers;

/** Markers that tell series apart without their colours. */
final class Marker {
  private static final String[] SHAPES = {
    // Circle, square, triangle, diamond, inverted triangle, ring; each about 9 pixels wide.
    "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0z",
    "m-4 -4h8v8h-8z",
    "m0 -5l5 9h-10z",
    "m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z",
    "m0 5l-5 -9h10z",
    "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0zm2.5 0a2 2 0 1 1 4 0a2 2 0 1 1 -4 0z"
  };

  private Marker() {}

  static String path(int series, double x, double y) {
    return "M" + Numbers.coordinate(x) + " " + Numbers.coordinate(y) + SHAPES[series];
  }
}
