package io.github.sparkattention.kernels.checkpoints;

import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.BERT;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.BOOK;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.DISTILBERT;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.GPT2;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.LLAMA;
import static io.github.sparkattention.kernels.checkpoints.CheckpointFiles.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelConfig.Head;
import io.github.sparkattention.kernels.ModelConfig.Placement;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Rotary;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.files.MemoryModelPath;
import io.github.sparkattention.kernels.files.ModelPath;
import io.github.sparkattention.kernels.files.ModelTensors;
import io.github.sparkattention.kernels.files.SafeTensorsBytes;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

public class CheckpointTest {
  private static final float SCALE = (float) (1 / Math.sqrt(2));

  @ParameterizedTest
  @ValueSource(strings = {"", "transformer."})
  void gpt2IsReadWithItsMapsTransposedAndTakenApart(String outer) throws IOException {
    CheckpointFiles files = CheckpointFiles.gpt2(outer);

    Model model = read(files.folder(GPT2));

    assertThat(model.config())
        .isEqualTo(
            new ModelConfig(
                5,
                4,
                2,
                new Heads(2, 2, 2, true, SCALE, 0, 0, 0),
                16,
                Activation.GELU_TANH,
                false,
                new Norm(Norm.Kind.LAYER, 1e-5f),
                Placement.BEFORE,
                6,
                0,
                null,
                6,
                true,
                true,
                true,
                Head.TIED));
    Tensors tensors = model.tensors();
    tensors.check(model.config().scores(0, Score.Rows.EACH_TOKEN));
    assertThat(tensors.values("tokens.weight")).isEqualTo(files.values(outer + "wte.weight"));
    assertThat(tensors.values("positions.weight")).isEqualTo(files.values(outer + "wpe.weight"));
    assertThat(tensors.values("final_norm.bias")).isEqualTo(files.values(outer + "ln_f.bias"));
    for (int n = 0; n < 2; n++) {
      String block = outer + "h." + n + ".";
      float[] joined = files.transposed(block + "attn.c_attn.weight");
      float[] bias = files.values(block + "attn.c_attn.bias");
      List<String> parts = List.of("query", "key", "value");
      for (int part = 0; part < 3; part++) {
        String map = "blocks." + n + "." + parts.get(part);
        assertThat(tensors.values(map + ".weight"))
            .isEqualTo(Arrays.copyOfRange(joined, 16 * part, 16 * part + 16));
        assertThat(tensors.values(map + ".bias"))
            .isEqualTo(Arrays.copyOfRange(bias, 4 * part, 4 * part + 4));
      }
      assertThat(tensors.values("blocks." + n + ".out.weight"))
          .isEqualTo(files.transposed(block + "attn.c_proj.weight"));
      assertThat(tensors.values("blocks." + n + ".up.weight"))
          .isEqualTo(files.transposed(block + "mlp.c_fc.weight"));
      assertThat(tensors.values("blocks." + n + ".down.weight"))
          .isEqualTo(files.transposed(block + "mlp.c_proj.weight"));
      assertThat(tensors.values("blocks." + n + ".attention_norm.weight"))
          .isEqualTo(files.values(block + "ln_1.weight"));
      assertThat(tensors.values("blocks." + n + ".mlp_norm.bias"))
          .isEqualTo(files.values(block + "ln_2.bias"));
    }
  }

  @Test
  void minGptIsReadAsItIsKeptWithoutTheBiasesThatItLacks() throws IOException {
    CheckpointFiles files = CheckpointFiles.minGpt();

    Model model = read(files.folder(with(GPT2, "tie_word_embeddings", "false")));

    assertThat(model.config().qkvBias()).isFalse();
    assertThat(model.config().outBias()).isTrue();
    assertThat(model.config().mlpBias()).isTrue();
    assertThat(model.config().head()).isEqualTo(Head.OWN);
    float[] joined = files.values("transformer.h.1.attn.c_attn.weight");
    assertThat(model.tensors().values("blocks.1.key.weight"))
        .isEqualTo(Arrays.copyOfRange(joined, 16, 32));
    // Square, so that only the joined map tells which way round it is.
    assertThat(model.tensors().values("blocks.1.out.weight"))
        .isEqualTo(files.values("transformer.h.1.attn.c_proj.weight"));
    assertThat(model.tensors().values("blocks.0.up.weight"))
        .isEqualTo(files.values("transformer.h.0.mlp.c_fc.weight"));
    assertThat(model.tensors().values("head.weight")).isEqualTo(files.values("lm_head.weight"));
  }

