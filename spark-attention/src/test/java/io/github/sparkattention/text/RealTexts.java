package io.github.sparkattention.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import net.datafaker.Faker;

/**
 * Texts that people have written, out of what a build has at hand: this project's pages and
 * sources, names and sentences in the sixty languages of Datafaker, and the JDK's names of
 * countries in all of its languages.
 */
public final class RealTexts {
  private RealTexts() {}

  /** More than a thousand texts, always in the same order. */
  public static List<String> all() {
    List<String> texts = new ArrayList<>();
    texts.addAll(project());
    texts.addAll(fakers());
    texts.addAll(countries());
    return texts;
  }

  private static List<String> project() {
    try (Stream<Path> files = Files.walk(Path.of(".."))) {
      return files
          .filter(
              file -> file.toString().matches("\\.\\./(docs/)?[\\w.]+\\.md|.*/src/main/.*\\.java"))
          .sorted()
          .flatMap(file -> Arrays.stream(read(file).split("\n\n+", -1)))
          .filter(text -> !text.isBlank())
          .limit(600)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The first lines of each language's files, ten lines a text. */
  private static List<String> fakers() {
    Path jar = Path.of(Faker.class.getProtectionDomain().getCodeSource().getLocation().getPath());
    List<String> texts = new ArrayList<>();
    try (ZipFile zip = new ZipFile(jar.toFile(), StandardCharsets.UTF_8)) {
      List<? extends ZipEntry> entries =
          zip.stream()
              .filter(entry -> entry.getName().matches("[a-zA-Z-]{2,7}\\.yml|[a-z]{2}/\\w+\\.yml"))
              .sorted(Comparator.comparing(ZipEntry::getName))
              .toList();
      for (ZipEntry entry : entries) {
        try (InputStream in = zip.getInputStream(entry)) {
          List<String> lines =
              new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().limit(60).toList();
          for (int i = 0; i < lines.size(); i += 10) {
            texts.add(String.join("\n", lines.subList(i, Math.min(i + 10, lines.size()))));
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return texts;
  }

  private static List<String> countries() {
    return Stream.of(Locale.getAvailableLocales())
        .sorted(Comparator.comparing(Locale::toLanguageTag))
        .map(
            locale ->
                Stream.of(Locale.getISOCountries())
                    .limit(25)
                    .map(country -> new Locale.Builder().setRegion(country).build())
                    .map(country -> country.getDisplayCountry(locale))
                    .collect(Collectors.joining(", ", locale.getDisplayName(locale) + ": ", ".")))
        .distinct()
        .toList();
  }
}
