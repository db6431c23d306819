package io.github.sparkattention.kernels;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The values of a backend's settings. Two are equal if all values are. */
public final class Settings {
  private final Map<String, Object> values = new HashMap<>();

  /**
   * Reads all values.
   *
   * @param settings the settings, with the names that the backend knows them by
   * @param prefix what these names start with where users write them
   * @param texts gives what the user wrote for such a whole name, or null
   * @throws IllegalArgumentException if what is set is no value; the message says which setting,
   *     what was expected and what was found
   */
  public Settings(List<Setting<?>> settings, String prefix, Function<String, String> texts) {
    for (Setting<?> setting : settings) {
      values.put(setting.name(), setting.below(prefix).read(texts));
    }
  }

  /**
   * The value of a setting.
   *
   * @param <T> the type of its values
   * @param setting one of those that were read
   * @return what the user set, or else the default, or null if there is none
   */
  @SuppressWarnings("unchecked") // What a setting of this name has parsed, it has parsed itself.
  public <T> T get(Setting<T> setting) {
    return (T) values.get(setting.name());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Settings settings && values.equals(settings.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return values.toString();
  }
}
