package io.github.sparkattention.kernels.files;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file: what tensors there are, and where their bytes lie. An instance
 * has passed every rule of the format, so that its entries cover the data exactly.
 *
 * <p>The format: 8 bytes little-endian length of the header; the header, one JSON object padded
 * with spaces; the data. Source: the README of the safetensors project, and the checks of its
 * reference reader.
 *
 * @param source name of the file, for messages
 * @param size bytes of the header in the file, without those of its length
 * @param metadata the file's strings about itself, in the file's order
 * @param entries the tensors by name, in the order of their data
 */
public record SafeTensorsHeader(
    String source, int size, Map<String, String> metadata, Map<String, Entry> entries) {
  /** Longest header in bytes, as in the reference reader. */
  static final int LONGEST = 100_000_000;

  /** The key that names no tensor. */
  static final String METADATA = "__metadata__";

  /**
   * Makes a header whose maps can't be changed through it.
   *
   * @param source name of the file, for messages
   * @param size bytes of the header in the file, without those of its length
   * @param metadata the file's strings about itself, in the file's order
   * @param entries the tensors by name, in the order of their data
   */
  public SafeTensorsHeader {
    metadata = Collections.unmodifiableMap(metadata);
    entries = Collections.unmodifiableMap(entries);
  }

  /**
   * A tensor as the header describes it.
   *
   * @param name its name
   * @param dtype type of its elements
   * @param shape its dimensions; none for a scalar
   * @param count number of elements
   * @param begin offset of its first byte in the data
   * @param end offset after its last byte
   */
  public record Entry(
      String name, DType dtype, List<Long> shape, long count, long begin, long end) {}

  /**
   * Reads and checks a header. Nothing is allocated but the header, however large the tensors are
   * that it promises.
   *
   * @param in the file from its start; left at the first byte of the data
   * @param length bytes in the whole file
   * @param source name of the file, for messages
   * @return the header
   * @throws SafeTensorsException if the file breaks a rule of the format
   * @throws IOException if the stream fails
   */
  static SafeTensorsHeader read(InputStream in, long length, String source) throws IOException {
    checkLength(length, source);
    byte[] prefix = readFully(in, Long.BYTES, source);
    long size = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (size < 0 || size > LONGEST) {
      String foreign = ForeignFormat.describe(prefix);
      throw new SafeTensorsException(
          source,
          foreign == null
              ? "the header must have at most %d bytes, but has %s"
                  .formatted(LONGEST, Long.toUnsignedString(size))
              : "must be a safetensors file, which begins with the length of its header, but "
                  + foreign);
    }
    long dataLength = length - Long.BYTES - size;
    if (dataLength < 0) {
      throw new SafeTensorsException(
          source,
          "the file is truncated: its header must have %d bytes, but ends after %d"
              .formatted(size, length - Long.BYTES));
    }
    SafeTensorsHeaderParser parser = new SafeTensorsHeaderParser(source);
    parser.parse(readFully(in, (int) size, source));
    return new SafeTensorsHeader(
        source, (int) size, parser.metadata(), inDataOrder(parser.entries(), dataLength, source));
  }

  /** Refuses a file by its length alone, before it is opened. */
  static void checkLength(long length, String source) throws SafeTensorsException {
    if (length < Long.BYTES) {
      throw new SafeTensorsException(
          source, "a safetensors file must have at least 8 bytes, but has %d".formatted(length));
    }
  }

  /** Reads in chunks, so that a stream that ends early costs no more than what it holds. */
  private static byte[] readFully(InputStream in, int size, String source) throws IOException {
    byte[] bytes = in.readNBytes(size);
    if (bytes.length < size) {
      throw new SafeTensorsException(
          source,
          "the file is truncated: its header must have %d bytes, but ends after %d"
              .formatted(size, bytes.length));
    }
    return bytes;
  }

  /** Sorts the tensors by their place, and checks that they cover the data exactly. */
  private static Map<String, Entry> inDataOrder(
      Collection<Entry> entries, long dataLength, String source) throws SafeTensorsException {
    List<Entry> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    Map<String, Entry> inOrder = new LinkedHashMap<>();
    Entry before = null;
    for (Entry entry : sorted) {
      long end = before == null ? 0 : before.end();
      if (entry.begin() != end) {
        throw new SafeTensorsException(
            source,
            "tensor %s must begin at byte %d of the data%s, but begins at %d, which leaves %s"
                .formatted(
                    quote(entry.name()),
                    end,
                    after(before),
                    entry.begin(),
                    entry.begin() < end ? "an overlap" : "a hole"));
      }
      if (entry.end() > dataLength) {
        throw new SafeTensorsException(
            source,
            "the file is truncated: tensor %s must end at byte %d of the data, but that has %d"
                .formatted(quote(entry.name()), entry.end(), dataLength));
      }
      inOrder.put(entry.name(), entry);
      before = entry;
    }
    long end = before == null ? 0 : before.end();
    if (end != dataLength) {
      throw new SafeTensorsException(
          source,
          "the data must end at byte %d%s, but has %d bytes"
              .formatted(end, after(before), dataLength));
    }
    return inOrder;
  }

  private static String after(Entry before) {
    return before == null ? "" : ", where tensor %s ends".formatted(quote(before.name()));
  }
}
