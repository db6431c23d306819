/**
 * All that calls what Spark keeps to itself, or that changes between Spark's versions. Knows
 * nothing of the project, so that a version of Spark is a matter of this room. What differs between
 * Spark 3.5 and Spark 4 is in {@code SparkLine}, which stands beside these sources once for each.
 */
package io.github.sparkattention.internal.spark;
