/** The inner loops in plain Java, for the JIT's loop vectorizer; needs no module. */
package io.github.sparkattention.kernels.internal.plain;
