/**
 * What stages have in common whatever their params are: columns and schemas, the format of a saved
 * stage, the vectors of words and positions.
 */
package io.github.sparkattention.internal.stages;
