package io.github.sparkattention.kernels.checkpoints;

import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors.Shape;
import io.github.sparkattention.kernels.files.LocalModelPath;
import io.github.sparkattention.kernels.files.ModelPath;
import io.github.sparkattention.kernels.files.ModelPath.Kind;
import io.github.sparkattention.kernels.files.ModelPath.Status;
import io.github.sparkattention.kernels.files.ModelTensors;
import io.github.sparkattention.kernels.files.OnnxWeights;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import io.github.sparkattention.kernels.files.TensorSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;

/**
 * A whole transformer in files: its settings and its weights.
 *
 * <p>What can be opened:
 *
 * <ul>
 *   <li>a folder of the transformers library: {@code config.json}, and {@code model.safetensors} or
 *       shards with an index. The settings' {@code model_type} must be bert, distilbert, gpt2,
 *       llama, mistral or qwen2;
 *   <li>a folder of the sentence-transformers library, which has a pooling, too, and maybe
 *       normalization; the transformer may be in a folder of its own;
 *   <li>a folder with {@code config.json} and {@code model.onnx} or {@code onnx/model.onnx}, where
 *       there are no safetensors. Only weights are taken from it; the graph is not run;
 *   <li>the state dict of the book's GPTModel, with the book's settings as {@code config.json};
 *   <li>one such file of weights, with {@code config.json} beside it.
 * </ul>
 *
 * <p>Opening reads settings and headers, and checks all of it: a model is loaded exactly or not at
 * all. Each tensor that is missing, left over or of another shape is named before any is read. A
 * head in the file beside settings that tie it to the embedding is passed over, as the transformers
 * library does, but must have the embedding's shape. Weights may be F32, F64, F16 or BF16.
 *
 * <p>Reading holds what is read as floats, and beside it one tensor of the file at most.
 */
public final class Checkpoint {
  private static final String ONNX = "model.onnx";
  private static final String ONNX_FOLDER = "onnx";
  private static final String PICKLE = "pytorch_model.bin";

  private final String architecture;
  private final String settings;
  private final SentenceFolder sentences;
  private final ModelConfig config;
  private final TensorSource source;
  private final ReadingPlan plan;

  private Checkpoint(
      String architecture,
      String settings,
      SentenceFolder sentences,
      ModelConfig config,
      TensorSource source,
      ReadingPlan plan) {
    this.architecture = architecture;
    this.settings = settings;
    this.sentences = sentences;
    this.config = config;
    this.source = source;
    this.plan = plan;
  }

  /**
   * Opens a model in local files.
   *
   * @param path a folder, a file of weights, or an index of shards
   * @return the model, with none of its weights read
   * @throws SafeTensorsException as {@link #open(ModelPath)} does
   * @throws IOException if reading fails
   */
  public static Checkpoint open(Path path) throws IOException {
    return open(new LocalModelPath(path));
  }

  /**
   * Opens a model on any file system.
   *
   * @param path a folder, a file of weights, or an index of shards
   * @return the model, with none of its weights read
   * @throws SafeTensorsException if a file is missing or breaks a rule of its format, if a setting
   *     is not computed here, or if tensors are missing, left over or of another shape; the message
   *     names the file, the key or the tensor, with what was expected and what was found
   * @throws IOException if reading fails
   */
  public static Checkpoint open(ModelPath path) throws IOException {
    Status status = path.status();
    SentenceFolder sentences;
    ConfigFile file;
    if (status.kind() == Kind.FOLDER) {
      sentences = SentenceFolder.open(path);
      file = ConfigFile.read(sentences.transformer().child(SentenceFolder.CONFIG));
    } else {
      requireThere(path, status);
      sentences = new SentenceFolder(path, null, null, false);
      file = ConfigFile.read(path.sibling(SentenceFolder.CONFIG));
    }
    Family family = ModelSettings.family(file);
    TensorSource source = source(sentences.transformer(), path);
    FileNames names = new FileNames(family, source);
    ModelConfig config = ModelSettings.read(file, family, names);
    sentences.checkWidth(config.width());
    return new Checkpoint(
        ModelSettings.architecture(file),
        file.source(),
        sentences,
        config,
        source,
        ReadingPlan.of(config, names));
  }

