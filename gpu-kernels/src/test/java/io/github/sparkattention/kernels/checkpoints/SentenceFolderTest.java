package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.BERT;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.bytes;
import static io.github.sparkattention.kernels.checkpoints.CheckpointTest.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentenceFolderTest {
  private static final String MEAN =
      """
      {"word_embedding_dimension": 4, "pooling_mode_cls_token": false,
       "pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": false,
       "pooling_mode_mean_sqrt_len_tokens": false, "include_prompt": true}
      """;

  private static final String MODULES =
      """
      [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
       {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
       {"idx": 2, "name": "2", "path": "2_Normalize",
        "type": "sentence_transformers.models.Normalize"}]
      """;

  private final Map<String, byte[]> folder =
      CheckpointFiles.bert("", "weight", "bias").folder(BERT);

  @Test
  void foldersAreToldByTheirNamesWithoutAListOfModules() throws IOException {
    folder.put("1_Pooling/config.json", bytes(MEAN));
    assertThat(open(folder).pooling()).isEqualTo(Pooling.MEAN);
    assertThat(open(folder).normalize()).isFalse();

    folder.put("2_Normalize/README.md", new byte[0]);
    assertThat(open(folder).normalize()).isTrue();
    assertThat(open(folder).description())
        .isEqualTo(
            "Weights are those of models/model.safetensors, settings those of models/config.json,"
                + " and vectors are pooled by MEAN and normalized, says"
                + " 'models/1_Pooling/config.json'.");
  }

  @Test
  void theListOfModulesSaysWhatThereIs() throws IOException {
    folder.put(
        "1_Pooling/config.json",
        bytes(
            MEAN.replace("mean_tokens\": true", "x\": null")
                .replace("cls_token\": false", "cls_token\": true")));
    folder.put("modules.json", bytes(MODULES));

    Model model = open(folder).read();

    // An empty folder is lost where files are copied, so that the list counts.
    assertThat(model.normalize()).isTrue();
    assertThat(model.pooling()).isEqualTo(Pooling.CLS);
  }

  @Test
  void theTransformerMayBeInAFolderOfItsOwn() throws IOException {
    Map<String, byte[]> inner = new TreeMap<>();
    folder.forEach((name, file) -> inner.put("0_Transformer/" + name, file));
    inner.put("1_Pooling/config.json", bytes(MEAN));
    assertThat(open(inner).pooling()).isEqualTo(Pooling.MEAN);

    inner.put(
        "modules.json", bytes(MODULES.replace("\"path\": \"\"", "\"path\": \"0_Transformer\"")));
    assertThat(open(inner).normalize()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"pooling_mode_mean_sqrt_len_tokens\": true} | pooling_mode_mean_sqrt_len_tokens must be"
            + " false, since only [pooling_mode_cls_token, pooling_mode_lasttoken,"
            + " pooling_mode_max_tokens, pooling_mode_mean_tokens] are computed, but is true",
        "{\"pooling_mode_mean_tokens\": true, \"pooling_mode_max_tokens\": true} |"
            + " pooling_mode_max_tokens must be false, since pooling_mode_mean_tokens is true and"
            + " only one may be, but is true",
        "{\"pooling_mode_mean_tokens\": true, \"word_embedding_dimension\": 5} |"
            + " word_embedding_dimension must be 4, which is the width of the transformer, but is"
            + " 5",
        "{\"pooling_mode_mean_tokens\": 1} | pooling_mode_mean_tokens must be true or false, but is"
            + " 1",
        "{\"pooling_mode_mean_tokens\": true, \"include_prompt\": false} | include_prompt must be"
            + " true, but is false",
        "{\"pooling_mode\": \"weightedmean\"} | pooling_mode must be cls, mean, max or lasttoken,"
            + " but is 'weightedmean'",
        "{} | one of [pooling_mode_cls_token, pooling_mode_lasttoken, pooling_mode_max_tokens,"
            + " pooling_mode_mean_tokens] must be true, but none is",
      })
  void otherWaysToPoolAreRefused(String config, String message) {
    folder.put("1_Pooling/config.json", bytes(config));

    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage("models/1_Pooling/config.json: " + message);
  }

  @ParameterizedTest
  @CsvSource({
    "pooling_mode_cls_token, CLS",
    "pooling_mode_mean_tokens, MEAN",
    "pooling_mode_max_tokens, MAX",
    "pooling_mode_lasttoken, LAST"
  })
  void eachWayToPoolIsRead(String key, Pooling pooling) throws IOException {
    folder.put("1_Pooling/config.json", bytes("{\"%s\": true}".formatted(key)));

    assertThat(open(folder).pooling()).isEqualTo(pooling);
  }

  @Test
  void otherModulesAreRefused() {
    folder.put("1_Pooling/config.json", bytes(MEAN));
    folder.put("modules.json", bytes(MODULES.replace("models.Normalize", "models.Dense")));
    assertThatThrownBy(() -> open(folder))
        .hasMessage(
            "models/modules.json: element 2.type must be a Normalize as module 2, but is"
                + " 'sentence_transformers.models.Dense'");
    folder.put("modules.json", bytes(MODULES.replace("1_Pooling", "../1_Pooling")));
    assertThatThrownBy(() -> open(folder))
        .hasMessage(
            "models/modules.json: element 1.path must be the name of a folder beside this file, or"
                + " empty, but is '../1_Pooling'");
    folder.put("modules.json", bytes("[]"));
    assertThatThrownBy(() -> open(folder))
        .hasMessage(
            "models/modules.json: the modules must begin with a Transformer, but there are none");
    folder.remove("modules.json");
    folder.put("2_Dense/config.json", bytes("{}"));
    assertThatThrownBy(() -> open(folder))
        .hasMessage(
            "models/: the modules must be [Transformer, Pooling, Normalize], but there is 2_Dense");
  }
}
