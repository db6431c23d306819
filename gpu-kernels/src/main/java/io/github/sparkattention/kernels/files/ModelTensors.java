package io.github.sparkattention.kernels.files;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import io.github.sparkattention.kernels.files.ModelPath.Kind;
import io.github.sparkattention.kernels.files.ModelPath.Status;
import io.github.sparkattention.kernels.files.SafeTensors.Sink;
import io.github.sparkattention.kernels.files.SafeTensors.Tensor;
import io.github.sparkattention.kernels.files.SafeTensorsHeader.Entry;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tensors of a model, in one safetensors file or in several, its shards, that an index joins.
 *
 * <p>All headers are read and checked first, so that it is known which tensors there are, of what
 * shapes and in which files, before any of them is allocated; then tensors are read by their names.
 * Each shard is checked as strictly as a file by itself, and index and shards must agree on every
 * tensor. Files are not held open, and one that changes between its header and its tensors is
 * refused.
 */
public final class ModelTensors {
  /** The name of a model's file in its folder. */
  public static final String FILE = "model.safetensors";

  /** The name of the index of a model's shards in its folder. */
  public static final String INDEX = FILE + ".index.json";

  private static final String JSON = ".json";

  /** What the libraries call one file of several. */
  private static final Pattern SHARD = Pattern.compile(".*-\\d{5}-of-(\\d{5})\\.safetensors");

  private final String source;
  private final boolean sharded;
  private final List<ModelFile> files;
  private final Map<String, ModelFile> fileByTensor = new LinkedHashMap<>();

  private ModelTensors(String source, boolean sharded, List<ModelFile> files) {
    this.source = source;
    this.sharded = sharded;
    this.files = files;
    for (ModelFile file : files) {
      file.header.entries().keySet().forEach(name -> fileByTensor.put(name, file));
    }
  }

  /** A file of the model: what its header says, and a way to its data. */
  private record ModelFile(SafeTensorsHeader header, Data data) {}

  /** Reads the wanted tensors of a file, one by one in the order of their data. */
  @FunctionalInterface
  private interface Data {
    void read(List<Entry> wanted, Sink sink) throws IOException;
  }

  /**
   * Looks at a model.
   *
   * @param path a safetensors file; or an index of shards, whose name ends in {@code .json}; or a
   *     folder that holds {@value #INDEX} or {@value #FILE}
   * @return the model, with none of its tensors read
   * @throws SafeTensorsException if there is no such file, or if one breaks a rule of its format,
   *     or index and shards contradict each other; the message names the file
   * @throws IOException if reading fails
   */
  public static ModelTensors open(ModelPath path) throws IOException {
    Status status = path.status();
    if (status.kind() == Kind.FOLDER) {
      return openFolder(path);
    }
    if (status.kind() == Kind.MISSING) {
      throw new SafeTensorsException(
          path.toString(),
          "must be a safetensors file, an index of shards or a folder with one of them, but"
              + " doesn't exist");
    }
    return path.toString().endsWith(JSON) ? openIndex(path, status) : openFile(path, status);
  }

  private static ModelTensors openFolder(ModelPath folder) throws IOException {
    ModelPath index = folder.child(INDEX);
    ModelPath file = folder.child(FILE);
    Status indexStatus = index.status();
    Status fileStatus = file.status();
    boolean hasIndex = indexStatus.kind() == Kind.FILE;
    boolean hasFile = fileStatus.kind() == Kind.FILE;
    if (hasIndex == hasFile) {
      throw new SafeTensorsException(
          folder.toString(),
          "a folder with weights must hold %s or %s, but holds %s"
              .formatted(INDEX, FILE, hasIndex ? "both; name one of them" : "neither"));
    }
    return hasIndex ? openIndex(index, indexStatus) : openFile(file, fileStatus);
  }

  private static ModelTensors openFile(ModelPath path, Status status) throws IOException {
    return new ModelTensors(path.toString(), false, List.of(file(path, status.length())));
  }

  private static ModelTensors openIndex(ModelPath path, Status status) throws IOException {
    ShardIndex index;
    try (InputStream in = path.open()) {
      index = ShardIndex.read(in, status.length(), path.toString());
    }
    List<ModelFile> files = new ArrayList<>();
    long headers = 0;
    for (Map.Entry<String, String> shard : index.shards().entrySet()) {
      ModelFile file = shard(path.sibling(shard.getKey()), index, shard.getValue());
      headers += file.header.size();
      if (headers > SafeTensorsHeader.LONGEST) {
        throw new SafeTensorsException(
            index.source(),
            "the headers of all shards must have at most %d bytes, but up to %s they have %d"
                .formatted(SafeTensorsHeader.LONGEST, quote(shard.getKey()), headers));
      }
      checkAgreement(index, shard.getKey(), file.header);
      files.add(file);
    }
    ModelTensors model = new ModelTensors(index.source(), true, files);
    for (Map.Entry<String, String> expected : index.weightMap().entrySet()) {
      if (!model.fileByTensor.containsKey(expected.getKey())) {
        throw new SafeTensorsException(
            index.source(),
            "tensor %s must be in the shard %s, but that has no such tensor"
                .formatted(quote(expected.getKey()), quote(expected.getValue())));
      }
    }
    return model;
  }

