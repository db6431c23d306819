package io.github.sparkattention.kernels.files;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;
import static io.github.sparkattention.kernels.files.SafeTensorsHeader.METADATA;
import static io.github.sparkattention.kernels.files.StrictJson.found;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.sparkattention.kernels.files.SafeTensorsHeader.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the JSON of a safetensors header, one pass from its first byte to its last, and checks each
 * tensor by itself.
 *
 * <p>It is stricter than the reference reader: a name or a key must not come twice, a tensor must
 * not have other keys than the format's, and at most {@value #MOST_DIMENSIONS} dimensions.
 */
final class SafeTensorsHeaderParser {
  /** More than any library handles; it keeps a hostile shape from filling the memory. */
  static final int MOST_DIMENSIONS = 64;

  private final String source;
  private final StrictJson text;
  private final Map<String, Entry> entries = new HashMap<>();
  private Map<String, String> metadata;

  SafeTensorsHeaderParser(String source) {
    this.source = source;
    text = new StrictJson(source, "header");
  }

  Map<String, String> metadata() {
    return metadata == null ? Map.of() : metadata;
  }

  Collection<Entry> entries() {
    return entries.values();
  }

  void parse(byte[] header) throws IOException {
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
    text.parse(header, end, this::parse);
  }

  private void parse(JsonParser json) throws IOException {
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = text.unicode("a name", json.currentName());
      if (name.equals(METADATA)) {
        if (metadata != null) {
          throw refuse("%s must come once, but comes twice".formatted(METADATA));
        }
        metadata = parseMetadata(json);
      } else if (entries.put(name, parseEntry(name, json)) != null) {
        throw refuse("tensor %s must come once, but comes twice".formatted(quote(name)));
      }
    }
  }

  private Map<String, String> parseMetadata(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw refuse("%s must be an object of strings, but is %s".formatted(METADATA, found(json)));
    }
    Map<String, String> strings = new LinkedHashMap<>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String key = text.unicode("a key of " + METADATA, json.currentName());
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        throw refuse(
            "%s must hold a string for %s, but holds %s"
                .formatted(METADATA, quote(key), found(json)));
      }
      if (strings.put(key, text.unicode("a value of " + METADATA, json.getText())) != null) {
        throw refuse("%s must hold %s once, but holds it twice".formatted(METADATA, quote(key)));
      }
    }
    return strings;
  }

  private Entry parseEntry(String name, JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_OBJECT) {
      throw refuse("tensor %s must be an object, but is %s".formatted(quote(name), found(json)));
    }
    Set<String> keys = new HashSet<>();
    DType dtype = null;
    List<Long> shape = null;
    List<Long> offsets = null;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String key = json.currentName();
      if (!keys.add(key)) {
        throw refuse(
            "tensor %s must have %s once, but has it twice".formatted(quote(name), quote(key)));
      }
      json.nextToken();
      switch (key) {
        case "dtype" -> dtype = parseDType(name, json);
        case "shape" -> shape = parseIntegers(name, key, MOST_DIMENSIONS, json);
        case "data_offsets" -> offsets = parseIntegers(name, key, 2, json);
        default ->
            throw refuse(
                "tensor %s must have dtype, shape and data_offsets only, but has %s"
                    .formatted(quote(name), quote(key)));
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      throw refuse(
          "tensor %s must have a %s, but has none"
              .formatted(
                  quote(name), dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
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

  private SafeTensorsException refuse(String message) {
    return new SafeTensorsException(source, message);
  }
}
