package io.github.sparkattention.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the pages that people read to the files, classes and packages that there are. */
class PagesTest {
  private static final Path ROOT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();

  private static final List<String> MODULES =
      List.of("gpu-kernels", "spark-attention", "integration-tests");

  /** The pages that name classes for those who read the code. */
  private static final List<String> ABOUT_CODE =
      List.of("docs/architecture.md", "docs/decisions.md", "CONTRIBUTING.md");

  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");
  private static final Pattern BLOCK = Pattern.compile("(?s)\n```\\w*\n(.*?)\n```\n");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern CLASS =
      Pattern.compile("(?<![\\w.=/:])[A-Z][a-z]+[A-Z][A-Za-z]*\\b");
  private static final Pattern ROOM = Pattern.compile("(?m)^\\| ((?:`[a-z.]+`(?:, )?)+) \\|");

  /** Classes and names of others. */
  private static final Set<String> FOREIGN =
      Set.of("CollectionAccumulator", "JavaModuleOptions", "OpenCL");

  private static List<String> find(Pattern pattern, String text) {
    return pattern.matcher(text).results().map(match -> match.group(1)).toList();
  }

  private static String read(String page) throws IOException {
    return Files.readString(ROOT.resolve(page));
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (String page : List.of("README.md", "CONTRIBUTING.md", "notebooks/README.md")) {
      pages.add(ROOT.resolve(page));
    }
    try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
  }

  /** The fragments that a page's headings have, as GitHub makes them. */
  private static Set<String> fragments(Path page) throws IOException {
    return find(HEADING, Files.readString(page)).stream()
        .map(
            heading ->
                heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w -]", "").replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  /** Whether a link of a page leads to a file that exists and, if it names one, to a heading. */
  private static boolean leadsSomewhere(Path page, String link) throws IOException {
    if (link.startsWith("https://")) {
      return true;
    }
    String[] parts = link.split("#", 2);
    Path target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]);
    return Files.exists(target) && (parts.length == 1 || fragments(target).contains(parts[1]));
  }

  @Test
  void everyLinkLeadsToAFileAndAHeading() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      for (String link : find(LINK, Files.readString(page))) {
        if (!leadsSomewhere(page, link)) {
          broken.add(ROOT.relativize(page) + ": " + link);
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  @Test
  void everyPageIsLinkedFromTheReadme() throws IOException {
    List<String> links = find(LINK, read("README.md"));
    for (Path page : pages()) {
      String name = ROOT.relativize(page).toString();
      assertThat(links.contains(name) || name.equals("README.md"))
          .describedAs("README.md links to %s", name)
          .isTrue();
    }
  }

  private static Set<String> classes() throws IOException {
    Set<String> classes = new TreeSet<>(FOREIGN);
    for (String module : MODULES) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src"))) {
        files
            .map(file -> file.getFileName().toString())
            .filter(name -> name.endsWith(".java"))
            .forEach(name -> classes.add(name.substring(0, name.length() - ".java".length())));
      }
    }
    return classes;
  }

  /** The names of classes in a page's code, in lines and in blocks. */
  private static Set<String> named(String page) throws IOException {
    String text = read(page);
    List<String> code = new ArrayList<>(find(BLOCK, text));
    code.addAll(find(CODE, BLOCK.matcher(text).replaceAll("\n")));
    Set<String> named = new TreeSet<>();
    code.forEach(part -> CLASS.matcher(part).results().forEach(match -> named.add(match.group())));
    return named;
  }

  @Test
  void everyClassThatAPageNamesExists() throws IOException {
    Set<String> classes = classes();
    for (String page : ABOUT_CODE) {
      Set<String> missing = named(page);
      missing.removeAll(classes);
      assertThat(missing).describedAs("classes that only %s knows", page).isEmpty();
    }
  }

  /** The packages of two modules, without what all of them begin with. */
  private static Set<String> packages() throws IOException {
    Set<String> packages = new TreeSet<>();
    for (String module : List.of("gpu-kernels", "spark-attention")) {
      Path root = ROOT.resolve(module).resolve("src/main/java/io/github/sparkattention");
      try (Stream<Path> files = Files.walk(root)) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .map(file -> root.relativize(file.getParent()).toString().replace('/', '.'))
            .filter(name -> !name.isEmpty())
            .forEach(packages::add);
      }
    }
    return packages;
  }

  @Test
  void theTablesOfRoomsListEachPackageOnce() throws IOException {
    List<String> rooms =
        find(ROOM, read("docs/architecture.md")).stream()
            .flatMap(cell -> find(CODE, cell).stream())
            .toList();
    assertThat(rooms).containsExactlyInAnyOrderElementsOf(packages());
  }
}