  private static ModelFile shard(ModelPath path, ShardIndex index, String tensor)
      throws IOException {
    Status status = path.status();
    if (status.kind() != Kind.FILE) {
      throw new SafeTensorsException(
          path.toString(),
          "must be a shard with tensor %s, as %s says, but %s"
              .formatted(
                  quote(tensor),
                  index.source(),
                  status.kind() == Kind.FOLDER ? "is a folder" : "doesn't exist"));
    }
    return file(path, status.length());
  }

  /** A tensor that the index has elsewhere, or nowhere, could be either of two. */
  private static void checkAgreement(ShardIndex index, String shard, SafeTensorsHeader header)
      throws SafeTensorsException {
    for (String tensor : header.entries().keySet()) {
      String expected = index.weightMap().get(tensor);
      if (!shard.equals(expected)) {
        throw new SafeTensorsException(
            header.source(),
            "tensor %s must be in the weight_map of %s with this shard, but that %s"
                .formatted(
                    quote(tensor),
                    index.source(),
                    expected == null ? "has none" : "has it with " + quote(expected)));
      }
    }
  }

  private static ModelFile file(ModelPath path, long length) throws IOException {
    SafeTensorsHeader.checkLength(length, path.toString());
    SafeTensorsHeader header;
    try (InputStream in = path.open()) {
      header = SafeTensorsHeader.read(in, length, path.toString());
    }
    return new ModelFile(
        header,
        (wanted, sink) -> {
          if (path.status().length() != length) {
            throw changed(path);
          }
          try (InputStream in = path.open()) {
            if (!SafeTensorsHeader.read(in, length, path.toString()).equals(header)) {
              throw changed(path);
            }
            SafeTensors.read(in, header.source(), wanted, sink);
          }
        });
  }

  static SafeTensorsException changed(ModelPath path) {
    return new SafeTensorsException(
        path.toString(), "the file must stay as it is while it is read, but has changed");
  }

  /**
   * A file that comes as a stream, whose tensors can be read once.
   *
   * @param in the file from its start; not closed
   * @param length bytes in the whole file
   * @param source name of the file, for messages
   * @return the model, with none of its tensors read
   * @throws SafeTensorsException if the file breaks a rule of the format
   * @throws IOException if the stream fails
   */
  public static ModelTensors of(InputStream in, long length, String source) throws IOException {
    SafeTensorsHeader header = SafeTensorsHeader.read(in, length, source);
    Data data = (wanted, sink) -> SafeTensors.read(in, source, wanted, sink);
    return new ModelTensors(source, false, List.of(new ModelFile(header, data)));
  }

  /**
   * The name of the file or of the index, for messages.
   *
   * @return the name
   */
  public String source() {
    return source;
  }

  /**
   * Whether an index joins the files.
   *
   * @return false for a single file
   */
  public boolean isSharded() {
    return sharded;
  }

  /**
   * Whether the file is one of several by its name, and was given without the others.
   *
   * @return whether others belong to it
   */
  public boolean isLoneShard() {
    Matcher name = SHARD.matcher(source);
    return !sharded && name.matches() && Integer.parseInt(name.group(1)) > 1;
  }

  /**
   * The names of all tensors.
   *
   * @return names, file by file in the order of their data
   */
  public Set<String> names() {
    return Collections.unmodifiableSet(fileByTensor.keySet());
  }

  /**
   * The file that a tensor is in.
   *
   * @param name name of a tensor
   * @return the file's name, for messages; {@link #source()} if there is no such tensor
   */
  public String source(String name) {
    ModelFile file = fileByTensor.get(name);
    return file == null ? source : file.header.source();
  }

  /**
   * What the header says of a tensor.
   *
   * @param name name of a tensor
   * @return its entry, or null if there is no such tensor
   */
  public Entry entry(String name) {
    ModelFile file = fileByTensor.get(name);
    return file == null ? null : file.header.entries().get(name);
  }

  /**
   * Reads tensors, one pass forward over each file that has any of them.
   *
   * @param names the names of the tensors
   * @return the tensors by their names
   * @throws SafeTensorsException if there is no such tensor, or one is neither F32, F64, F16, BF16,
   *     I32 nor I64, or has more elements than an array can hold; or if a file has changed
   * @throws IOException if reading fails
   */
  public Map<String, Tensor> read(Set<String> names) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    read(names, tensor -> tensors.put(tensor.name(), tensor));
    return tensors;
  }

  /** Reads tensors as {@link #read(Set)} does, one by one. */
  void read(Set<String> names, Sink sink) throws IOException {
    for (String name : names) {
      if (!fileByTensor.containsKey(Objects.requireNonNull(name, "name"))) {
        throw new SafeTensorsException(
            source, "tensor %s must be there, but there is none".formatted(quote(name)));
      }
    }
    for (ModelFile file : files) {
      List<Entry> here =
          file.header.entries().values().stream()
              .filter(entry -> names.contains(entry.name()))
              .toList();
      if (!here.isEmpty()) {
        file.data.read(here, sink);
      }
    }
  }
}
