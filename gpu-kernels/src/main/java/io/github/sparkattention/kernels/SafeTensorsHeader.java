package io.github.sparkattention.kernels;

import static io.github.sparkattention.kernels.SafeTensorsException.quote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file: what tensors there are, and where their bytes lie. An instance
 * has passed every rule of the format, so that its entries cover the data exactly.
 *
 * <p>The format: 8 bytes little-endian length of the header; the header, one JSON object padded
 * with spaces; the data. Source: the README of the safetensors project and the checks of its
 * reference reader. Stricter than that one: a name or key must not come twice, an entry must not
 * have other keys, and a tensor may have at most {@value #MOST_DIMENSIONS} dimensions.
 */
final class SafeTensorsHeader {
  /** Longest header in bytes, as in the reference reader. */
  static final int LONGEST_HEADER = 100_000_000;

  /** More than any library handles; it keeps a hostile shape from filling the memory. */
  static final int MOST_DIMENSIONS = 64;

  static final String METADATA = "__metadata__";

  // A file's names come once each, so a table of them would only be there to be attacked.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(3) // the header, an entry, its shape
                  .maxStringLength(LONGEST_HEADER)
                  .build())
          .build();

  private final String source;
  private final Map<String, String> metadata;
  private final Map<String, Entry> entries;

  private SafeTensorsHeader(
      String source, Map<String, String> metadata, Map<String, Entry> entries) {
    this.source = source;
    this.metadata = Collections.unmodifiableMap(metadata);
    this.entries = Collections.unmodifiableMap(entries);
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
  record Entry(String name, DType dtype, List<Long> shape, long count, long begin, long end) {}

  /**
   * Reads and checks a header. Before that has succeeded, nothing is allocated but the header.
   *
   * @param in the file from its start; left at the first byte of the data
   * @param length bytes in the whole file
   * @param source name of the file, for messages
   * @return the header
   * @throws SafeTensorsException if the file breaks a rule of the format
   * @throws IOException if the stream fails
   */
  static SafeTensorsHeader read(InputStream in, long length, String source) throws IOException {
    return new Reading(source).read(in, length);
  }

  String source() {
    return source;
  }

  /** The file's own remarks, in its order. */
  Map<String, String> metadata() {
    return metadata;
  }

  /** The tensors by name, in the order of their data. */
  Map<String, Entry> entries() {
    return entries;
  }

  /** One pass over a header; what is found so far, and the name of the file for messages. */
  private static final class Reading {
    private final String source;
    private final Map<String, Entry> entries = new HashMap<>();
    private Map<String, String> metadata;

    Reading(String source) {
      this.source = source;
    }

    SafeTensorsHeader read(InputStream in, long length) throws IOException {
      if (length < Long.BYTES) {
        throw refuse("a safetensors file must have at least 8 bytes, but has %d".formatted(length));
      }
      long size =
          ByteBuffer.wrap(readFully(in, Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN).getLong();
      if (size < 0 || size > LONGEST_HEADER) {
        throw refuse(
            "the header must have at most %d bytes, but has %s"
                .formatted(LONGEST_HEADER, Long.toUnsignedString(size)));
      }
      long dataLength = length - Long.BYTES - size;
      if (dataLength < 0) {
        throw refuse(
            "the file is truncated: its header of %d bytes ends after the %d bytes of the file"
                .formatted(size, length));
      }
      parse(readFully(in, (int) size));
      return new SafeTensorsHeader(
          source, metadata == null ? Map.of() : metadata, inDataOrder(dataLength));
    }

    /** Reads in chunks, so that a stream that ends early costs no more than what it holds. */
    private byte[] readFully(InputStream in, int size) throws IOException {
      byte[] bytes = in.readNBytes(size);
      if (bytes.length < size) {
        throw refuse(
            "the file is truncated: its header must have %d bytes, but ends after %d"
                .formatted(size, bytes.length));
      }
      return bytes;
    }

    private void parse(byte[] header) throws IOException {
      if (header.length == 0 || header[0] != '{') {
        throw refuse(
            "the header must begin with '{', but %s"
                .formatted(
                    header.length == 0
                        ? "is empty"
                        : "begins with byte 0x%02x".formatted(header[0])));
      }
      int end = header.length;
      while (header[end - 1] == ' ') {
        end--;
      }
      if (header[end - 1] != '}') {
        throw refuse(
            "the header must end with '}' and spaces, but ends with byte 0x%02x"
                .formatted(header[end - 1]));
      }
      // A decoder of our own reports bad UTF-8; Jackson's would guess UTF-16 or let some pass.
      try (Reader text =
              new InputStreamReader(
                  new ByteArrayInputStream(header, 0, end), StandardCharsets.UTF_8.newDecoder());
          JsonParser json = JSON.createParser(text)) {
        parse(json);
      } catch (CharacterCodingException e) {
        throw new SafeTensorsException(source, "the header must be UTF-8, but is not", e);
      } catch (JsonProcessingException e) {
        throw new SafeTensorsException(
            source, "the header must be a JSON object, but is not: " + e.getOriginalMessage(), e);
      }
    }

    private void parse(JsonParser json) throws IOException {
      json.nextToken(); // the brace, as seen above
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = unicode("a name", json.currentName());
        if (name.equals(METADATA)) {
          if (metadata != null) {
            throw refuse("%s must come once, but comes twice".formatted(METADATA));
          }
          metadata = parseMetadata(json);
        } else if (entries.put(name, parseEntry(name, json)) != null) {
          throw refuse("tensor %s must come once, but comes twice".formatted(quote(name)));
        }
      }
      if (json.nextToken() != null) {
        throw refuse("the header must be one JSON object, but goes on after it");
      }
    }

    private Map<String, String> parseMetadata(JsonParser json) throws IOException {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw refuse("%s must be an object of strings, but is %s".formatted(METADATA, found(json)));
      }
      Map<String, String> strings = new LinkedHashMap<>();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = unicode("a key of " + METADATA, json.currentName());
        if (json.nextToken() != JsonToken.VALUE_STRING) {
          throw refuse(
              "%s must hold a string for %s, but holds %s"
                  .formatted(METADATA, quote(key), found(json)));
        }
        if (strings.put(key, unicode("a value of " + METADATA, json.getText())) != null) {
          throw refuse("%s must hold %s once, but holds it twice".formatted(METADATA, quote(key)));
        }
      }
      return strings;
    }

    private Entry parseEntry(String name, JsonParser json) throws IOException {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw refuse("tensor %s must be an object, but is %s".formatted(quote(name), found(json)));
      }
      DType dtype = null;
      List<Long> shape = null;
      List<Long> offsets = null;
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String key = json.currentName();
        json.nextToken();
        boolean twice =
            switch (key) {
              case "dtype" -> dtype != null;
              case "shape" -> shape != null;
              case "data_offsets" -> offsets != null;
              default ->
                  throw refuse(
                      "tensor %s must have dtype, shape and data_offsets only, but has %s"
                          .formatted(quote(name), quote(key)));
            };
        if (twice) {
          throw refuse("tensor %s must have one %s, but has two".formatted(quote(name), key));
        }
        switch (key) {
          case "dtype" -> dtype = parseDType(name, json);
          case "shape" -> shape = parseIntegers(name, key, MOST_DIMENSIONS, json);
          default -> offsets = parseIntegers(name, key, 2, json);
        }
      }
      if (dtype == null || shape == null || offsets == null) {
        throw refuse(
            "tensor %s must have a %s, but has none"
                .formatted(
                    quote(name),
                    dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
      }
      return checkedEntry(name, dtype, shape, offsets);
    }

    private DType parseDType(String name, JsonParser json) throws IOException {
      if (json.currentToken() == JsonToken.VALUE_STRING) {
        for (DType dtype : DType.values()) {
          if (dtype.name().equals(json.getText())) {
            return dtype;
          }
        }
      }
      throw refuse(
          "tensor %s must have a dtype of the format, such as F32, but has %s"
              .formatted(quote(name), found(json)));
    }

    private List<Long> parseIntegers(String name, String key, int most, JsonParser json)
        throws IOException {
      if (json.currentToken() != JsonToken.START_ARRAY) {
        throw refuse(
            "tensor %s must have an array as its %s, but has %s"
                .formatted(quote(name), key, found(json)));
      }
      List<Long> integers = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (integers.size() == most) {
          throw refuse(
              "tensor %s must have at most %d numbers in its %s, but has more"
                  .formatted(quote(name), most, key));
        }
        integers.add(parseInteger(name, key, json));
      }
      return List.copyOf(integers);
    }

    private long parseInteger(String name, String key, JsonParser json) throws IOException {
      if (json.currentToken() == JsonToken.VALUE_NUMBER_INT && !json.getText().startsWith("-")) {
        try {
          return Long.parseLong(json.getText());
        } catch (NumberFormatException e) {
          // More than 63 bits: refused as any other number that is no length of anything.
        }
      }
      throw refuse(
          "tensor %s must have integers from 0 to 2^63 - 1 in its %s, but has %s"
              .formatted(quote(name), key, found(json)));
    }

    private Entry checkedEntry(String name, DType dtype, List<Long> shape, List<Long> offsets)
        throws SafeTensorsException {
      if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
        throw refuse(
            "tensor %s must have two data_offsets in ascending order, but has %s"
                .formatted(quote(name), offsets));
      }
      long count = 1;
      long bits;
      try {
        for (long dimension : shape) {
          count = Math.multiplyExact(count, dimension);
        }
        bits = Math.multiplyExact(count, dtype.bits());
      } catch (ArithmeticException e) {
        throw new SafeTensorsException(
            source,
            "tensor %s must have a size that fits 63 bits, but is %s %s"
                .formatted(quote(name), dtype, shape),
            e);
      }
      if (bits % Byte.SIZE != 0) {
        throw refuse(
            "tensor %s must fill whole bytes, but is %s %s with %d bits"
                .formatted(quote(name), dtype, shape, bits));
      }
      long size = offsets.get(1) - offsets.get(0);
      if (size != bits / Byte.SIZE) {
        throw refuse(
            "tensor %s must have %d bytes as %s %s, but has %d by its data_offsets %s"
                .formatted(quote(name), bits / Byte.SIZE, dtype, shape, size, offsets));
      }
      return new Entry(name, dtype, shape, count, offsets.get(0), offsets.get(1));
    }

    private Map<String, Entry> inDataOrder(long dataLength) throws SafeTensorsException {
      List<Entry> sorted = new ArrayList<>(entries.values());
      sorted.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
      Map<String, Entry> inOrder = new LinkedHashMap<>();
      long end = 0;
      String before = "the start of the data";
      for (Entry entry : sorted) {
        if (entry.begin() != end) {
          throw refuse(
              "tensor %s must begin at byte %d, after %s, but begins at %d, which leaves %s"
                  .formatted(
                      quote(entry.name()),
                      end,
                      before,
                      entry.begin(),
                      entry.begin() < end ? "an overlap" : "a hole"));
        }
        if (entry.end() > dataLength) {
          throw refuse(
              "the file is truncated: tensor %s ends at byte %d of the data, but that has %d"
                  .formatted(quote(entry.name()), entry.end(), dataLength));
        }
        end = entry.end();
        before = "tensor " + quote(entry.name());
        inOrder.put(entry.name(), entry);
      }
      if (end != dataLength) {
        throw refuse(
            "the data must end at byte %d, after %s, but has %d bytes"
                .formatted(end, before, dataLength));
      }
      return inOrder;
    }

    private String unicode(String what, String text) throws SafeTensorsException {
      // Half of a surrogate pair can be written as an escape; no UTF-8 writes it.
      if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
        throw refuse("%s must be Unicode, but %s is not".formatted(what, quote(text)));
      }
      return text;
    }

    private static String found(JsonParser json) throws IOException {
      JsonToken token = json.currentToken();
      return switch (token) {
        case START_OBJECT -> "an object";
        case START_ARRAY -> "an array";
        case VALUE_STRING -> quote(json.getText());
        default -> SafeTensorsException.shorten(json.getText());
      };
    }

    private SafeTensorsException refuse(String message) {
      return new SafeTensorsException(source, message);
    }
  }
}
