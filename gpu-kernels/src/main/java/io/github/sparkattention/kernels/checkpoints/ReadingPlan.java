package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelConfig.Head;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.Tensors.Shape;
import io.github.sparkattention.kernels.checkpoints.FileNames.Place;
import io.github.sparkattention.kernels.files.NearestName;
import io.github.sparkattention.kernels.files.SafeTensors.Tensor;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import io.github.sparkattention.kernels.files.SafeTensorsHeader.Entry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which tensors of files become which tensors of a model, checked before any is read, and then read
 * one by one: of a tensor that is transposed or taken apart there is a second copy for a moment,
 * and of one at a time.
 */
final class ReadingPlan {
  /** What a message names of each kind of fault; the rest is counted. */
  private static final int MOST_SHOWN = 10;

  private final FileNames names;
  private final SortedMap<String, Shape> shapes;
  private final Map<String, List<Place>> placesByFile = new LinkedHashMap<>();

  private ReadingPlan(FileNames names, SortedMap<String, Shape> shapes) {
    this.names = names;
    this.shapes = shapes;
    for (String name : shapes.keySet()) {
      Place place = names.place(name);
      placesByFile.computeIfAbsent(place.file(), file -> new ArrayList<>()).add(place);
    }
  }

  /**
   * Plans to read a model.
   *
   * @param config the model
   * @param names the names in the files
   * @return the plan
   * @throws SafeTensorsException if a tensor is missing, left over, or of another shape; the
   *     message names them
   */
  static ReadingPlan of(ModelConfig config, FileNames names) throws SafeTensorsException {
    ReadingPlan plan = new ReadingPlan(names, shapes(config));
    plan.check(config);
    return plan;
  }

  /** The shapes of all tensors of a model. */
  static SortedMap<String, Shape> shapes(ModelConfig config) {
    SortedMap<String, Shape> shapes = new TreeMap<>(config.vectors().tensors());
    if (config.head() == Head.OWN) {
      shapes.put(ModelConfig.HEAD + ".weight", Shape.matrix(config.vocabulary(), config.width()));
    }
    return shapes;
  }

  /** How many of a model's tensors these files have; -1 if such files can't have all of them. */
  static int found(ModelConfig config, FileNames names) {
    if (names.joinsHeads() && config.heads().numKvHeads() != config.heads().numHeads()) {
      return -1;
    }
    int found = 0;
    for (String name : shapes(config).keySet()) {
      if (!names.knows(name)) {
        return -1;
      }
      found += names.entry(names.place(name).file()) == null ? 0 : 1;
    }
    return found;
  }

  private void check(ModelConfig config) throws SafeTensorsException {
    Set<String> left = new LinkedHashSet<>(names.source().names());
    left.removeAll(placesByFile.keySet());
    left.removeIf(names::skips);
    List<String> faults = new ArrayList<>();
    if (config.head() == Head.TIED && names.hasHead()) {
      left.remove(names.headName());
      Shape table = Shape.matrix(config.vocabulary(), config.width());
      checkShape(names.place(ModelConfig.HEAD + ".weight"), table, faults);
    }
    List<String> missing = new ArrayList<>();
    placesByFile.forEach(
        (file, places) -> {
          Place first = places.get(0);
          Shape shape = shapes.get(first.tensor());
          if (names.entry(file) == null) {
            missing.add(missing.size() < MOST_SHOWN ? missing(first, shape, left) : "");
          } else {
            checkShape(first, shape, faults);
          }
        });
    List<String> leftOver = left.stream().map(name -> describe(name) + " is left over").toList();
    if (missing.isEmpty() && faults.isEmpty() && leftOver.isEmpty()) {
      return;
    }
    List<String> shown = new ArrayList<>();
    add(shown, missing, "missing");
    add(shown, faults, "of another shape or type");
    add(shown, leftOver, "left over");
    throw new SafeTensorsException(
        names.source().source(),
        "the tensors must be those of the model, but "
            + String.join("; ", shown)
            + names.source().advice());
  }

