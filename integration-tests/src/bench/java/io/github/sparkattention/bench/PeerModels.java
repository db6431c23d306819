package io.github.sparkattention.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The peers' models: forward(x, w_query, w_key, w_value), written by make_peers.py. */
final class PeerModels {
  private PeerModels() {}

  /**
   * Reads a model.
   *
   * @param form {@code eager} or {@code sdpa}
   * @param heads 1 or 12
   * @param format {@code pt} or {@code onnx}
   */
  static byte[] read(String form, int heads, String format) {
    String path = String.format("/peers/%s_%d.%s", form, heads, format);
    try (InputStream in = PeerModels.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalArgumentException("There is no peer model " + path + ".");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the peer model " + path + ".", e);
    }
  }
}
