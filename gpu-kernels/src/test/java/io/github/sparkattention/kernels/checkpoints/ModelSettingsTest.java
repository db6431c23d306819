package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.BERT;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.BOOK;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.GPT2;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.LLAMA;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.bytes;
import static io.github.sparkattention.kernels.checkpoints.CheckpointTest.open;
import static io.github.sparkattention.kernels.checkpoints.CheckpointTest.with;
import static io.github.sparkattention.kernels.checkpoints.CheckpointTest.without;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelSettingsTest {

  @ParameterizedTest
  @ValueSource(strings = {"mpnet", "roberta", "t5", "xlm-roberta", "gemma", "mixtral", "albert"})
  void modelsThatAreNotComputedAreRefusedByTheirType(String type) {
    String quoted = "\"" + type + "\"";

    assertThatThrownBy(() -> gpt2(with(GPT2, "model_type", quoted)))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "models/config.json: model_type must be one of bert, distilbert, gpt2, llama, mistral,"
                + " qwen2, or the settings be those of the book's GPTModel, with emb_dim, but is '"
                + type
                + "'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "activation_function | \"quick_gelu\" | gelu, gelu_new, gelu_pytorch_tanh, silu, swish or"
            + " relu, but is 'quick_gelu'",
        "scale_attn_by_inverse_layer_idx | true | false, but is true",
        "add_cross_attention | true | false, but is true",
        "n_head | 3 | a divisor of n_embd, which is 4, but is 3",
        "n_head | 2.5 | a whole number from 1 to 1048576, but is 2.5",
        "n_embd | -4 | a whole number from 1 to 1048576, but is -4",
        "n_embd | \"4\" | a whole number from 1 to 1048576, but is '4'",
        "n_embd | null | a whole number from 1 to 1048576, but is null",
        "n_layer | 99999999999 | a whole number from 1 to 32, but is 99999999999",
        "n_layer | 2000000 | a whole number from 1 to 32, but is 2000000",
        "vocab_size | 16777217 | a whole number from 1 to 16777216, but is 16777217",
        "layer_norm_epsilon | 0 | from 1e-30 to 1, but is 0",
        "layer_norm_epsilon | 1e999 | a number, but is 1e999",
        "tie_word_embeddings | 1 | true or false, but is 1",
        "quantization_config | {\"bits\": 4} | missing, but is {bits=4}",
        "model_type | 7 | a text, but is 7",
      })
  void settingsOfGpt2AreRefusedByKeyAndValue(String key, String value, String message) {
    assertThatThrownBy(() -> gpt2(with(GPT2, key, value)))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage("models/config.json: " + key + " must be " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "position_embedding_type | \"relative_key\" | absolute, but is 'relative_key'",
        "is_decoder | true | false, but is true",
        "add_cross_attention | true | false, but is true",
        "embedding_size | 2 | 4, but is 2",
        "hidden_act | \"mish\" | gelu, gelu_new, gelu_pytorch_tanh, silu, swish or relu, but is"
            + " 'mish'",
        "type_vocab_size | 0 | a whole number from 1 to 1048576, but is 0",
        "pruned_heads | {\"0\": [1]} | missing, but is {0=[1]}",
        "num_experts | 8 | 0 or 1, but is 8",
      })
  void settingsOfBertAreRefusedByKeyAndValue(String key, String value, String message) {
    Map<String, byte[]> folder =
        CheckpointFiles.bert("", "weight", "bias").folder(with(BERT, key, value));

    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage("models/config.json: " + key + " must be " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "rope_scaling | {\"rope_type\": \"yarn\", \"factor\": 4.0} | rope_scaling.rope_type must be"
            + " 'default' or 'llama3', but is 'yarn'",
        "rope_scaling | {\"type\": \"linear\", \"factor\": 2.0} | rope_scaling.type must be"
            + " 'default' or 'llama3', but is 'linear'",
        "rope_scaling | {\"type\": \"dynamic\"} | rope_scaling.type must be 'default' or 'llama3',"
            + " but is 'dynamic'",
        "rope_scaling | {\"rope_type\": \"llama3\"} | rope_scaling.factor must be a number, but is"
            + " missing",
        "rope_scaling | {\"factor\": 2} | rope_scaling.factor must be 1, but is 2",
        "rope_parameters | {\"full_attention\": {\"rope_theta\": 1}} |"
            + " rope_parameters.full_attention must be missing, but is {rope_theta=1}",
        "rope_scaling | {\"rope_type\": \"llama3\", \"attention_factor\": 2} |"
            + " rope_scaling.attention_factor must be missing, but is 2",
        "rope_scaling | 3 | rope_scaling must be an object, but is 3",
        "rope_parameters | {\"rope_theta\": 1e4} | rope_parameters.rope_theta must be the"
            + " rope_theta outside, which is 500000.0, but is 1e4",
        "rope_parameters | {\"partial_rotary_factor\": 0.5} |"
            + " rope_parameters.partial_rotary_factor must be 1, but is 0.5",
        "partial_rotary_factor | 0.5 | partial_rotary_factor must be 1, but is 0.5",
        "rope_theta | 0.5 | the settings must fit each other, but theta must be at least 1, but is"
            + " 0.5",
        "num_key_value_heads | 3 | num_key_value_heads must be a whole number from 1 to 2, but is"
            + " 3",
        "head_dim | 3 | the settings must fit each other, but rotary positions need heads of an"
            + " even width, but they are 3 wide",
        "sliding_window | 64 | sliding_window must be missing, but is 64",
        "num_local_experts | 8 | num_local_experts must be 0 or 1, but is 8",
        "is_causal | false | is_causal must be true, but is false",
        "layer_types | [\"full_attention\", \"sliding_attention\"] | layer_types must be"
            + " 'full_attention' for all layers, but is [full_attention, sliding_attention]",
      })
  void settingsOfLlamaAreRefusedByKeyAndValue(String key, String value, String message) {
    assertThatThrownBy(() -> llama(with(LLAMA, key, value)))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage("models/config.json: " + message);
  }

  @Test
  void windowsOfSomeLayersOfQwenAreRefused() throws IOException {
    String qwen = with(LLAMA, "model_type", "\"qwen2\"", "use_sliding_window", "true");

    assertThatThrownBy(() -> llama(with(qwen, "sliding_window", "4", "max_window_layers", "1")))
        .hasMessage(
            "models/config.json: max_window_layers must be at least the 2 layers where"
                + " use_sliding_window is true, so that all layers see alike, but is 1");
    Map<String, byte[]> folder =
        CheckpointFiles.llama("", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
            .folder(with(qwen, "sliding_window", "4", "max_window_layers", "2"));
    assertThat(open(folder).config().heads().slidingWindow()).isZero();
  }

  @Test
  void theBooksSettingsHaveNoOthersBesideThem() {
    assertThatThrownBy(() -> open(CheckpointFiles.book().folder(with(BOOK, "n_kv_groups", "2"))))
        .hasMessage(
            "models/config.json: n_kv_groups must be missing, as it is no setting of the book's"
                + " GPTModel, but is 2");
    assertThatThrownBy(() -> open(CheckpointFiles.book().folder(without(BOOK, "n_heads"))))
        .hasMessage(
            "models/config.json: n_heads must be a whole number from 1 to 1048576, but is missing");
  }

  @ParameterizedTest
  @CsvSource({
    "gelu_new, GELU_TANH",
    "gelu_pytorch_tanh, GELU_TANH",
    "gelu_fast, GELU_TANH",
    "gelu, GELU_ERF",
    "silu, SILU",
    "swish, SILU",
    "relu, RELU"
  })
  void activationsHaveTheNamesOfTheTransformersLibrary(String name, Activation activation)
      throws IOException {
    String config = with(GPT2, "activation_function", "\"" + name + "\"");

    assertThat(gpt2(config).config().activation()).isEqualTo(activation);
  }

  @Test
  void missingSettingsHaveTheDefaultsOfTheTransformersLibrary() throws IOException {
    String config = without(without(GPT2, "layer_norm_epsilon"), "activation_function");

    assertThat(gpt2(config).config()).isEqualTo(gpt2(GPT2).config());
    assertThat(gpt2(with(GPT2, "scale_attn_weights", "false")).config().heads().scale())
        .isEqualTo(1);
    assertThat(gpt2(with(GPT2, "reorder_and_upcast_attn", "true")).config())
        .isEqualTo(gpt2(GPT2).config());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[] | the file must be one JSON object, but is an array",
        "{\"a\": 1, \"a\": 2} | 'a' must come once, but comes twice",
        "{\"a\": | the file can't be read as JSON: it ends within an object",
        "{} x | the file can't be read as JSON: Unrecognized token 'x': was expecting (JSON String,"
            + " Number, Array, Object or token 'null', 'true' or 'false')",
      })
  void filesThatAreNoSettingsAreRefused(String text, String message) {
    assertThatThrownBy(() -> gpt2(text))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessageStartingWith("models/config.json: " + message);
  }

  @Test
  void deepAndLongFilesAreRefused() {
    String deep = "{\"a\": " + "[".repeat(40) + "]".repeat(40) + "}";
    assertThatThrownBy(() -> gpt2(deep))
        .hasMessage("models/config.json: objects must be nested 32 deep at most");
    String comments = "{\"a\": \"" + "x".repeat(1 << 20) + "\"}";
    assertThatThrownBy(() -> gpt2(comments))
        .hasMessage(
            "models/config.json: a file of settings must have at most 1048576 bytes, but has"
                + " 1048585");
  }

  private static Checkpoint gpt2(String config) throws IOException {
    Map<String, byte[]> folder = CheckpointFiles.gpt2("").folder(GPT2);
    folder.put("config.json", bytes(config));
    return open(folder);
  }

  private static Checkpoint llama(String config) throws IOException {
    return open(CheckpointFiles.llama("").folder(config));
  }
}
