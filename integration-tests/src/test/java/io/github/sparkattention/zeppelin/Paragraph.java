package io.github.sparkattention.zeppelin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A paragraph of a note: which interpreter takes it, its text, and the results saved with it. */
final class Paragraph {
  /** Such as {@code %spark(form=simple)} before the text. */
  private static final Pattern INTERPRETER = Pattern.compile("%([\\w.]+)(?:\\(([^)]*)\\))?\\s+");

  private final ObjectNode json;
  private final String interpreter;
  private final String properties;
  private final String body;

  Paragraph(ObjectNode json) {
    this.json = json;
    String text = json.get("text").textValue();
    Matcher matcher = INTERPRETER.matcher(text);
    if (!matcher.lookingAt()) {
      throw new IllegalArgumentException("A paragraph must name its interpreter: " + text);
    }
    interpreter = matcher.group(1);
    properties = matcher.group(2) == null ? "" : matcher.group(2);
    body = text.substring(matcher.end());
  }

  String id() {
    return json.get("id").textValue();
  }

  String title() {
    return json.get("title").textValue();
  }

  /** Such as spark.sql. */
  String interpreter() {
    return interpreter;
  }

  /** Whether the text has forms such as <code>${head=1}</code>. */
  boolean hasForms() {
    return interpreter.equals("spark.sql") || properties.contains("form=simple");
  }

  String body() {
    return body;
  }

  void setBody(String text) {
    json.put("text", "%" + interpreter + "\n" + text);
  }

  String status() {
    return json.get("status").textValue();
  }

  List<Result> savedResults() {
    List<Result> results = new ArrayList<>();
    for (JsonNode message : json.at("/results/msg")) {
      results.add(new Result(message.get("type").textValue(), message.get("data").textValue()));
    }
    return results;
  }

  void save(List<Result> results) {
    json.put("status", "FINISHED");
    ArrayNode messages = json.putObject("results").put("code", "SUCCESS").putArray("msg");
    for (Result result : results) {
      messages.addObject().put("type", result.type()).put("data", result.data());
    }
  }
}
