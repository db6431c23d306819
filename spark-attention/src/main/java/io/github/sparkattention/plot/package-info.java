/**
 * Pictures of attention: {@link io.github.sparkattention.plot.AttentionPlots} draws a sequence's
 * attention weights, and measurements, as HTML with SVG that needs nothing from anywhere else.
 *
 * <pre>
 * tokens, weights ──AttentionPlots──▶ SequenceWeights ──HeatMap, Arcs──┐
 * named series ──────Chart──────────────────────────────Lines, Bars────┴▶ Picture ──▶ HTML, file
 * </pre>
 *
 * <p>Every mark carries a {@code title} of SVG, so what it stands for shows under the mouse where
 * scripts are stripped, too; where they run, a few lines show it at once. A picture for a notebook
 * stays below the 102,400 bytes that Zeppelin lets through by default: beyond some size it shows
 * blocks of tokens instead of single ones, and says so.
 */
package io.github.sparkattention.plot;
