package io.github.sparkattention.internal.options;

import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a choice by the word that stands for it, in any case, and lists the words if need be. */
public record ChoiceConverter<T>(List<T> choices) implements ITypeConverter<T> {
  public static <E extends Enum<E>> ChoiceConverter<E> of(Class<E> type) {
    return new ChoiceConverter<>(List.of(type.getEnumConstants()));
  }

  @Override
  public T convert(String word) {
    return choices.stream()
        .filter(choice -> choice.toString().equalsIgnoreCase(word))
        .findFirst()
        .orElseThrow(
            () ->
                new TypeConversionException(
                    String.format("expected one of %s, but was '%s'", choices, word)));
  }
}
