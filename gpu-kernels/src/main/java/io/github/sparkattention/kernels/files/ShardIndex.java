package io.github.sparkattention.kernels.files;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;
import static io.github.sparkattention.kernels.files.StrictJson.found;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The index of a model in several safetensors files, its shards: which tensor is in which of them.
 * An instance has passed every rule; the shards themselves are yet to be looked at.
 *
 * <p>The format: a JSON object of {@code metadata}, which is skipped, and {@code weight_map}, an
 * object with the name of a file in the same folder for each tensor. Source: the files that the
 * transformers library writes.
 *
 * @param source name of the index, for messages
 * @param weightMap shards by the names of their tensors, in the file's order
 */
record ShardIndex(String source, Map<String, String> weightMap) {
  /** Many times what there are of the largest models; each costs a look at the file system. */
  static final int MOST_SHARDS = 10_000;

  private static final String METADATA = "metadata";
  private static final String WEIGHT_MAP = "weight_map";

  /** What file systems allow. */
  private static final int LONGEST_NAME = 255;

  ShardIndex {
    weightMap = Collections.unmodifiableMap(weightMap);
  }

  /**
   * Reads and checks an index.
   *
   * @param in the index from its start
   * @param length bytes in the whole index
   * @param source name of the index, for messages
   * @return the index
   * @throws SafeTensorsException if it breaks a rule of the format
   * @throws IOException if the stream fails
   */
  static ShardIndex read(InputStream in, long length, String source) throws IOException {
    if (length > SafeTensorsHeader.LONGEST) {
      throw new SafeTensorsException(
          source,
          "an index of shards must have at most %d bytes, but has %d"
              .formatted(SafeTensorsHeader.LONGEST, length));
    }
    byte[] text = in.readNBytes((int) length);
    if (text.length < length) {
      throw new SafeTensorsException(
          source,
          "the file is truncated: it must have %d bytes, but ends after %d"
              .formatted(length, text.length));
    }
    Parser parser = new Parser(new StrictJson(source, "index"));
    parser.json.parse(text, text.length, parser::parse);
    if (parser.weightMap == null) {
      throw new SafeTensorsException(source, "the index must have a weight_map, but has none");
    }
    return new ShardIndex(source, parser.weightMap);
  }

  /** One tensor of each shard, by the names of the shards, in their order. */
  Map<String, String> shards() {
    Map<String, String> shards = new TreeMap<>();
    weightMap.forEach((tensor, shard) -> shards.putIfAbsent(shard, tensor));
    return shards;
  }

  /** One pass over the JSON. */
  private static final class Parser {
    private final StrictJson json;
    private final Map<String, String> shards = new HashMap<>();
    private boolean hasMetadata;
    private Map<String, String> weightMap;

    Parser(StrictJson json) {
      this.json = json;
    }

    void parse(JsonParser at) throws IOException {
      while (at.nextToken() != JsonToken.END_OBJECT) {
        String key = json.unicode("a key of the index", at.currentName());
        at.nextToken();
        switch (key) {
          case METADATA -> skipMetadata(at);
          case WEIGHT_MAP -> parseWeightMap(at);
          default ->
              throw json.refuse(
                  "the index must have metadata and weight_map only, but has %s"
                      .formatted(quote(key)));
        }
      }
    }

    private void skipMetadata(JsonParser at) throws IOException {
      if (hasMetadata) {
        throw json.refuse("the index must have metadata once, but has it twice");
      }
      hasMetadata = true;
      if (at.currentToken() != JsonToken.START_OBJECT) {
        throw json.refuse("metadata must be an object, but is %s".formatted(found(at)));
      }
      at.skipChildren();
    }

    private void parseWeightMap(JsonParser at) throws IOException {
      if (weightMap != null) {
        throw json.refuse("the index must have weight_map once, but has it twice");
      }
      weightMap = new LinkedHashMap<>();
      if (at.currentToken() != JsonToken.START_OBJECT) {
        throw json.refuse(
            "weight_map must be an object of names of files, but is %s".formatted(found(at)));
      }
      while (at.nextToken() != JsonToken.END_OBJECT) {
        String tensor = json.unicode("a name", at.currentName());
        if (at.nextToken() != JsonToken.VALUE_STRING) {
          throw json.refuse(
              "weight_map must give tensor %s the name of a file, but gives %s"
                  .formatted(quote(tensor), found(at)));
        }
        if (weightMap.put(tensor, shard(tensor, at.getText())) != null) {
          throw json.refuse(
              "weight_map must have tensor %s once, but has it twice".formatted(quote(tensor)));
        }
      }
    }

    /** Refuses whatever may lead out of the folder, before anything is opened. */
    private String shard(String tensor, String name) throws SafeTensorsException {
      boolean plain =
          name.length() <= LONGEST_NAME
              && name.endsWith(".safetensors")
              && name.chars().noneMatch(c -> c == '/' || c == '\\' || Character.isISOControl(c));
      if (!plain) {
        throw json.refuse(
            ("weight_map must give tensor %s a file in the index's own folder whose name ends in"
                    + " .safetensors, but gives %s")
                .formatted(quote(tensor), quote(name)));
      }
      json.unicode("the name of a shard", name);
      // Each name once in memory, however many tensors are in its file.
      String known = shards.putIfAbsent(name, name);
      if (shards.size() > MOST_SHARDS) {
        throw json.refuse(
            "the index must have at most %d shards, but has more".formatted(MOST_SHARDS));
      }
      return known == null ? name : known;
    }
  }
}
