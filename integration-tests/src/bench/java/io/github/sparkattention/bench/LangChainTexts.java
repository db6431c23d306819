package io.github.sparkattention.bench;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.langchain4j.model.embedding.onnx.AbstractInProcessEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.OnnxBertBiEncoder;
import dev.langchain4j.model.embedding.onnx.PoolingMode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * MiniLM in langchain4j, which takes one text at a time. It is {@code AllMiniLmL6V2EmbeddingModel}
 * but for two things: a task computes on its own thread, and texts aren't cut at 128 ids, as
 * tokenizer.json asks for.
 */
final class LangChainTexts extends AbstractInProcessEmbeddingModel implements TextEncoder {
  /** Ids of the longest text that the model takes. */
  private static final int POSITIONS = 512;

  private final OnnxBertBiEncoder encoder;

  private LangChainTexts(OnnxBertBiEncoder encoder) {
    super(Runnable::run);
    this.encoder = encoder;
  }

  /** Loads the model. */
  static LangChainTexts load(Path folder) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        InputStream tokenizer = uncut(folder.resolve("tokenizer.json"))) {
      options.setIntraOpNumThreads(1);
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      OrtSession session =
          environment.createSession(folder.resolve(OnnxEncoder.FILE).toString(), options);
      return new LangChainTexts(
          new OnnxBertBiEncoder(environment, session, tokenizer, PoolingMode.MEAN));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static InputStream uncut(Path file) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode tokenizer = (ObjectNode) mapper.readTree(file.toFile());
    ((ObjectNode) tokenizer.get("truncation")).put("max_length", POSITIONS);
    return new ByteArrayInputStream(mapper.writeValueAsBytes(tokenizer));
  }

  @Override
  protected OnnxBertBiEncoder model() {
    return encoder;
  }

  @Override
  public List<float[]> embed(List<String> texts) {
    List<float[]> vectors = new ArrayList<>();
    for (String text : texts) {
      vectors.add(embed(text).content().vector());
    }
    return vectors;
  }
}
