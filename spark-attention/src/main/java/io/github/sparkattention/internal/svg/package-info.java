/**
 * One sequence's attention weights as SVG, a heat map or arcs, and what all pictures are written
 * with: elements, numbers, tokens' text and the colours of weights.
 */
package io.github.sparkattention.internal.svg;
