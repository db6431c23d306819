package io.github.sparkattention.internal.options;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.ParamDeclaration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.ResourceBundle;

/** The sentences of the stages' params, of which options say {@code ${bundle:numHeads}}. */
public final class ParamSentences extends ResourceBundle {
  /** Looked up when help is printed, since the params load hundreds of Spark's classes. */
  @Override
  protected Object handleGetObject(String key) {
    return ParamDeclaration.allOf(CausalAttention.class).stream()
        .filter(param -> param.name().equals(key))
        .findFirst()
        .map(ParamSentences::of)
        .orElse(null);
  }

  private static String of(ParamDeclaration<?, ?> param) {
    String sentence = OptionNames.in(param.sentence());
    return Character.toUpperCase(sentence.charAt(0)) + sentence.substring(1);
  }

  /** None, for picocli would take each for the name of an option that the sentence is meant for. */
  @Override
  public Enumeration<String> getKeys() {
    return Collections.emptyEnumeration();
  }
}
