package io.github.sparkattention.kernels;

/**
 * A device that a backend can compute on, as people are told of it.
 *
 * @param name the device's name
 * @param type what it is, in a word such as {@code gpu}
 * @param memory bytes of its memory
 * @param details what else tells it from others, in a line
 */
public record Device(String name, String type, long memory, String details) {}