  @ParameterizedTest
  @CsvSource({"'', weight, bias", "bert., weight, bias", "'', gamma, beta", "bert., gamma, beta"})
  void bertIsRead(String outer, String gain, String shift) throws IOException {
    CheckpointFiles files = CheckpointFiles.bert(outer, gain, shift);

    Model model = read(files.folder(BERT));

    assertThat(model.config())
        .isEqualTo(
            new ModelConfig(
                5,
                4,
                2,
                new Heads(2, 2, 2, false, SCALE, 0, 0, 0),
                8,
                Activation.GELU_ERF,
                false,
                new Norm(Norm.Kind.LAYER, 1e-12f),
                Placement.AFTER,
                6,
                2,
                null,
                6,
                true,
                true,
                true,
                Head.NONE));
    Tensors tensors = model.tensors();
    tensors.check(model.config().vectors());
    String block = outer + "encoder.layer.1.";
    assertThat(tensors.values("types.weight"))
        .isEqualTo(files.values(outer + "embeddings.token_type_embeddings.weight"));
    assertThat(tensors.values("embedding_norm.bias"))
        .isEqualTo(files.values(outer + "embeddings.LayerNorm." + shift));
    assertThat(tensors.values("blocks.1.value.weight"))
        .isEqualTo(files.values(block + "attention.self.value.weight"));
    assertThat(tensors.values("blocks.1.out.bias"))
        .isEqualTo(files.values(block + "attention.output.dense.bias"));
    assertThat(tensors.values("blocks.1.attention_norm.weight"))
        .isEqualTo(files.values(block + "attention.output.LayerNorm." + gain));
    assertThat(tensors.values("blocks.1.up.weight"))
        .isEqualTo(files.values(block + "intermediate.dense.weight"));
    assertThat(tensors.values("blocks.1.down.weight"))
        .isEqualTo(files.values(block + "output.dense.weight"));
    assertThat(tensors.values("blocks.1.mlp_norm.weight"))
        .isEqualTo(files.values(block + "output.LayerNorm." + gain));
    assertThat(model.pooling()).isNull();
  }

  @Test
  void distilBertIsBertWithoutTypes() throws IOException {
    CheckpointFiles files = CheckpointFiles.distilBert();

    Model model = read(files.folder(DISTILBERT));

    assertThat(model.config().types()).isZero();
    assertThat(model.config().placement()).isEqualTo(Placement.AFTER);
    assertThat(model.config().activation()).isEqualTo(Activation.GELU_ERF);
    model.tensors().check(model.config().vectors());
    String block = "distilbert.transformer.layer.0.";
    assertThat(model.tensors().values("blocks.0.attention_norm.weight"))
        .isEqualTo(files.values(block + "sa_layer_norm.weight"));
    assertThat(model.tensors().values("blocks.0.down.weight"))
        .isEqualTo(files.values(block + "ffn.lin2.weight"));
  }

  @Test
  void llamaIsReadWithItsOwnHead() throws IOException {
    CheckpointFiles files = CheckpointFiles.llama("model.").add("lm_head.weight", 5, 4);

    Model model = read(files.folder(LLAMA));

    assertThat(model.config())
        .isEqualTo(
            new ModelConfig(
                5,
                4,
                2,
                new Heads(2, 2, 1, true, SCALE, 0, 0, 0),
                8,
                Activation.SILU,
                true,
                new Norm(Norm.Kind.RMS, 1e-5f),
                Placement.BEFORE,
                0,
                0,
                new Rotary(2, 500_000, null),
                6,
                false,
                false,
                false,
                Head.OWN));
    Tensors tensors = model.tensors();
    tensors.check(model.config().scores(0, Score.Rows.EACH_TOKEN));
    String block = "model.layers.1.";
    assertThat(tensors.values("blocks.1.key.weight"))
        .isEqualTo(files.values(block + "self_attn.k_proj.weight"));
    assertThat(tensors.values("blocks.1.gate.weight"))
        .isEqualTo(files.values(block + "mlp.gate_proj.weight"));
    assertThat(tensors.values("blocks.1.mlp_norm.weight"))
        .isEqualTo(files.values(block + "post_attention_layernorm.weight"));
    assertThat(tensors.values("final_norm.weight")).isEqualTo(files.values("model.norm.weight"));
    assertThat(tensors.values("head.weight")).isEqualTo(files.values("lm_head.weight"));
  }

