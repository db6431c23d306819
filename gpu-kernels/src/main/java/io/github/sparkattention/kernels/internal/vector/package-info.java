/**
 * The inner loops on {@code jdk.incubator.vector}. A class that names the Vector API can't be
 * loaded without the module, so this room is reached by name.
 */
package io.github.sparkattention.kernels.internal.vector;
