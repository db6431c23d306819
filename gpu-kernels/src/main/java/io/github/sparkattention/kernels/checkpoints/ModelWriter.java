package io.github.sparkattention.kernels.checkpoints;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelConfig.Head;
import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.Tensors.Shape;
import io.github.sparkattention.kernels.files.ModelTensors;
import io.github.sparkattention.kernels.files.SafeTensors;
import io.github.sparkattention.kernels.files.SafeTensors.Lazy;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Writes models as the transformers library keeps them, so that Python reads them: {@code
 * config.json} and {@code model.safetensors}, with the pooling as the sentence-transformers library
 * keeps it. {@link Checkpoint} reads back the same bits.
 *
 * <p>GPT-2's form has biases everywhere; a GPTModel of the book without those of queries, keys and
 * values is written with the book's names and settings.
 */
public final class ModelWriter {
  private static final JsonFactory JSON = new JsonFactory();

  private ModelWriter() {}

  /**
   * Writes a model into a folder of its own. The folder is there when it is complete, and not
   * before: until then it has a name of its own beside it.
   *
   * @param model the model, with all of its tensors
   * @param folder the folder, which must not be there yet
   * @throws IllegalArgumentException if no known family of models computes the same, or tensors are
   *     missing or of another shape
   * @throws FileAlreadyExistsException if the folder is there
   * @throws IOException if writing fails
   */
  public static void write(Model model, Path folder) throws IOException {
    if (Files.exists(folder)) {
      throw new FileAlreadyExistsException(folder.toString());
    }
    SortedMap<String, String> texts = new TreeMap<>(settings(model));
    Path unfinished = folder.resolveSibling(".unfinished-" + UUID.randomUUID());
    Files.createDirectory(unfinished);
    try {
      try (OutputStream out =
          new BufferedOutputStream(Files.newOutputStream(unfinished.resolve(ModelTensors.FILE)))) {
        writeTensors(model, out);
      }
      for (Map.Entry<String, String> text : texts.entrySet()) {
        Path file = unfinished.resolve(text.getKey());
        Files.createDirectories(file.getParent());
        Files.writeString(file, text.getValue());
      }
      if (model.normalize()) {
        Files.createDirectories(unfinished.resolve("2_Normalize"));
      }
      Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      delete(unfinished);
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /**
   * The settings of a model.
   *
   * @param model the model
   * @return texts of JSON by the names of their files in the model's folder: {@code config.json},
   *     and {@code modules.json} and {@code 1_Pooling/config.json} if vectors are pooled
   * @throws IllegalArgumentException if no known family of models computes the same
   */
  public static Map<String, String> settings(Model model) {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(SentenceFolder.CONFIG, json(WritingPlan.of(model.config()).settings()));
    if (model.pooling() != null) {
      List<Object> modules = new ArrayList<>();
      modules.add(module(0, "", "Transformer"));
      modules.add(module(1, "1_Pooling", "Pooling"));
      if (model.normalize()) {
        modules.add(module(2, "2_Normalize", "Normalize"));
      }
      texts.put("modules.json", json(modules));
      texts.put("1_Pooling/" + SentenceFolder.CONFIG, json(pooling(model)));
    }
    return texts;
  }

  private static Map<String, Object> module(int index, String path, String type) {
    Map<String, Object> module = new LinkedHashMap<>();
    module.put("idx", index);
    module.put("name", String.valueOf(index));
    module.put("path", path);
    module.put("type", "sentence_transformers.models." + type);
    return module;
  }

  private static Map<String, Object> pooling(Model model) {
    Pooling pooling = model.pooling();
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("word_embedding_dimension", model.config().width());
    settings.put("pooling_mode_cls_token", pooling == Pooling.CLS);
    settings.put("pooling_mode_mean_tokens", pooling == Pooling.MEAN);
    settings.put("pooling_mode_max_tokens", pooling == Pooling.MAX);
    settings.put("pooling_mode_mean_sqrt_len_tokens", false);
    settings.put("pooling_mode_weightedmean_tokens", false);
    settings.put("pooling_mode_lasttoken", pooling == Pooling.LAST);
    return settings;
  }

  /**
   * Writes the tensors of a model as a safetensors file of F32. Beside the model's own arrays it
   * holds one tensor at most. The stream is neither flushed nor closed.
   *
   * @param model the model, with all of its tensors
   * @param out receives the file
   * @throws IllegalArgumentException if no known family of models computes the same, or tensors are
   *     missing or of another shape
   * @throws IOException if the stream fails
   */
  public static void writeTensors(Model model, OutputStream out) throws IOException {
    ModelConfig config = model.config();
    Family family = WritingPlan.of(config).family();
    SortedMap<String, Shape> shapes = ReadingPlan.shapes(config);
    if (!model.tensors().shapes().equals(shapes)) {
      throw new IllegalArgumentException(
          "a model that is written must have the tensors %s, but has %s"
              .formatted(shapes, model.tensors().shapes()));
    }
    Map<String, Lazy> tensors = new LinkedHashMap<>();
    shapes.forEach(
        (name, shape) -> {
          TensorName tensor = TensorName.of(name);
          String file = name(family, tensor, config.head());
          if (family.joined(tensor) > 1) {
            // The first of those that are joined stands for all of them.
            tensors.putIfAbsent(file, joined(model.tensors(), tensor, shape, file));
          } else if (tensor.isMap() && !tensor.isHead() && family.isUsuallyTransposed()) {
            tensors.put(
                file,
                new Lazy(
                    file,
                    List.of((long) shape.columns(), (long) shape.rows()),
                    () -> {
                      float[] to = new float[(int) shape.size()];
                      transpose(model.tensors().values(name), shape, to, 0, shape.rows());
                      return to;
                    }));
          } else {
            List<Long> dimensions =
                shape.isVector()
                    ? List.of((long) shape.columns())
                    : List.of((long) shape.rows(), (long) shape.columns());
            tensors.put(file, new Lazy(file, dimensions, () -> model.tensors().values(name)));
          }
        });
    SafeTensors.writeLazily(out, Map.of("format", "pt"), List.copyOf(tensors.values()));
  }

  private static String name(Family family, TensorName tensor, Head head) {
    if (tensor.isHead()) {
      return family.head() + ".weight";
    }
    // A model without a head is no part of another, and so its tensors have nothing before them.
    return (head == Head.NONE ? "" : family.outer()) + family.names(tensor).get(0);
  }

  /** GPT-2's map of queries, keys and values [in, 3 · out], or their biases one after the other. */
  private static Lazy joined(Tensors tensors, TensorName tensor, Shape shape, String file) {
    List<String> parts =
        Stream.of("query", "key", "value")
            .map(layer -> ModelConfig.inBlock(tensor.block(), layer + "." + tensor.part()))
            .toList();
    int width = shape.isVector() ? shape.columns() : shape.rows();
    int joined = Math.multiplyExact(width, parts.size());
    List<Long> dimensions =
        shape.isVector() ? List.of((long) joined) : List.of((long) shape.columns(), (long) joined);
    return new Lazy(
        file,
        dimensions,
        () -> {
          float[] to = new float[Math.multiplyExact((int) shape.size(), parts.size())];
          for (int part = 0; part < parts.size(); part++) {
            float[] from = tensors.values(parts.get(part));
            if (shape.isVector()) {
              System.arraycopy(from, 0, to, part * width, width);
            } else {
              transpose(from, shape, to, part * width, joined);
            }
          }
          return to;
        });
  }

  /** Writes the rows of a matrix as columns, from a first one on. */
  private static void transpose(float[] from, Shape shape, float[] to, int first, int stride) {
    for (int row = 0; row < shape.rows(); row++) {
      for (int column = 0; column < shape.columns(); column++) {
        to[column * stride + first + row] = from[row * shape.columns() + column];
      }
    }
  }

  private static String json(Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json =
        JSON.createGenerator(text).setPrettyPrinter(new DefaultPrettyPrinter())) {
      write(json, value);
    } catch (IOException e) {
      throw new UncheckedIOException("a text in memory can't fail to be written", e);
    }
    return text + "\n";
  }

  private static void write(JsonGenerator json, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      json.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        json.writeFieldName((String) entry.getKey());
        write(json, entry.getValue());
      }
      json.writeEndObject();
    } else if (value instanceof List<?> list) {
      json.writeStartArray();
      for (Object element : list) {
        write(json, element);
      }
      json.writeEndArray();
    } else if (value instanceof Integer number) {
      json.writeNumber(number);
    } else if (value instanceof Float number) {
      json.writeNumber(number);
    } else if (value instanceof Double number) {
      json.writeNumber(number);
    } else if (value instanceof Boolean flag) {
      json.writeBoolean(flag);
    } else {
      json.writeString((String) value);
    }
  }
}
