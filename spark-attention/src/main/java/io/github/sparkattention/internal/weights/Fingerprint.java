package io.github.sparkattention.internal.weights;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** What tells a program and its weights apart from all others, while it is put together. */
final class Fingerprint {
  private final MessageDigest digest;

  Fingerprint() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Adds what its text tells apart, as that of records does. */
  Fingerprint add(Object part) {
    return add(part.toString().getBytes(StandardCharsets.UTF_8));
  }

  Fingerprint add(byte[] bytes) {
    digest.update(bytes);
    return this;
  }

  /** In hexadecimal digits; nothing can be added afterwards. */
  String text() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