  /**
   * Opens the weights of a model whose settings are known. Settings in files are not read.
   *
   * @param path a folder, a file of weights, or an index of shards
   * @param config the model
   * @return the model, with none of its weights read
   * @throws SafeTensorsException as {@link #open(ModelPath)} does, settings aside
   * @throws IOException if reading fails
   */
  public static Checkpoint open(ModelPath path, ModelConfig config) throws IOException {
    requireThere(path, path.status());
    TensorSource source = source(path, path);
    FileNames best = null;
    int most = -1;
    for (Family family : Family.values()) {
      FileNames names = new FileNames(family, source);
      int found = ReadingPlan.found(config, names);
      if (found > most) {
        most = found;
        best = names;
      }
    }
    if (best == null) {
      throw new SafeTensorsException(
          source.source(), "no family of models keeps such tensors in files as has " + config);
    }
    return new Checkpoint(
        "a model",
        "the caller",
        new SentenceFolder(path, null, null, false),
        config,
        source,
        ReadingPlan.of(config, best));
  }

  private static void requireThere(ModelPath path, Status status) throws SafeTensorsException {
    if (status.kind() == Kind.MISSING) {
      throw new SafeTensorsException(
          path.toString(),
          "must be a folder with a model, or a file of weights, but doesn't exist");
    }
  }

  /** Finds the weights in a folder, or in the one around it. */
  private static TensorSource source(ModelPath path, ModelPath around) throws IOException {
    Status status = path.status();
    if (status.kind() == Kind.FILE) {
      return path.toString().endsWith(".onnx")
          ? OnnxWeights.open(path, status.length())
          : TensorSource.of(ModelTensors.open(path));
    }
    if (isFile(path.child(ModelTensors.FILE)) || isFile(path.child(ModelTensors.INDEX))) {
      return TensorSource.of(ModelTensors.open(path));
    }
    for (ModelPath onnx :
        List.of(
            path.child(ONNX),
            path.child(ONNX_FOLDER).child(ONNX),
            around.child(ONNX_FOLDER).child(ONNX))) {
      if (isFile(onnx)) {
        return OnnxWeights.open(onnx, onnx.status().length());
      }
    }
    throw new SafeTensorsException(
        path.toString(),
        "a folder with weights must hold %s, %s, %s or %s/%s, but holds %s"
            .formatted(
                ModelTensors.FILE,
                ModelTensors.INDEX,
                ONNX,
                ONNX_FOLDER,
                ONNX,
                isFile(path.child(PICKLE))
                    ? PICKLE
                        + " alone, a pickle, which runs code when it is read; save the model"
                        + " as safetensors"
                    : "none of them"));
  }

  private static boolean isFile(ModelPath path) throws IOException {
    return path.status().kind() == Kind.FILE;
  }

  /**
   * What is computed.
   *
   * @return the model's settings
   */
  public ModelConfig config() {
    return config;
  }

  /**
   * The kind of model, as its settings name it.
   *
   * @return the {@code model_type}, such as {@code bert}; {@code the book's GPTModel} for that, and
   *     {@code a model} where no settings were read
   */
  public String architecture() {
    return architecture;
  }

  /**
   * How the vectors of a sequence become one.
   *
   * @return the pooling, or null where the model doesn't say
   */
  public Pooling pooling() {
    return sentences.pooling();
  }

  /**
   * Whether pooled vectors are divided by their length.
   *
   * @return whether the model normalizes
   */
  public boolean normalize() {
    return sentences.normalize();
  }

  /**
   * The shapes of all weights.
   *
   * @return shapes by the names of {@link ModelConfig}
   */
  public SortedMap<String, Shape> shapes() {
    return ReadingPlan.shapes(config);
  }

  /**
   * Where each weight comes from, for people to read.
   *
   * @return by the names of {@link ModelConfig} the tensor and the file, such as {@code
   *     'h.0.attn.c_attn.weight', transposed, part 1 of 3 of models/gpt2/model.safetensors}
   */
  public SortedMap<String, String> origins() {
    return plan.origins();
  }

  /**
   * Where settings, weights and pooling come from, for people to read.
   *
   * @return one sentence
   */
  public String description() {
    return "Weights are those of %s, settings those of %s, and %s."
        .formatted(source.source(), settings, sentences);
  }

  /**
   * Reads all weights.
   *
   * @return the model
   * @throws SafeTensorsException if a value is NaN or infinite as a float, or a file has changed
   *     since it was opened
   * @throws IOException if reading fails
   */
  public Model read() throws IOException {
    return read(shapes());
  }

  /**
   * Reads the weights that a program asks for, and no others.
   *
   * @param program a program of {@link #config}
   * @return the model, with the tensors of the program
   * @throws IllegalArgumentException if the program asks for a tensor that the model doesn't have
   * @throws SafeTensorsException if a value is NaN or infinite as a float, or a file has changed
   *     since it was opened
   * @throws IOException if reading fails
   */
  public Model read(Program program) throws IOException {
    return read(Objects.requireNonNull(program, "program").tensors());
  }

  private Model read(Map<String, Shape> wanted) throws IOException {
    return new Model(config, plan.read(wanted), pooling(), normalize());
  }
}