  private static void add(List<String> shown, List<String> faults, String kind) {
    shown.addAll(faults.subList(0, Math.min(MOST_SHOWN, faults.size())));
    if (faults.size() > MOST_SHOWN) {
      shown.add("%d more are %s".formatted(faults.size() - MOST_SHOWN, kind));
    }
  }

  private static String missing(Place place, Shape shape, Set<String> left) {
    String nearest = NearestName.find(place.file(), left);
    return "%s %s is missing%s"
        .formatted(
            quote(place.file()),
            place.shapeInFile(shape),
            nearest == null ? "" : " (the nearest name is %s)".formatted(quote(nearest)));
  }

  private void checkShape(Place place, Shape shape, List<String> faults) {
    Entry entry = names.entry(place.file());
    List<Long> expected = place.shapeInFile(shape);
    if (!entry.shape().equals(expected)) {
      faults.add("%s must be %s".formatted(describe(place.file()), expected));
    } else if (!entry.dtype().isFloat()) {
      faults.add(
          "%s must be F32, F64, F16 or BF16, but is %s"
              .formatted(describe(place.file()), entry.dtype()));
    }
  }

  private String describe(String file) {
    return "%s %s".formatted(quote(file), names.entry(file).shape());
  }

  /** Where each tensor of the model comes from, for people. */
  SortedMap<String, String> origins() {
    SortedMap<String, String> origins = new TreeMap<>();
    placesByFile.forEach(
        (file, places) -> {
          for (Place place : places) {
            origins.put(place.tensor(), "%s of %s".formatted(place, names.source().source(file)));
          }
        });
    return origins;
  }

  /**
   * Reads tensors.
   *
   * @param wanted the tensors, and the shapes that they are to have
   * @return the tensors
   * @throws IllegalArgumentException if there is no such tensor
   * @throws SafeTensorsException if a value is NaN or infinite, or a file has changed
   * @throws IOException if reading fails
   */
  Tensors read(Map<String, Shape> wanted) throws IOException {
    wanted.forEach(
        (name, shape) -> {
          if (!shape.equals(shapes.get(name))) {
            throw new IllegalArgumentException(
                String.format(
                    "the program asks for a tensor '%s' %s, but the model has %s",
                    name, shape, shapes.containsKey(name) ? shapes.get(name) : "none"));
          }
        });
    Set<String> files = new LinkedHashSet<>();
    wanted.keySet().forEach(name -> files.add(names.place(name).file()));
    Tensors.Builder tensors = Tensors.builder();
    names
        .source()
        .read(
            files,
            tensor -> {
              checkFinite(tensor);
              for (Place place : placesByFile.get(tensor.name())) {
                if (wanted.containsKey(place.tensor())) {
                  Shape shape = shapes.get(place.tensor());
                  tensors.add(place.tensor(), values(place, shape, tensor.floats()), shape);
                }
              }
            });
    return tensors.build();
  }

  private void checkFinite(Tensor tensor) throws SafeTensorsException {
    float[] values = tensor.floats();
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new SafeTensorsException(
            names.source().source(tensor.name()),
            "tensor %s must hold finite floats, but holds %s as number %d of its %d values, read"
                    .formatted(quote(tensor.name()), values[i], i, values.length)
                + " from "
                + tensor.dtype());
      }
    }
  }

  private static float[] values(Place place, Shape shape, float[] values) {
    if (!place.transposed()) {
      int count = (int) shape.size();
      int begin = place.part() * count;
      return place.joined() == 1 ? values : Arrays.copyOfRange(values, begin, begin + count);
    }
    int rows = shape.rows();
    int stride = rows * place.joined();
    float[] transposed = new float[(int) shape.size()];
    for (int row = 0; row < rows; row++) {
      int from = place.part() * rows + row;
      for (int column = 0; column < shape.columns(); column++) {
        transposed[row * shape.columns() + column] = values[column * stride + from];
      }
    }
    return transposed;
  }
}
