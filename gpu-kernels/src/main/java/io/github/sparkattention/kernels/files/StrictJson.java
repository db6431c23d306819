package io.github.sparkattention.kernels.files;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;
import static io.github.sparkattention.kernels.files.SafeTensorsException.shorten;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.StandardCharsets;

/**
 * Reads JSON that may come from anywhere: one object in UTF-8, with nothing behind it, whose names
 * are Unicode. What it holds is for a {@link Body} to check, in one pass.
 */
public final class StrictJson {
  // A file's names come once each, so a table of them would only be there to be attacked.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(SafeTensorsHeader.LONGEST).build())
          .build();

  private final String source;
  private final String what;
  private final CharsetEncoder utf8 = StandardCharsets.UTF_8.newEncoder();

  /** Takes an object or array, from the parser at its opening bracket up to the closing one. */
  @FunctionalInterface
  public interface Body {
    /**
     * Takes what the brackets hold.
     *
     * @param json the parser, at the opening bracket; left at the closing one
     * @throws SafeTensorsException if it is not what it must be
     * @throws IOException if it is no JSON
     */
    void parse(JsonParser json) throws IOException;
  }

  /**
   * Makes a reader.
   *
   * @param source name of the file, for messages
   * @param what what the JSON is in it, for messages
   */
  public StrictJson(String source, String what) {
    this.source = source;
    this.what = what;
  }

  /**
   * Parses one object.
   *
   * @param text the JSON in UTF-8
   * @param length how many bytes of it
   * @param body takes the object
   * @throws SafeTensorsException if the text is no single object, or the body refuses it
   * @throws IOException if the body fails
   */
  public void parse(byte[] text, int length, Body body) throws IOException {
    parse(text, length, JsonToken.START_OBJECT, body);
  }

  /**
   * Parses one object or one array.
   *
   * @param text the JSON in UTF-8
   * @param length how many bytes of it
   * @param start the opening bracket of what it must be
   * @param body takes it
   * @throws SafeTensorsException if the text is something else, or the body refuses it
   * @throws IOException if the body fails
   */
  public void parse(byte[] text, int length, JsonToken start, Body body) throws IOException {
    String one = start == JsonToken.START_OBJECT ? "object" : "array";
    // A decoder of our own reports bad UTF-8; Jackson's would guess UTF-16 or let some pass.
    try (Reader characters =
            new InputStreamReader(
                new ByteArrayInputStream(text, 0, length), StandardCharsets.UTF_8.newDecoder());
        JsonParser json = JSON.createParser(characters)) {
      if (json.nextToken() != start) {
        throw refuse(
            "the %s must be one JSON %s, but %s"
                .formatted(
                    what, one, json.currentToken() == null ? "is empty" : "is " + found(json)));
      }
      body.parse(json);
      if (json.nextToken() != null) {
        throw refuse("the %s must be one JSON %s, but goes on after it".formatted(what, one));
      }
    } catch (CharacterCodingException e) {
      throw new SafeTensorsException(source, "the %s must be UTF-8, but is not".formatted(what), e);
    } catch (JsonEOFException e) {
      throw new SafeTensorsException(
          source, "the %s can't be read as JSON: it ends within an %s".formatted(what, one), e);
    } catch (JsonProcessingException e) {
      throw new SafeTensorsException(
          source,
          "the %s can't be read as JSON: %s".formatted(what, shorten(e.getOriginalMessage())),
          e);
    }
  }

  /**
   * Refuses what is no Unicode: half of a surrogate pair can be written as an escape, and no UTF-8
   * writes it.
   *
   * @param name what the text is, for messages
   * @param text the text
   * @return the text
   * @throws SafeTensorsException if it is no Unicode
   */
  public String unicode(String name, String text) throws SafeTensorsException {
    if (!utf8.canEncode(text)) {
      throw refuse("%s must be Unicode, but %s is not".formatted(name, quote(text)));
    }
    return text;
  }

  /**
   * Makes a refusal that names the file.
   *
   * @param message the rest of the sentence
   * @return the refusal, to be thrown
   */
  public SafeTensorsException refuse(String message) {
    return new SafeTensorsException(source, message);
  }

  /**
   * What a parser is at, for messages.
   *
   * @param json the parser
   * @return the value, short and on one line
   * @throws IOException if it is no JSON
   */
  public static String found(JsonParser json) throws IOException {
    JsonToken token = json.currentToken();
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> quote(json.getText());
      default -> shorten(json.getText());
    };
  }
}
