package io.github.sparkattention.kernels.threads;

/**
 * Room for the projected tokens of one pass: queries, keys, values, and the joined heads where an
 * output projection follows. Kept from pass to pass and from batch to batch.
 */
final class ProjectedTokens {
  private float[] queries = new float[0];
  private float[] keys = new float[0];
  private float[] values = new float[0];
  private float[] joined = new float[0];

  float[] queries(int size) {
    queries = atLeast(queries, size);
    return queries;
  }

  float[] keys(int size) {
    keys = atLeast(keys, size);
    return keys;
  }

  float[] values(int size) {
    values = atLeast(values, size);
    return values;
  }

  float[] joined(int size) {
    joined = atLeast(joined, size);
    return joined;
  }

  long size() {
    return (long) queries.length + keys.length + values.length + joined.length;
  }

  private static float[] atLeast(float[] array, int size) {
    return array.length >= size ? array : new float[size];
  }
}
