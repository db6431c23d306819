/**
 * A program with nothing but the client of Spark Connect, as users far from the driver write it.
 */
package io.github.sparkattention.connect;
