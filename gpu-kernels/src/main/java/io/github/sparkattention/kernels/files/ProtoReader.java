package io.github.sparkattention.kernels.files;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads the wire format of Protocol Buffers, one pass forward: fields, each a tag and a value. A
 * message within a message is {@link #enter entered} and {@link #leave left}.
 *
 * <p>Nothing is believed of a length before the bytes are there, so that a damaged file costs no
 * more than what it holds. Source: "Encoding", protobuf.dev.
 */
final class ProtoReader {
  static final int VARINT = 0;
  static final int FIXED_64 = 1;
  static final int BYTES = 2;
  static final int FIXED_32 = 5;

  private static final int LONGEST_VARINT = 10;

  private final InputStream in;
  private final String source;
  private long position;
  private long limit;
  private int wireType;

  /**
   * Begins to read.
   *
   * @param in the file from its start
   * @param length bytes in the whole file
   * @param source name of the file, for messages
   */
  ProtoReader(InputStream in, long length, String source) {
    this.in = new BufferedInputStream(in);
    this.source = source;
    limit = length;
  }

  /** The offset of the next byte in the file. */
  long position() {
    return position;
  }

  /**
   * Reads the next tag.
   *
   * @return number of the field, or 0 at the end of the message
   */
  int next() throws IOException {
    if (position == limit) {
      return 0;
    }
    long tag = varint();
    long field = tag >>> 3;
    if (field == 0 || field > Integer.MAX_VALUE >>> 2) {
      throw refuse("a tag at byte %d names no field".formatted(position));
    }
    wireType = (int) tag & 7;
    return (int) field;
  }

  /** How the value after the last tag is written. */
  int wireType() {
    return wireType;
  }

  long varint() throws IOException {
    long value = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
      int next = octet();
      value |= (long) (next & 0x7f) << (7 * i);
      if (next < 0x80) {
        return value;
      }
    }
    throw refuse("a number that ends at byte %d is too long".formatted(position));
  }

  private int octet() throws IOException {
    if (position == limit) {
      throw refuse("a value must end by byte %d, but goes on".formatted(limit));
    }
    int next = in.read();
    if (next < 0) {
      throw truncated(null);
    }
    position++;
    return next;
  }

  /** Reads the length of bytes, which must fit into the message. */
  long length() throws IOException {
    long length = varint();
    if (length < 0 || length > limit - position) {
      throw refuse(
          "the value at byte %d must end by byte %d, but has %s bytes"
              .formatted(position, limit, Long.toUnsignedString(length)));
    }
    return length;
  }

  /** Enters a message, and returns what {@link #leave} takes. */
  long enter() throws IOException {
    long length = length();
    long outer = limit;
    limit = position + length;
    return outer;
  }

  /** Leaves a message that was read up to its end. */
  void leave(long outer) {
    limit = outer;
  }

  /** Reads a text of at most so many bytes. */
  String text(int longest) throws IOException {
    long length = length();
    if (length > longest) {
      throw refuse(
          "the text at byte %d must have at most %d bytes, but has %d"
              .formatted(position, longest, length));
    }
    byte[] bytes = in.readNBytes((int) length);
    if (bytes.length < length) {
      throw truncated(null);
    }
    position += length;
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Whether the message goes on. */
  boolean hasMore() {
    return position < limit;
  }

  /** Skips the value after the last tag. */
  void skip() throws IOException {
    switch (wireType) {
      case VARINT -> varint();
      case FIXED_64 -> skip(Long.BYTES);
      case BYTES -> skip(length());
      case FIXED_32 -> skip(Integer.BYTES);
      default ->
          throw refuse(
              "the value at byte %d must be of type 0, 1, 2 or 5, but is of type %d"
                  .formatted(position, wireType));
    }
  }

  /** Skips bytes of the message. */
  void skip(long bytes) throws IOException {
    if (bytes > limit - position) {
      throw refuse("a value must end by byte %d, but goes on".formatted(limit));
    }
    try {
      in.skipNBytes(bytes);
    } catch (EOFException e) {
      throw truncated(e);
    }
    position += bytes;
  }

  private SafeTensorsException truncated(EOFException e) {
    return new SafeTensorsException(
        source, "the file is truncated: it ends after byte %d".formatted(position), e);
  }

  private SafeTensorsException refuse(String message) {
    return new SafeTensorsException(source, "the file is damaged: " + message);
  }
}
