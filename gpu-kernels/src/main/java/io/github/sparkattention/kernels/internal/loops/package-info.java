/**
 * The inner loops of the Java-threads backend, as its stages call them: what each gives, whatever
 * the style it is written in. {@code Kernels} makes all of one style.
 */
package io.github.sparkattention.kernels.internal.loops;
