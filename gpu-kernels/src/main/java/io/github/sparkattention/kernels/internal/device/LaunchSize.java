package io.github.sparkattention.kernels.internal.device;

/**
 * What decides how much memory a launch takes.
 *
 * @param sequences number of sequences, empty ones included
 * @param tokens number of tokens of all sequences
 * @param longest tokens of the longest sequence
 * @param weights number of attention weights that are wanted
 */
public record LaunchSize(long sequences, long tokens, long longest, long weights) {}
