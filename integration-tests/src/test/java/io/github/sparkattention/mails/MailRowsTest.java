package io.github.sparkattention.mails;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What of a mail is taken as its text. */
class MailRowsTest {
  private static String text(String... lines) {
    return MailRows.text(String.join("\n", lines));
  }

  @Test
  void onlyTheSubjectIsTakenFromTheHeaders() {
    String mail =
        text(
            "From admin@lists.example  Thu Aug 22 12:36:23 2002",
            "Received: from relay.example",
            "\tby mx.example; Thu, 22 Aug 2002",
            "Subject: Re: [ILUG] A kernel",
            "  that boots",
            "X-Mailer: Some Mailer",
            "",
            "It boots.",
            "",
            "Does  yours?");
    assertThat(mail).isEqualTo("Re: A kernel that boots\nIt boots. Does yours?");
  }

  @Test
  void whatMailingListsAddIsLeftOut() {
    assertThat(text("Subject: s", "", "said", "_".repeat(47), "Users' Group: join at …"))
        .isEqualTo("s\nsaid");
    assertThat(
            text(
                "Subject: s",
                "",
                "said",
                "-".repeat(55),
                "This sf.net email is sponsored by",
                "us"))
        .isEqualTo("s\nsaid");
    assertThat(text("Subject: s", "", "said", "_____", "my name"))
        .isEqualTo("s\nsaid _____ my name");
  }

  @Test
  void transfersAndCharacterSetsAreDecoded() {
    assertThat(
            text(
                "Subject: =?iso-8859-1?Q?Caf=E9_cr=E8me?= =?UTF-8?b?4oKs?=",
                "Content-Type: text/plain; charset=\"utf-8\"",
                "Content-Transfer-Encoding: quoted-printable",
                "",
                "na=C3=AFve soft=",
                "line"))
        .isEqualTo("Café crème€\nnaïve softline");
    byte[] bytes = "Grüße, schön".getBytes(StandardCharsets.ISO_8859_1);
    String base64 = Base64.getMimeEncoder(8, new byte[] {'\n'}).encodeToString(bytes);
    assertThat(
            text(
                "Content-Type: text/plain; charset=iso-8859-1",
                "Content-Transfer-Encoding: BASE64",
                "",
                base64))
        .isEqualTo("Grüße, schön");
    assertThat(text("Content-Type: text/plain; charset=no such", "", "it's read all the same"))
        .isEqualTo("it's read all the same");
  }

  @Test
  void aPageGivesWhatAReaderSees() {
    assertThat(
            text(
                "Subject: s",
                "Content-Type: text/html",
                "",
                "<html><head><title>no</title><style>p { no }</style></head><!-- no",
                "--><body>V<!-- x -->ia<b>gra</b>&nbsp;&amp; co<br>now &#8364;5 &#x41;",
                "<script>no()</script></body></html>"))
        .isEqualTo("s\nViagra & co now €5 A");
    assertThat(text("Subject: s", "", "<HTML><p>one<p>two</HTML>")).isEqualTo("s\none two");
  }

  @Test
  void ofPartsThoseWithTextAreTaken() {
    assertThat(
            text(
                "Subject: s",
                "Content-Type: multipart/mixed;",
                "\tboundary=\"a=b\"",
                "",
                "for old programs",
                "--a=b",
                "Content-Type: multipart/alternative; boundary=inner",
                "",
                "--inner",
                "",
                "plain",
                "--inner",
                "Content-Type: text/html",
                "",
                "<p>the same</p>",
                "--inner--",
                "--a=b",
                "Content-Type: image/gif",
                "Content-Transfer-Encoding: base64",
                "",
                "R0lGODlh",
                "--a=b",
                "Content-Type: message/rfc822",
                "",
                "Subject: another mail",
                "",
                "forwarded",
                "--a=b--",
                "after the end"))
        .isEqualTo("s\nplain forwarded");
  }

  @Test
  void mailsBecomeRowsOfALabelAndAText(@TempDir Path folder) throws IOException {
    Files.createDirectories(folder.resolve("corpus/hard-ham-1"));
    Files.createDirectories(folder.resolve("corpus/spam-2"));
    Files.writeString(folder.resolve("corpus/hard-ham-1/1.txt"), "Subject: \"a\\b\"\n\nline");
    Files.writeString(folder.resolve("corpus/spam-2/1.txt"), "Subject: buy\n\nnow");
    Files.writeString(folder.resolve("corpus/spam-2/2.txt"), "X-Empty: yes\n\n");
    Path output = folder.resolve("mails.json");

    MailRows.main(new String[] {folder.resolve("corpus").toString(), output.toString()});

    ObjectMapper mapper = new ObjectMapper();
    List<String> lines = Files.readAllLines(output);
    assertThat(lines).hasSize(2);
    JsonNode ham = mapper.readTree(lines.get(0));
    assertThat(ham.get("label").textValue()).isEqualTo("ham");
    assertThat(ham.get("text").textValue()).isEqualTo("\"a\\b\"\nline");
    assertThat(mapper.readTree(lines.get(1)).get("label").textValue()).isEqualTo("spam");
  }

  @Test
  void aFolderWithoutMailsIsRefused(@TempDir Path folder) {
    String[] arguments = {folder.toString(), folder.resolve("mails.json").toString()};
    assertThatThrownBy(() -> MailRows.main(arguments))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "'%s' must have folders such as easy-ham-1 and spam-1 with mails, but has none",
            folder);
    assertThat(folder.resolve("mails.json")).doesNotExist();
  }
}
