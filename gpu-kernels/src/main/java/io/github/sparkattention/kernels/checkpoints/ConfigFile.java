package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;
import static io.github.sparkattention.kernels.files.SafeTensorsException.shorten;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.sparkattention.kernels.files.ModelPath;
import io.github.sparkattention.kernels.files.ModelPath.Kind;
import io.github.sparkattention.kernels.files.ModelPath.Status;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import io.github.sparkattention.kernels.files.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A file of settings in JSON, such as {@code config.json}, or an object within one. Whatever is no
 * such value as is asked for is refused by its key and value, with the file's name.
 */
public final class ConfigFile {
  /** More than any model's settings have. */
  static final int LONGEST = 1 << 20;

  private static final int MOST_LEVELS = 32;

  private final String source;
  private final String prefix;
  private final Map<String, Object> values;

  private ConfigFile(String source, String prefix, Map<String, Object> values) {
    this.source = source;
    this.prefix = prefix;
    this.values = values;
  }

  /** A number as the file has it: whole ones and others, however large. */
  private record Numeral(String text, boolean isWhole) {
    @Override
    public String toString() {
      return shorten(text);
    }
  }

  /** Stands for a null, which a map of the settings must tell from a missing key. */
  private enum Null {
    NULL;

    @Override
    public String toString() {
      return "null";
    }
  }