  @Test
  void theHeadIsTiedOrMissingAsSettingsAndNamesSay() throws IOException {
    Map<String, byte[]> tied =
        CheckpointFiles.llama("model.").folder(with(LLAMA, "tie_word_embeddings", "true"));
    assertThat(open(tied).config().head()).isEqualTo(Head.TIED);

    Map<String, byte[]> alone = CheckpointFiles.llama("").folder(LLAMA);
    assertThat(open(alone).config().head()).isEqualTo(Head.NONE);

    // The transformers library passes over a head in the file where settings tie it, too.
    CheckpointFiles both = CheckpointFiles.gpt2("transformer.").add("lm_head.weight", 5, 4);
    assertThat(open(both.folder(GPT2)).config().head()).isEqualTo(Head.TIED);

    Map<String, byte[]> absent = CheckpointFiles.llama("model.").folder(LLAMA);
    assertThatThrownBy(() -> open(absent))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "models/model.safetensors: the tensors must be those of the model, but"
                + " 'lm_head.weight' [5, 4] is missing");
    CheckpointFiles other = CheckpointFiles.gpt2("transformer.").add("lm_head.weight", 4, 4);
    assertThatThrownBy(() -> open(other.folder(GPT2)))
        .hasMessageContaining("'lm_head.weight' [4, 4] must be [5, 4]");
  }

  @Test
  void llamasKinHaveTheirOwnWindowsAndBiases() throws IOException {
    String mistral = with(LLAMA, "model_type", "\"mistral\"", "tie_word_embeddings", "true");
    String qwen = with(mistral, "model_type", "\"qwen2\"");
    Map<String, byte[]> plain = CheckpointFiles.llama("model.").folder(mistral);
    String[] joined = {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"};

    assertThat(open(plain).config().heads().slidingWindow()).isEqualTo(4096);
    plain.put("config.json", bytes(with(mistral, "sliding_window", "3")));
    assertThat(open(plain).config().heads().slidingWindow()).isEqualTo(3);
    plain.put("config.json", bytes(with(mistral, "sliding_window", "null")));
    assertThat(open(plain).config().heads().slidingWindow()).isZero();

    ModelConfig qwens = open(CheckpointFiles.llama("model.", joined).folder(qwen)).config();
    assertThat(qwens.qkvBias()).isTrue();
    assertThat(qwens.outBias()).isFalse();
    assertThat(qwens.heads().slidingWindow()).isZero();

    CheckpointFiles biased =
        CheckpointFiles.llama(
            "model.",
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.o_proj",
            "mlp.gate_proj",
            "mlp.up_proj",
            "mlp.down_proj");
    String config =
        with(LLAMA, "tie_word_embeddings", "true", "attention_bias", "true", "mlp_bias", "true");
    Model model = read(biased.folder(config));
    assertThat(model.config().outBias()).isTrue();
    assertThat(model.tensors().values("blocks.0.gate.bias"))
        .isEqualTo(biased.values("model.layers.0.mlp.gate_proj.bias"));
  }

  @Test
  void rotaryPositionsAreReadFromTheOldPlaceAndTheNew() throws IOException {
    String scaling =
        "\"factor\": 8.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0,"
            + " \"original_max_position_embeddings\": 8192";
    Rotary expected = new Rotary(2, 500_000, new Rotary.Scaling(8, 1, 4, 8192));
    String tied = with(LLAMA, "tie_word_embeddings", "true");

    assertThat(rotary(with(tied, "rope_scaling", "{\"rope_type\": \"llama3\", %s}", scaling)))
        .isEqualTo(expected);
    String inner = "{\"rope_type\": \"llama3\", \"rope_theta\": 500000.0, %s}";
    assertThat(rotary(with(without(tied, "rope_theta"), "rope_parameters", inner, scaling)))
        .isEqualTo(expected);
    assertThat(rotary(with(tied, "rope_scaling", "{\"type\": \"default\"}")))
        .isEqualTo(new Rotary(2, 500_000, null));
    assertThat(rotary(without(tied, "rope_theta"))).isEqualTo(new Rotary(2, 10_000, null));
  }

  private static Rotary rotary(String config) throws IOException {
    return open(CheckpointFiles.llama("model.").folder(config)).config().rotary();
  }

  @Test
  void theBooksStateDictIsReadByItsSettingsOrByThoseOfTheCaller() throws IOException {
    CheckpointFiles files = CheckpointFiles.book();
    Map<String, byte[]> folder = files.folder(BOOK);
    ModelConfig book = ModelConfig.book(5, 6, 4, 2, 2, false);

    Model model = read(folder);

    assertThat(model.config()).isEqualTo(book);
    assertThat(model.tensors().values("blocks.1.query.weight"))
        .isEqualTo(files.values("trf_blocks.1.att.W_query.weight"));
    assertThat(model.tensors().values("blocks.1.mlp_norm.bias"))
        .isEqualTo(files.values("trf_blocks.1.norm2.shift"));
    assertThat(model.tensors().values("head.weight")).isEqualTo(files.values("out_head.weight"));
    ModelPath file = MemoryModelPath.folder(folder).child(ModelTensors.FILE);
    assertThat(Checkpoint.open(file).config()).isEqualTo(book);
    folder.remove("config.json");
    assertThat(Checkpoint.open(file, book).read().tensors().fingerprint(book.vectors()))
        .isEqualTo(model.tensors().fingerprint(book.vectors()));
    assertThatThrownBy(() -> Checkpoint.open(file))
        .hasMessage("models/config.json: must be a file of settings, but doesn't exist");
  }

  @Test
  void theFamilyOfKnownSettingsIsToldByTheNames() throws IOException {
    ModelConfig gpt2 = open(CheckpointFiles.gpt2("").folder(GPT2)).config();
    Map<String, byte[]> bert = CheckpointFiles.bert("bert.", "weight", "bias").folder(BERT);
    ModelConfig config = open(bert).config();
    bert.remove("config.json");

    assertThat(Checkpoint.open(MemoryModelPath.folder(bert), config).origins())
        .containsEntry(
            "blocks.0.query.weight",
            "'bert.encoder.layer.0.attention.self.query.weight' of models/model.safetensors");
    Map<String, byte[]> files = CheckpointFiles.gpt2("transformer.").folder(GPT2);
    assertThat(Checkpoint.open(MemoryModelPath.folder(files), gpt2).origins())
        .containsEntry(
            "blocks.1.key.weight",
            "'transformer.h.1.attn.c_attn.weight', transposed, part 2 of 3 of"
                + " models/model.safetensors");
  }

  @Test
  void narrowFloatsAreWidenedExactly() throws IOException {
    ModelConfig book = ModelConfig.book(1, 1, 1, 1, 1, false);
    SafeTensorsBytes file = new SafeTensorsBytes();
    Map<String, long[]> shapes = new TreeMap<>();
    CheckpointFiles.book().shapes().forEach((name, shape) -> shapes.put(name, shape.clone()));
    shapes.keySet().removeIf(name -> name.startsWith("trf_blocks.1") || name.endsWith("mask"));
    shapes.forEach(
        (name, shape) -> {
          long[] ones = shape;
          for (int i = 0; i < shape.length; i++) {
            ones[i] = name.contains("ff.layers") && shape[i] == 16 ? 4 : 1;
          }
          int count = name.contains("layers.0") || name.contains("layers.2.weight") ? 4 : 1;
          // 1.5 as a half, and as the upper half of a float.
          boolean half = name.contains("W_");
          int[] values = new int[count];
          Arrays.fill(values, half ? 0x3e00 : 0x3fc0);
          file.tensor(name, half ? "F16" : "BF16", SafeTensorsBytes.shorts(values), ones);
        });
    Map<String, byte[]> folder = new TreeMap<>(Map.of(ModelTensors.FILE, file.bytes()));

    Tensors tensors = Checkpoint.open(MemoryModelPath.folder(folder), book).read().tensors();

    assertThat(tensors.values("blocks.0.query.weight")).containsExactly(1.5f);
    assertThat(tensors.values("blocks.0.up.bias")).containsOnly(1.5f);
  }

  @Test
  void shardsAreReadByTheirIndex() throws IOException {
    CheckpointFiles files = CheckpointFiles.gpt2("");
    SafeTensorsBytes[] shards = {new SafeTensorsBytes(), new SafeTensorsBytes()};
    StringBuilder index = new StringBuilder();
    int i = 0;
    for (Map.Entry<String, long[]> tensor : files.shapes().entrySet()) {
      String name = tensor.getKey();
      shards[i % 2].floats(name, files.values(name), tensor.getValue());
      index.append(i == 0 ? "" : ",");
      index.append("\"%s\": \"model-%d.safetensors\"".formatted(name, i % 2));
      i++;
    }
    Map<String, byte[]> folder = files.folder(GPT2);
    String fingerprint = fingerprint(read(folder));
    folder.remove(ModelTensors.FILE);
    folder.put("model-0.safetensors", shards[0].bytes());
    folder.put("model-1.safetensors", shards[1].bytes());
    folder.put(ModelTensors.INDEX, bytes("{\"weight_map\": {" + index + "}}"));

    assertThat(fingerprint(read(folder))).isEqualTo(fingerprint);
    assertThat(open(folder).origins())
        .containsEntry("tokens.weight", "'wte.weight' of models/model-0.safetensors");
    folder.put("model-00001-of-00002.safetensors", shards[0].bytes());
    ModelPath lone = MemoryModelPath.folder(folder).child("model-00001-of-00002.safetensors");
    assertThatThrownBy(() -> Checkpoint.open(lone))
        .hasMessageContaining("'wpe.weight' [6, 4] is missing")
        .hasMessageEndingWith(
            "; this shard was given without the others, so name their index"
                + " model.safetensors.index.json or its folder instead");
  }

  private static String fingerprint(Model model) {
    return model.tensors().fingerprint(model.config().vectors());
  }

  @Test
  void tensorsThatAreMissingLeftOverOrOfAnotherShapeAreNamed() {
    CheckpointFiles files =
        CheckpointFiles.gpt2("")
            .renamed("h.1.ln_1.weight", "h.1.ln1.weight")
            .without("wpe.weight")
            .add("wte.weight", 7, 4)
            .add("h.2.ln_1.bias", 4)
            .add("h.0.attn.c_proj.weight", 4, 5);

    assertThatThrownBy(() -> open(files.folder(GPT2)))
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "models/model.safetensors: the tensors must be those of the model, but"
                + " 'h.1.ln_1.weight' [4] is missing (the nearest name is"
                + " 'h.1.ln1.weight'); 'wpe.weight' [6, 4] is missing;"
                + " 'h.0.attn.c_proj.weight' [4, 5] must be [4, 4];"
                + " 'wte.weight' [7, 4] must be [5, 4]; 'h.1.ln1.weight' [4] is left over;"
                + " 'h.2.ln_1.bias' [4] is left over");
  }

  @Test
  void moreMissingTensorsThanAMessageShowsAreCounted() {
    CheckpointFiles files = CheckpointFiles.bert("", "weight", "bias");

    assertThatThrownBy(() -> open(files.folder(with(BERT, "num_hidden_layers", "9"))))
        .hasMessageContaining("'encoder.layer.2.attention.self.key.weight' [4, 4] is missing")
        .hasMessageEndingWith("102 more are missing");
  }

  @Test
  void tensorsOfIntegersAndValuesThatAreNotFiniteAreRefused() throws IOException {
    Map<String, byte[]> folder =
        Map.of(
            "config.json",
            bytes(with(LLAMA, "num_hidden_layers", "1")),
            ModelTensors.FILE,
            new SafeTensorsBytes().tensor("norm.weight", "I32", new byte[16], 4).bytes());
    assertThatThrownBy(() -> open(folder))
        .hasMessageContaining("'norm.weight' [4] must be F32, F64, F16 or BF16, but is I32");

    CheckpointFiles files = CheckpointFiles.minGpt();
    files.values("lm_head.weight")[7] = Float.NaN;
    Checkpoint checkpoint = open(files.folder(with(GPT2, "tie_word_embeddings", "false")));
    Program vectors = checkpoint.config().vectors();
    // The vectors don't need the head, and so it isn't read.
    checkpoint.read(vectors).tensors().check(vectors);
    assertThatThrownBy(checkpoint::read)
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(
            "models/model.safetensors: tensor 'lm_head.weight' must hold finite floats, but holds"
                + " NaN as number 7 of its 20 values, read from F32");
    Program other = ModelConfig.book(9, 6, 4, 2, 2, false).vectors();
    assertThatThrownBy(() -> checkpoint.read(other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the program asks for a tensor 'tokens.weight' [9, 4], but the model has [5, 4]");
  }

  @Test
  void filesThatChangeAfterOpeningAreRefused() throws IOException {
    Map<String, byte[]> folder = CheckpointFiles.gpt2("").folder(GPT2);
    Checkpoint checkpoint = open(folder);
    folder.put(ModelTensors.FILE, CheckpointFiles.gpt2("transformer.").safetensors());

    assertThatThrownBy(checkpoint::read)
        .hasMessage(
            "models/model.safetensors: the file must stay as it is while it is read, but has"
                + " changed");
  }

  @Test
  void foldersWithoutWeightsOrWithPicklesAloneAreRefused() {
    Map<String, byte[]> folder = new TreeMap<>(Map.of("config.json", bytes(GPT2)));
    assertThatThrownBy(() -> open(folder))
        .hasMessage(
            "models/: a folder with weights must hold model.safetensors,"
                + " model.safetensors.index.json, model.onnx or onnx/model.onnx, but holds none of"
                + " them");
    folder.put("pytorch_model.bin", new byte[9]);
    assertThatThrownBy(() -> open(folder))
        .hasMessageEndingWith(
            "but holds pytorch_model.bin alone, a pickle, which runs code when it is read; save the"
                + " model as safetensors");
    assertThatThrownBy(() -> open(Map.of("README.md", new byte[1])))
        .hasMessage(
            "models/: a folder with a model must hold config.json, or a folder 0_Transformer with"
                + " one, but holds neither");
    assertThatThrownBy(
            () -> Checkpoint.open(MemoryModelPath.folder(Map.of()).child("nowhere.safetensors")))
        .hasMessage(
            "models/nowhere.safetensors: must be a folder with a model, or a file of weights, but"
                + " doesn't exist");
  }

  @Test
  void readingTakesNoMoreMemoryThanTheWeights(@TempDir Path folder) throws IOException {
    int width = 512;
    CheckpointFiles files = new CheckpointFiles();
    files.add("embed_tokens.weight", 8192, width).add("norm.weight", width);
    String block = "layers.0.";
    files.add(block + "input_layernorm.weight", width);
    files.add(block + "post_attention_layernorm.weight", width);
    for (String map : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
      files.add(block + "self_attn." + map + ".weight", width, width);
    }
    for (String map : new String[] {"gate_proj", "up_proj", "down_proj"}) {
      files.add(block + "mlp." + map + ".weight", width, width);
    }
    String config =
        with(
            without(LLAMA, "num_key_value_heads"),
            "vocab_size",
            "8192",
            "hidden_size",
            "512",
            "intermediate_size",
            "512",
            "num_hidden_layers",
            "1");
    Files.writeString(folder.resolve("config.json"), config);
    Files.write(folder.resolve(ModelTensors.FILE), files.safetensors());
    ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

    long before = threads.getCurrentThreadAllocatedBytes();
    Model model = Checkpoint.open(folder).read();
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;

    assertThat(model.tensors().bytes()).isGreaterThan(20_000_000);
    assertThat(allocated).isLessThan((long) (1.1 * model.tensors().bytes()));
  }

  static Checkpoint open(Map<String, byte[]> folder) throws IOException {
    return Checkpoint.open(MemoryModelPath.folder(folder));
  }

  static Model read(Map<String, byte[]> folder) throws IOException {
    return open(folder).read();
  }

  /** The settings with others, each a key and its JSON, in place of those of the same key. */
  public static String with(String config, String... settings) {
    String changed = config;
    for (int i = 0; i < settings.length; i += 2) {
      changed = without(changed, settings[i]);
      String setting = "\"%s\": %s".formatted(settings[i], settings[i + 1]);
      changed = changed.strip().replaceFirst("\\{", "{" + setting.replace("\\", "\\\\") + ", ");
    }
    return changed;
  }

  private static String with(String config, String key, String format, Object argument) {
    return with(config, key, format.formatted(argument));
  }

  /** The settings without one whose value is no object. */
  static String without(String config, String key) {
    return config
        .replaceFirst(",\\s*\"" + key + "\":[^,}\\]]*\\]?", "")
        .replaceFirst("\\{\\s*\"" + key + "\":[^,}]*,", "{");
  }
}
