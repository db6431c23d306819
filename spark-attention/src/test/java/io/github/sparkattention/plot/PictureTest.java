package io.github.sparkattention.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureTest {
  @TempDir private Path folder;

  private static AttentionPlots plots(int heads, int length) {
    return AttentionPlots.of(Sample.tokens(length), Sample.causal(heads, length, length));
  }

  @ParameterizedTest
  @CsvSource({"1, 10", "12, 10", "1, 96", "12, 96", "64, 40", "1, 512", "12, 512"})
  void aFragmentFitsIntoANotebook(int heads, int length) {
    assertThat(bytes(plots(heads, length).heatMap(0).html())).isLessThan(102_400);
    assertThat(bytes(plots(heads, length).heads().html())).isLessThan(102_400);
    if (length <= 96) {
      assertThat(bytes(plots(heads, length).arcs(0).html())).isLessThan(102_400);
    }
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  @Test
  void aFragmentLoadsNothingAndItsRulesBindNothingElse() {
    String html = plots(2, 5).heads().html();
    assertThat(html.replace("http://www.w3.org/2000/svg", ""))
        .doesNotContain("http", "//", "url(", "@import", "src=", "href", " id=");
    String style = html.substring(html.indexOf("<style>") + 7, html.indexOf("</style>"));
    assertThat(style.strip().split("}"))
        .allSatisfy(rule -> assertThat(rule.strip()).startsWith(".attention-"));
    assertThat(plots(2, 5).heads().html()).isEqualTo(html);
  }

  @Test
  void aFileIsAWholePageWithMoreDetail() throws IOException {
    Picture map = plots(1, 120).heatMap();
    assertThat(map.html()).containsPattern("blocks of \\d of the 120 tokens");
    Path file = folder.resolve("map.html");
    Files.writeString(file, "old");
    map.writeTo(file);
    assertThat(file)
        .content()
        .startsWith("<!DOCTYPE html>")
        .contains("<title>Attention weights</title>", "prefers-color-scheme: dark")
        .contains("token119 → token0: ")
        .endsWith("</html>\n");
    assertThat(folder).isDirectoryContaining(path -> path.equals(file));
    assertThat(folder.toFile().list()).hasSize(1);
  }

  @Test
  void severalPicturesMakeOnePage() throws IOException {
    Path file = folder.resolve("all.html");
    Picture.writePage(
        file, "a < b", List.of(plots(1, 3).heatMap(), plots(1, 3).arcs(), plots(3, 3).heads()));
    assertThat(file).content().contains("<title>a &lt; b</title>");
    assertThat(Files.readString(file).split("<figure")).hasSize(4);
  }

  @Test
  void aFolderThatIsNotThereIsNamed() {
    Path file = folder.resolve("none").resolve("map.html");
    assertThatThrownBy(() -> plots(1, 3).heatMap().writeTo(file))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(folder.resolve("none").toString());
  }

  @Test
  void itsTextIsItsTitle() {
    assertThat(plots(1, 3).heatMap()).hasToString("Picture[Attention weights]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"<script>alert(1)</script>", "\"a\" & 'b'", "]]>", "{{1}}", "%html", "&lt;"})
  void whatMeansSomethingInHtmlIsText(String token) {
    Picture map =
        AttentionPlots.of(List.of(token), new float[][][] {{{1}}}).titled(token).heatMap();
    assertThat(Fragment.of(map).texts("title")).contains("token 0: " + token);
    assertThat(map.html()).doesNotContain("<script>alert", "\n%", "\n\n");
    assertThat(map.html().split("<script>")).hasSize(2);
  }
}
