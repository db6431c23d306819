package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.files.ModelPath;
import io.github.sparkattention.kernels.files.ModelPath.Kind;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A folder as the sentence-transformers library lays it: a transformer, how its vectors are pooled,
 * and whether the result is normalized. {@code modules.json} lists these modules; without it they
 * are told by the names of their folders.
 *
 * @param transformer the folder with the transformer
 * @param poolingConfig the settings of the pooling, or null where there is none
 * @param pooling the pooling, or null
 * @param normalize whether the pooled vector is normalized
 */
record SentenceFolder(
    ModelPath transformer, ConfigFile poolingConfig, Pooling pooling, boolean normalize) {
  static final String CONFIG = "config.json";

  private static final String MODULES = "modules.json";
  private static final int MOST_WIDTH = Integer.MAX_VALUE;

  /** The settings of a pooling, each a way to pool. */
  private static final Map<String, Pooling> MODES =
      new TreeMap<>(
          Map.of(
              "pooling_mode_cls_token", Pooling.CLS,
              "pooling_mode_mean_tokens", Pooling.MEAN,
              "pooling_mode_max_tokens", Pooling.MAX,
              "pooling_mode_lasttoken", Pooling.LAST));

  /** The modules in their only order. */
  private static final List<String> ORDER = List.of("Transformer", "Pooling", "Normalize");

  /**
   * Looks at a folder.
   *
   * @param folder the folder
   * @return what it holds
   * @throws SafeTensorsException if a module or a pooling is not computed here
   * @throws IOException if reading fails
   */
  static SentenceFolder open(ModelPath folder) throws IOException {
    ModelPath modules = folder.child(MODULES);
    if (modules.status().kind() == Kind.FILE) {
      return listed(folder, modules);
    }
    ModelPath transformer = folder;
    if (folder.child(CONFIG).status().kind() != Kind.FILE) {
      transformer = folder.child("0_Transformer");
      if (transformer.status().kind() != Kind.FOLDER) {
        throw new SafeTensorsException(
            folder.toString(),
            "a folder with a model must hold config.json, or a folder 0_Transformer with one, but"
                + " holds neither");
      }
    }
    for (String name : List.of("2_Dense", "3_Dense")) {
      if (folder.child(name).status().kind() == Kind.FOLDER) {
        throw new SafeTensorsException(
            folder.toString(), "the modules must be %s, but there is %s".formatted(ORDER, name));
      }
    }
    ModelPath pooling = folder.child("1_Pooling");
    boolean normalize = folder.child("2_Normalize").status().kind() == Kind.FOLDER;
    if (pooling.status().kind() == Kind.FOLDER) {
      return of(transformer, pooling, normalize);
    }
    if (normalize) {
      throw new SafeTensorsException(
          folder.toString(), "vectors that 2_Normalize normalizes must be pooled by 1_Pooling");
    }
    return new SentenceFolder(transformer, null, null, false);
  }

  private static SentenceFolder listed(ModelPath folder, ModelPath modules) throws IOException {
    Map<Integer, ConfigFile> byIndex = new TreeMap<>();
    for (ConfigFile module : ConfigFile.readAll(modules)) {
      if (byIndex.put(module.whole("idx", 0, ConfigFile.LONGEST), module) != null) {
        throw module.refuse("idx", "different for each module");
      }
    }
    List<ModelPath> folders = new ArrayList<>();
    for (ConfigFile module : byIndex.values()) {
      String type = module.text("type", "");
      String kind = type.substring(type.lastIndexOf('.') + 1);
      int index = folders.size();
      if (index == ORDER.size() || !kind.equals(ORDER.get(index))) {
        throw module.refuse(
            "type",
            index == ORDER.size()
                ? "missing after Normalize"
                : "a %s as module %d".formatted(ORDER.get(index), index));
      }
      folders.add(child(folder, module));
    }
    return switch (folders.size()) {
      case 0 ->
          throw new SafeTensorsException(
              modules.toString(), "the modules must begin with a Transformer, but there are none");
      case 1 -> new SentenceFolder(folders.get(0), null, null, false);
      default -> of(folders.get(0), folders.get(1), folders.size() == ORDER.size());
    };
  }

  /** Refuses whatever may lead out of the folder, before anything is opened. */
  private static ModelPath child(ModelPath folder, ConfigFile module) throws SafeTensorsException {
    String path = module.text("path", "");
    if (!path.matches("[\\w-]*")) {
      throw module.refuse("path", "the name of a folder beside this file, or empty");
    }
    return path.isEmpty() ? folder : folder.child(path);
  }

  private static SentenceFolder of(ModelPath transformer, ModelPath folder, boolean normalize)
      throws IOException {
    ConfigFile config = ConfigFile.read(folder.child(CONFIG));
    return new SentenceFolder(transformer, config, pooling(config), normalize);
  }

  private static Pooling pooling(ConfigFile config) throws SafeTensorsException {
    config.requireHarmless("include_prompt", "true");
    if (config.has("pooling_mode")) {
      return switch (config.text("pooling_mode", "")) {
        case "cls" -> Pooling.CLS;
        case "mean" -> Pooling.MEAN;
        case "max" -> Pooling.MAX;
        case "lasttoken" -> Pooling.LAST;
        default -> throw config.refuse("pooling_mode", "cls, mean, max or lasttoken");
      };
    }
    String found = null;
    for (String key : config.keys()) {
      if (!key.startsWith("pooling_mode_") || !config.flag(key, false)) {
        continue;
      }
      if (!MODES.containsKey(key)) {
        throw config.refuse(key, "false, since only %s are computed".formatted(MODES.keySet()));
      }
      if (found != null) {
        throw config.refuse(key, "false, since %s is true and only one may be".formatted(found));
      }
      found = key;
    }
    if (found == null) {
      throw config.refuse("one of %s must be true, but none is".formatted(MODES.keySet()));
    }
    return MODES.get(found);
  }

  /** Refuses a pooling of vectors of another width. */
  void checkWidth(int width) throws SafeTensorsException {
    if (poolingConfig == null) {
      return;
    }
    for (String key : List.of("word_embedding_dimension", "embedding_dimension")) {
      if (poolingConfig.whole(key, 1, MOST_WIDTH, width) != width) {
        throw poolingConfig.refuse(
            key, "%d, which is the width of the transformer".formatted(width));
      }
    }
  }

  @Override
  public String toString() {
    if (pooling == null) {
      return "no pooling is given";
    }
    return "vectors are pooled by %s%s, says %s"
        .formatted(pooling, normalize ? " and normalized" : "", quote(poolingConfig.source()));
  }
}
