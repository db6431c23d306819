package io.github.sparkattention.kernels.checkpoints;

import io.github.sparkattention.kernels.Tensors.Shape;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import io.github.sparkattention.kernels.files.SafeTensorsHeader.Entry;
import io.github.sparkattention.kernels.files.TensorSource;
import java.util.List;

/** Where the tensors of a model are in files, by the names that its family gives them. */
final class FileNames {
  private final Family family;
  private final TensorSource source;
  private final String outer;
  private final boolean transposed;

  /**
   * Looks at the names in the files.
   *
   * @param family the family of the model
   * @param source the files
   */
  FileNames(Family family, TensorSource source) {
    this.family = family;
    this.source = source;
    boolean within = source.names().stream().anyMatch(name -> name.startsWith(family.outer()));
    outer = within ? family.outer() : "";
    transposed = family.isUsuallyTransposed() && !isOutIn();
  }

  /**
   * Whether GPT-2's maps are [out, in] for once, as minGPT and nanoGPT keep them. The joined map
   * tells; those that are square don't, so that it tells of the whole file.
   */
  private boolean isOutIn() {
    for (String name : source.names()) {
      if (name.endsWith("attn.c_attn.weight")) {
        List<Long> shape = source.entry(name).shape();
        return shape.size() == 2 && shape.get(0) / 3 == shape.get(1) && shape.get(0) % 3 == 0;
      }
    }
    return false;
  }

  /**
   * Where a tensor is in the files.
   *
   * @param tensor its name by {@code ModelConfig}
   * @param file its name in the files, or the name of what it is joined to
   * @param part which of those that are joined it is
   * @param joined how many are joined
   * @param transposed whether the file keeps the columns as rows
   */
  record Place(String tensor, String file, int part, int joined, boolean transposed) {

    /** The shape in the file of what has the given shape in the model. */
    List<Long> shapeInFile(Shape shape) {
      long rows = (long) shape.rows() * joined;
      long columns = shape.columns();
      if (shape.isVector()) {
        return List.of(columns * joined);
      }
      return transposed ? List.of(columns, rows) : List.of(rows, columns);
    }

    @Override
    public String toString() {
      String whole = SafeTensorsException.quote(file) + (transposed ? ", transposed" : "");
      return joined == 1 ? whole : whole + ", part %d of %d".formatted(part + 1, joined);
    }
  }

  /** Whether models of the family have such a tensor. */
  boolean knows(String name) {
    return family.knows(TensorName.of(name));
  }

  /** Whether query, key and value are one tensor, so that they are equally wide. */
  boolean joinsHeads() {
    return family.joined(new TensorName(0, "query", "weight")) > 1;
  }

  /** Where a tensor is, or would be if it were there. */
  Place place(String name) {
    TensorName tensor = TensorName.of(name);
    if (tensor.isHead()) {
      String head = headName();
      return new Place(name, head, 0, 1, source.isTransposed(head, false));
    }
    List<String> names = family.names(tensor);
    String file =
        outer + names.stream().filter(each -> has(outer + each)).findFirst().orElse(names.get(0));
    return new Place(
        name,
        file,
        family.part(tensor),
        family.joined(tensor),
        tensor.isMap() && source.isTransposed(file, transposed));
  }

  /** The name that the head's table has in the files. */
  String headName() {
    return family.head() + ".weight";
  }

  boolean hasHead() {
    return family.head() != null && has(headName());
  }

  /**
   * Whether maps of this name have biases: where any block has one, all must, and where files don't
   * name all tensors, so that none can be told to be missing.
   */
  boolean hasBiases(String layer, int layers) {
    if (!source.namesAll()) {
      return true;
    }
    for (int block = 0; block < layers; block++) {
      if (has(outer + family.names(new TensorName(block, layer, "bias")).get(0))) {
        return true;
      }
    }
    return false;
  }

  /** Whether the model is part of one with a head, by the names of its tensors. */
  boolean isWithin() {
    return !outer.isEmpty() || family.outer().isEmpty();
  }

  /** Whether a tensor of the files has no part in what is computed. */
  boolean skips(String name) {
    return family.skips(name)
        || (name.startsWith(outer) && family.skips(name.substring(outer.length())));
  }

  /** What the files say of a tensor, or null if there is none. */
  Entry entry(String file) {
    return source.entry(file);
  }

  TensorSource source() {
    return source;
  }

  private boolean has(String file) {
    return source.entry(file) != null;
  }
}
