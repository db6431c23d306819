/**
 * All that calls what Spark keeps to itself, or that changes between Spark's versions. Knows
 * nothing of the project, so that a version of Spark is a matter of this room.
 */
package io.github.sparkattention.internal.spark;