  /** Reads a file that holds an object. */
  static ConfigFile read(ModelPath path) throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    parse(path, JsonToken.START_OBJECT, (text, json) -> values.putAll(object(text, json, 1)));
    return new ConfigFile(path.toString(), "", values);
  }

  /**
   * Reads the text of a file that holds an object. Bounding its length is for the caller.
   *
   * @param source the file's name, for messages
   * @param json the text, in UTF-8
   * @return the settings, in the file's order
   * @throws SafeTensorsException if the text is no such object, or has a key twice
   * @throws IOException if reading fails
   */
  public static ConfigFile parse(String source, byte[] json) throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    StrictJson text = new StrictJson(source, "file");
    text.parse(json, json.length, parser -> values.putAll(object(text, parser, 1)));
    return new ConfigFile(source, "", values);
  }

  /** Reads a file that holds an array of objects. */
  static List<ConfigFile> readAll(ModelPath path) throws IOException {
    List<Object> values = new ArrayList<>();
    parse(path, JsonToken.START_ARRAY, (text, json) -> values.addAll(array(text, json, 1)));
    List<ConfigFile> objects = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      objects.add(asObject(path.toString(), "", "element " + i, values.get(i)));
    }
    return objects;
  }

  @FunctionalInterface
  private interface Body {
    void parse(StrictJson text, JsonParser json) throws IOException;
  }

  private static void parse(ModelPath path, JsonToken start, Body body) throws IOException {
    Status status = path.status();
    String source = path.toString();
    if (status.kind() != Kind.FILE) {
      throw new SafeTensorsException(
          source,
          "must be a file of settings, but "
              + (status.kind() == Kind.FOLDER ? "is a folder" : "doesn't exist"));
    }
    if (status.length() > LONGEST) {
      throw new SafeTensorsException(
          source,
          "a file of settings must have at most %d bytes, but has %d"
              .formatted(LONGEST, status.length()));
    }
    byte[] bytes;
    try (InputStream in = path.open()) {
      bytes = in.readNBytes(LONGEST);
    }
    StrictJson text = new StrictJson(source, "file");
    text.parse(bytes, bytes.length, start, json -> body.parse(text, json));
  }

  private static Map<String, Object> object(StrictJson text, JsonParser json, int level)
      throws IOException {
    Map<String, Object> values = new LinkedHashMap<>();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String key = text.unicode("a key", json.currentName());
      json.nextToken();
      if (values.put(key, value(text, json, level)) != null) {
        throw text.refuse("%s must come once, but comes twice".formatted(quote(key)));
      }
    }
    return values;
  }

  private static List<Object> array(StrictJson text, JsonParser json, int level)
      throws IOException {
    List<Object> values = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      values.add(value(text, json, level));
    }
    return values;
  }

  private static Object value(StrictJson text, JsonParser json, int level) throws IOException {
    if (level == MOST_LEVELS) {
      throw text.refuse("objects must be nested %d deep at most".formatted(MOST_LEVELS));
    }
    return switch (json.currentToken()) {
      case START_OBJECT -> object(text, json, level + 1);
      case START_ARRAY -> array(text, json, level + 1);
      case VALUE_STRING -> text.unicode("a text", json.getText());
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> Null.NULL;
      case VALUE_NUMBER_INT -> new Numeral(json.getText(), true);
      default -> new Numeral(json.getText(), false);
    };
  }

  String source() {
    return source;
  }

  /** {@return the keys, in the file's order} */
  public Set<String> keys() {
    return values.keySet();
  }

  /**
   * Whether a key is there, and not null.
   *
   * @param key the key
   * @return true if it has a value
   */
  public boolean has(String key) {
    return values.containsKey(key) && values.get(key) != Null.NULL;
  }

  /** Whether a key is there, and null. */
  boolean isNull(String key) {
    return values.get(key) == Null.NULL;
  }

  /**
   * A whole number that must be there.
   *
   * @param key the key
   * @param least the least that it may be
   * @param most the most that it may be
   * @return the number
   * @throws SafeTensorsException if it is none, or out of this range
   */
  public int whole(String key, int least, int most) throws SafeTensorsException {
    if (has(key) && values.get(key) instanceof Numeral number && number.isWhole) {
      try {
        int value = Integer.parseInt(number.text);
        if (value >= least && value <= most) {
          return value;
        }
      } catch (NumberFormatException e) {
        // More than an int holds: refused as any other number out of range.
      }
    }
    throw refuse(key, "a whole number from %d to %d".formatted(least, most));
  }

  /**
   * A whole number that may be missing or null.
   *
   * @param key the key
   * @param least the least that it may be
   * @param most the most that it may be
   * @param otherwise what it is if it is missing
   * @return the number
   * @throws SafeTensorsException if it is something else, or out of this range
   */
  public int whole(String key, int least, int most, int otherwise) throws SafeTensorsException {
    return has(key) ? whole(key, least, most) : otherwise;
  }

  /**
   * An array of whole numbers that must be there.
   *
   * @param key the key
   * @param least the least that each may be
   * @param most the most that each may be
   * @return the numbers
   * @throws SafeTensorsException if it is something else
   */
  public int[] wholes(String key, int least, int most) throws SafeTensorsException {
    if (!(values.get(key) instanceof List<?> list)) {
      throw refuse(key, "an array of whole numbers");
    }
    int[] wholes = new int[list.size()];
    for (int i = 0; i < wholes.length; i++) {
      String element = "%s[%d]".formatted(key, i);
      wholes[i] =
          new ConfigFile(source, prefix, Map.of(element, list.get(i))).whole(element, least, most);
    }
    return wholes;
  }

  /**
   * A number that must be there.
   *
   * @param key the key
   * @return the number
   * @throws SafeTensorsException if it is none, or more than a double holds
   */
  public double number(String key) throws SafeTensorsException {
    if (values.get(key) instanceof Numeral number) {
      double value = Double.parseDouble(number.text);
      if (Double.isFinite(value)) {
        return value;
      }
    }
    throw refuse(key, "a number");
  }

  /** A number that may be missing or null. */
  double number(String key, double otherwise) throws SafeTensorsException {
    return has(key) ? number(key) : otherwise;
  }

  /**
   * A truth value that may be missing or null.
   *
   * @param key the key
   * @param otherwise what it is then
   * @return the value
   * @throws SafeTensorsException if it is something else
   */
  public boolean flag(String key, boolean otherwise) throws SafeTensorsException {
    if (!has(key)) {
      return otherwise;
    }
    if (values.get(key) instanceof Boolean flag) {
      return flag;
    }
    throw refuse(key, "true or false");
  }

  /**
   * A text that may be missing or null.
   *
   * @param key the key
   * @param otherwise what it is then
   * @return the text
   * @throws SafeTensorsException if it is something else
   */
  public String text(String key, String otherwise) throws SafeTensorsException {
    if (!has(key)) {
      return otherwise;
    }
    if (values.get(key) instanceof String text) {
      return text;
    }
    throw refuse(key, "a text");
  }

  /**
   * An array of texts that must be there.
   *
   * @param key the key
   * @return the texts
   * @throws SafeTensorsException if it is something else
   */
  public List<String> texts(String key) throws SafeTensorsException {
    List<String> texts = new ArrayList<>();
    if (values.get(key) instanceof List<?> list) {
      for (Object element : list) {
        if (element instanceof String text) {
          texts.add(text);
        }
      }
      if (texts.size() == list.size()) {
        return texts;
      }
    }
    throw refuse(key, "an array of texts");
  }

  /**
   * An array that must be there, each of whose elements is a text or an array of texts.
   *
   * @param key the key
   * @return the elements, where a text alone counts as an array of one
   * @throws SafeTensorsException if it is something else
   */
  public List<List<String>> textLists(String key) throws SafeTensorsException {
    List<List<String>> lists = new ArrayList<>();
    if (!(values.get(key) instanceof List<?> elements)) {
      throw refuse(key, "an array");
    }
    for (Object element : elements) {
      List<String> texts = new ArrayList<>();
      for (Object each : element instanceof List<?> list ? list : List.of(element)) {
        if (!(each instanceof String text)) {
          throw refuse("%s must have texts alone, but has %s".formatted(prefix + key, shown(each)));
        }
        texts.add(text);
      }
      lists.add(texts);
    }
    return lists;
  }

  /**
   * An array of a text and a whole number that must be there.
   *
   * @param key the key
   * @param least the least that the number may be
   * @param most the most that it may be
   * @return the text, with the number as its value
   * @throws SafeTensorsException if it is something else
   */
  public Map.Entry<String, Integer> textAndWhole(String key, int least, int most)
      throws SafeTensorsException {
    if (values.get(key) instanceof List<?> list
        && list.size() == 2
        && list.get(0) instanceof String text) {
      String number = key + "[1]";
      return Map.entry(
          text,
          new ConfigFile(source, prefix, Map.of(number, list.get(1))).whole(number, least, most));
    }
    throw refuse(key, "an array of a text and a whole number");
  }

  /**
   * Whether a key's value is an object.
   *
   * @param key the key
   * @return true if {@link #object} has settings to give
   */
  public boolean isObject(String key) {
    return values.get(key) instanceof Map;
  }

  /**
   * The settings within an object that must be there.
   *
   * @param key the object's key
   * @return its settings
   * @throws SafeTensorsException if it is no object
   */
  public ConfigFile object(String key) throws SafeTensorsException {
    return asObject(source, prefix, key, values.getOrDefault(key, Null.NULL));
  }

  /**
   * An array of objects that may be missing or null.
   *
   * @param key the key
   * @return the settings within each; none if it is missing
   * @throws SafeTensorsException if it is something else
   */
  public List<ConfigFile> objects(String key) throws SafeTensorsException {
    List<ConfigFile> objects = new ArrayList<>();
    if (!has(key)) {
      return objects;
    }
    if (!(values.get(key) instanceof List<?> list)) {
      throw refuse(key, "an array of objects");
    }
    for (Object element : list) {
      objects.add(asObject(source, prefix, "%s[%d]".formatted(key, objects.size()), element));
    }
    return objects;
  }

  private static ConfigFile asObject(String source, String prefix, String key, Object value)
      throws SafeTensorsException {
    if (!(value instanceof Map<?, ?> map)) {
      throw new SafeTensorsException(
          source, "%s must be an object, but is %s".formatted(prefix + key, shown(value)));
    }
    Map<String, Object> values = new LinkedHashMap<>();
    map.forEach((name, inner) -> values.put((String) name, inner));
    return new ConfigFile(source, prefix + key + ".", values);
  }

  /**
   * Refuses a setting that changes what is computed, unless it is missing or as good as that.
   *
   * @param key the key
   * @param harmless what it may be, as messages show it; besides null and what is empty
   * @throws SafeTensorsException if it is something else
   */
  public void requireHarmless(String key, String... harmless) throws SafeTensorsException {
    if (!has(key)) {
      return;
    }
    Object value = values.get(key);
    boolean empty =
        (value instanceof List<?> list && list.isEmpty())
            || (value instanceof Map<?, ?> map && map.isEmpty());
    if (empty) {
      return;
    }
    for (String each : harmless) {
      if (isEqual(value, each)) {
        return;
      }
    }
    throw refuse(key, harmless.length == 0 ? "missing" : String.join(" or ", harmless));
  }

  private static boolean isEqual(Object value, String expected) {
    if (value instanceof Numeral number && expected.matches("[\\d.]+")) {
      return Double.parseDouble(number.text) == Double.parseDouble(expected);
    }
    return value.toString().equals(expected);
  }

  /**
   * Refuses a setting by its key and value.
   *
   * @param key the key
   * @param expected what must be there
   * @return what to throw
   */
  public SafeTensorsException refuse(String key, String expected) {
    return new SafeTensorsException(
        source,
        "%s must be %s, but is %s"
            .formatted(
                shorten(prefix + key),
                expected,
                values.containsKey(key) ? shown(values.get(key)) : "missing"));
  }

  /**
   * Refuses the settings, for a reason that names them.
   *
   * @param message what is wrong
   * @return what to throw
   */
  public SafeTensorsException refuse(String message) {
    return new SafeTensorsException(source, message);
  }

  private static String shown(Object value) {
    if (value instanceof String text) {
      return quote(text);
    }
    return shorten(value.toString());
  }
}
