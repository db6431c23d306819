package io.github.sparkattention.kernels.models;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The pieces of words of a BERT tokenizer, enough of it to make ids of plain English texts. */
final class Vocabulary {
  static final int CLS = 101;
  static final int SEP = 102;

  private static final Pattern WORD = Pattern.compile("\\p{Punct}|[^\\p{Punct}\\s]+");

  private final Map<String, Integer> ids;

  private Vocabulary(Map<String, Integer> ids) {
    this.ids = ids;
  }

  /** Reads the field {@code vocab} of a tokenizer.json. */
  static Vocabulary read(InputStream tokenizer) throws IOException {
    Map<String, Integer> ids = new HashMap<>();
    try (JsonParser json = new JsonFactory().createParser(tokenizer)) {
      while (!"vocab".equals(json.nextFieldName())) {
        if (!json.hasCurrentToken()) {
          throw new IOException("the tokenizer has no field 'vocab'");
        }
      }
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        ids.put(json.currentName(), json.nextIntValue(-1));
      }
    }
    return new Vocabulary(ids);
  }

  int size() {
    return ids.size();
  }

  /** The ids of a text of ASCII: [CLS], the longest pieces of each word, [SEP]. */
  int[] encode(String text) {
    List<Integer> encoded = new ArrayList<>(List.of(CLS));
    Matcher words = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (words.find()) {
      String word = words.group();
      int begin = 0;
      while (begin < word.length()) {
        int end = word.length();
        while (!ids.containsKey(piece(word, begin, end))) {
          end--;
        }
        encoded.add(ids.get(piece(word, begin, end)));
        begin = end;
      }
    }
    encoded.add(SEP);
    return encoded.stream().mapToInt(Integer::intValue).toArray();
  }

  private static String piece(String word, int begin, int end) {
    return (begin == 0 ? "" : "##") + word.substring(begin, end);
  }
}
