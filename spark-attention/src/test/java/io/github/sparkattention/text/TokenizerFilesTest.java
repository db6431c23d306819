package io.github.sparkattention.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.internal.pieces.ByteSymbols;
import io.github.sparkattention.kernels.files.ModelPath;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerFilesTest {
  private static final String WORD_PIECE =
      """
      {"version":"1.0","truncation":null,"padding":null,
       "added_tokens":[{"id":1,"content":"[CLS]","single_word":false,"lstrip":false,
        "rstrip":false,"normalized":false,"special":true}],
       "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
        "strip_accents":null,"lowercase":true},
       "pre_tokenizer":{"type":"BertPreTokenizer"},
       "post_processor":{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]},
       "decoder":{"type":"WordPiece"},
       "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
        "max_input_chars_per_word":100,
        "vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"a":3,"##b":4}}}
      """;

  @TempDir private Path folder;

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private TokenizerFiles read() throws IOException {
    return TokenizerFiles.read(ModelPath.of(folder));
  }

  private static String bytes(String settings) {
    return Gpt2.json(settings, List.of(ByteSymbols.all()), List.of(), "");
  }

  @Test
  void aTokenizerJsonIsReadFromAFolderOrByItsOwnName() throws IOException {
    write("tokenizer.json", WORD_PIECE);
    Path other = write("other.json", WORD_PIECE);
    assertThat(read().tokenizer().encode("Áb x", true)).containsExactly(1, 3, 4, 0, 2);
    TokenizerFiles files = TokenizerFiles.read(ModelPath.of(other));
    assertThat(files.tokenizer().encode("Áb [CLS]")).containsExactly(3, 4, 1);
    assertThat(files.files()).containsOnlyKeys("tokenizer.json");
    assertThat(files.maxLength()).isEmpty();
    assertThat(files.notes()).isEmpty();
  }

  @Test
  void whatTheFilesWouldCutAndPadIsSaidAndNotDone() throws IOException {
    write(
        "tokenizer.json",
        WORD_PIECE
            .replace(
                "\"truncation\":null",
                "\"truncation\":{\"max_length\":2,\"strategy\":\"LongestFirst\",\"stride\":0}")
            .replace("\"padding\":null", "\"padding\":{\"strategy\":{\"Fixed\":9}}"));
    assertThat(read().tokenizer().encode("a a a a")).containsExactly(3, 3, 3, 3);
    assertThat(read().maxLength()).hasValue(2);
    assertThat(read().notes())
        .containsExactly(
            "tokenizer.json cuts texts at 2 ids, which is left undone",
            "tokenizer.json pads texts, which is left undone");
    write("sentence_bert_config.json", "{\"max_seq_length\":256,\"do_lower_case\":false}");
    write("tokenizer_config.json", "{\"model_max_length\":512,\"do_lower_case\":true}");
    assertThat(read().maxLength()).hasValue(256);
    assertThat(read().files())
        .containsOnlyKeys("tokenizer_config.json", "sentence_bert_config.json", "tokenizer.json");
    Files.delete(folder.resolve("sentence_bert_config.json"));
    write("tokenizer.json", WORD_PIECE);
    assertThat(read().maxLength()).hasValue(512);
    write("tokenizer_config.json", "{\"model_max_length\":1000000000000000019884624838656}");
    assertThat(read().maxLength()).isEmpty();
  }

  @Test
  void copiesOfTheFilesGiveTheSameTokenizer() throws IOException {
    write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\nÁ\n");
    write(
        "tokenizer_config.json", "{\"do_lower_case\":false,\"tokenizer_class\":\"BertTokenizer\"}");
    TokenizerFiles first = read();
    assertThat(first.tokenizer().encode("ab Á á [MASK]", true))
        .containsExactly(2, 5, 6, 7, 1, 4, 3);
    Path copy = Files.createDirectory(folder.resolve("copy"));
    for (Map.Entry<String, byte[]> file : first.files().entrySet()) {
      Files.write(copy.resolve(file.getKey()), file.getValue());
    }
    TokenizerFiles second = TokenizerFiles.read(ModelPath.of(copy));
    assertThat(second.tokenizer().encode("ab Á á [MASK]", true))
        .containsExactly(2, 5, 6, 7, 1, 4, 3);
    assertThat(second.files()).containsOnlyKeys("tokenizer_config.json", "vocab.txt");
  }

  @Test
  void anOldVocabularyLowersTheCaseUnlessItSaysOtherwise() throws IOException {
    write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\na\n");
    assertThat(read().tokenizer().encode("Á", true)).containsExactly(1, 3, 2);
    assertThat(read().tokenizer().vocabularySize()).isEqualTo(6);
    write("special_tokens_map.json", "{\"cls_token\":{\"content\":\"a\"},\"unk_token\":\"[CLS]\"}");
    assertThat(read().tokenizer().encode("x", true)).containsExactly(3, 1, 2);
  }

  @Test
  void tokenizersAreFoundWhereOldSentenceTransformersPutThem() throws IOException {
    Path inner = Files.createDirectory(folder.resolve("0_Transformer"));
    Files.writeString(inner.resolve("tokenizer.json"), WORD_PIECE);
    assertThat(read().tokenizer().encode("a")).containsExactly(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"type\":\"WordPiece\",\"unk | \"type\":\"Unigram\",\"unk | model.type must be 'WordPiece' or"
            + " 'BPE', but is 'Unigram'",
        "BertPreTokenizer | Metaspace | pre_tokenizer.type must be 'BertPreTokenizer', but is"
            + " 'Metaspace'",
        "BertNormalizer | NFKC | normalizer.type must be 'BertNormalizer', but is 'NFKC'",
        "\"lowercase\":true | \"lowercase\":1 | normalizer.lowercase must be true or false, but is 1",
        "\"single_word\":false | \"single_word\":true | added_tokens[0].single_word must be false, but"
            + " is true",
        "\"id\":1 | \"id\":9 | the added token '[CLS]' must have the id 1, which is that of the"
            + " vocabulary, but has 9",
        "\"content\":\"[CLS]\" | \"content\":\"<x>\" | the added token '<x>' must have the id 5, which"
            + " is the next one, but has 1",
        "\"content\":\"[CLS]\" | \"content\":\"\" | an added token must have a text, but that of id 1"
            + " is empty",
        "BertProcessing | Mystery | post_processor.type must be TemplateProcessing, BertProcessing,"
            + " RobertaProcessing, ByteLevel or Sequence, but is 'Mystery'",
        "[\"[SEP]\",2] | [\"[SEP]\",3] | post_processor.sep must be a token of the vocabulary with its"
            + " id, but is [[SEP], 3]",
        "\"a\":3 | \"a\":4 | each id must have one token, but 4 has 'a' and '##b'",
        "\"a\":3 | \"a\":-3 | model.vocab.a must be a whole number from 0 to 4194303, but is -3",
        "\"a\":3 | \"a\":3,\"a\":5 | 'a' must come once, but comes twice",
        "\"unk_token\":\"[UNK]\" | \"unk_token\":\"?\" | model.unk_token must be a token of the"
            + " vocabulary, but is '?'",
        "}}} | } | the file can't be read as JSON: it ends within an object",
      })
  void aTokenizerJsonThatCantBeUsedIsRefusedByKeyAndValue(
      String what, String instead, String message) throws IOException {
    assertThat(WORD_PIECE).contains(what);
    Path file = write("tokenizer.json", WORD_PIECE.replace(what, instead));
    assertThatThrownBy(this::read)
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(file + ": " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"normalizer\":{\"type\":\"NFKC\"},\"pre_tokenizer\":{\"type\":\"ByteLevel\"} |"
            + " normalizer.type must be 'NFC', but is 'NFKC'",
        "\"pre_tokenizer\":{\"type\":\"Metaspace\"} | pre_tokenizer.type must be 'ByteLevel', but is"
            + " 'Metaspace'",
        "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"use_regex\":false} | pre_tokenizer.use_regex must"
            + " be true, unless a Split comes first, but is false",
        "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Digits\"},"
            + "{\"type\":\"ByteLevel\"}]} | pre_tokenizer.pretokenizers[0].type must be 'Split', but"
            + " is 'Digits'",
        "\"pre_tokenizer\":{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"behavior\":"
            + "\"Isolated\",\"pattern\":{\"Regex\":\"x+\"}},{\"type\":\"ByteLevel\"}]} |"
            + " pre_tokenizer.pretokenizers[0].pattern.Regex must be that of GPT-2, Llama 3 or Qwen2,"
            + " but is 'x+'",
        "\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"post_processor\":{\"type\":"
            + "\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"x\",\"type_id\":0}}],"
            + "\"special_tokens\":{\"x\":{\"ids\":[7]}}} | post_processor.single must be a template"
            + " with one sequence 'A', but is [{SpecialToken={id=x, type_id=0}}]",
        "\"pre_tokenizer\":{\"type\":\"ByteLevel\"},\"post_processor\":{\"type\":"
            + "\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"x\",\"type_id\":0}}],"
            + "\"special_tokens\":{\"x\":{\"ids\":[256]}}} | special_tokens must have ids of the"
            + " vocabulary, but has 256",
      })
  void bytePairsThatCantBeUsedAreRefusedByKeyAndValue(String settings, String message)
      throws IOException {
    Path file = write("tokenizer.json", bytes(settings));
    assertThatThrownBy(this::read)
        .isInstanceOf(SafeTensorsException.class)
        .hasMessage(file + ": " + message);
  }

  @Test
  void mergesAndBytesMustBeInTheVocabulary() throws IOException {
    List<String> symbols = new ArrayList<>(List.of(ByteSymbols.all()));
    String settings = "\"pre_tokenizer\":{\"type\":\"ByteLevel\"}";
    Path file = write("tokenizer.json", Gpt2.json(settings, symbols, List.of("a b"), ""));
    assertThatThrownBy(this::read)
        .hasMessage(
            file + ": the tokens of a merge must be in the vocabulary, but 'ab' of merge 0 is not");
    write("tokenizer.json", Gpt2.json(settings, symbols, List.of("a b c"), ""));
    assertThatThrownBy(this::read)
        .hasMessage(file + ": a merge must have two tokens, but merge 0 has 3");
    symbols.remove("a");
    write("tokenizer.json", Gpt2.json(settings, symbols, List.of(), ""));
    assertThatThrownBy(this::read)
        .hasMessage(
            file + ": a vocabulary of bytes must have all 256, but has no 'a', which is byte 97");
    write(
        "tokenizer.json",
        Gpt2.json(settings, List.of(ByteSymbols.all()), List.of(), "\"byte_fallback\":true,"));
    assertThatThrownBy(this::read)
        .hasMessage(file + ": model.byte_fallback must be false, but is true");
  }

  @Test
  void filesThatContradictEachOtherAreRefused() throws IOException {
    write("tokenizer.json", WORD_PIECE);
    Path config = write("tokenizer_config.json", "{\"do_lower_case\":false}");
    assertThatThrownBy(this::read)
        .hasMessage(
            config
                + ": do_lower_case must be true, as tokenizer.json beside it has it, but is false");
    write("tokenizer.json", bytes("\"pre_tokenizer\":{\"type\":\"ByteLevel\"}"));
    write("tokenizer_config.json", "{\"add_prefix_space\":false}");
    assertThatThrownBy(this::read)
        .hasMessage(
            config
                + ": add_prefix_space must be true, as tokenizer.json beside it has it, but is"
                + " false");
    write("tokenizer_config.json", "{\"add_bos_token\":true}");
    assertThatThrownBy(this::read)
        .hasMessage(
            config
                + ": add_bos_token must be false, as tokenizer.json beside it has it, but is true");
    Files.delete(config);
    Path sentence = write("sentence_bert_config.json", "{\"do_lower_case\":true}");
    assertThatThrownBy(this::read)
        .hasMessage(sentence + ": do_lower_case must be false, but is true");
  }

  @Test
  void oldFilesThatCantBeUsedAreRefused() throws IOException {
    Path vocab = write("vocab.txt", "[UNK]\n\n[CLS]\n");
    assertThatThrownBy(this::read)
        .hasMessage(vocab + ": each line must have a token, but line 2 is empty");
    write("vocab.txt", "a\na\n");
    assertThatThrownBy(this::read)
        .hasMessage(vocab + ": a token must come once, but 'a' comes twice");
    Files.write(vocab, "é".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(this::read).hasMessage(vocab + ": the file must be UTF-8, but is not");
    write("vocab.txt", "[UNK]\n");
    Path config = write("tokenizer_config.json", "{\"tokenizer_class\":\"XLMRobertaTokenizer\"}");
    assertThatThrownBy(this::read)
        .hasMessage(
            config
                + ": tokenizer_class must be BertTokenizer or BertTokenizerFast or"
                + " DistilBertTokenizer or DistilBertTokenizerFast, but is 'XLMRobertaTokenizer'");
  }

  @Test
  void aPathWithoutATokenizerIsRefused() throws IOException {
    assertThatThrownBy(this::read)
        .hasMessage(
            folder
                + ": a folder with a tokenizer must hold tokenizer.json, vocab.txt, or vocab.json and"
                + " merges.txt, but holds none of them");
    assertThatThrownBy(() -> TokenizerFiles.read(ModelPath.of(folder.resolve("none"))))
        .hasMessage(
            folder.resolve("none")
                + ": must be a folder with a tokenizer's files, or a tokenizer.json, but doesn't"
                + " exist");
    Path vocab = write("vocab.txt", "[UNK]\n");
    assertThatThrownBy(() -> TokenizerFiles.read(ModelPath.of(vocab)))
        .hasMessage(
            vocab
                + ": a file with a tokenizer must be a tokenizer.json; name the folder of others");
  }
}
