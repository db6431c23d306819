package io.github.sparkattention.plot;

/** A chart that is ready to be drawn. */
interface Plot {
  String svg(String title);
}
