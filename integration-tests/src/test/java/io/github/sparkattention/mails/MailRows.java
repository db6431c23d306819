package io.github.sparkattention.mails;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Not a test, but what notebooks/fetch-mails runs with the JDK alone: mails of the public corpus of
 * SpamAssassin become rows of a label and a text, one JSON object a line.
 *
 * <p>A text is the subject, a line break, and what a reader would see of the body, in one line.
 * Whatever else the headers say is left out, for it tells spam from ham without a word being read:
 * routes, mailing lists, the programs that mails were written with. So are the marks that mailing
 * lists put on mails, {@code [list]} in subjects and the lines below a long rule.
 */
final class MailRows {
  private static final Pattern ENCODED_WORD =
      Pattern.compile("=\\?([^?\\s]+)\\?([bBqQ])\\?([^?]*)\\?=(?:\\s+(?==\\?))?");

  private static final Pattern PARAMETER =
      Pattern.compile(";\\s*(charset|boundary)\\s*=\\s*(?:\"([^\"]*)\"|([^\\s;\"]+))");

  private static final Pattern ENTITY = Pattern.compile("&(#\\d{1,6}|#[xX]\\p{XDigit}{1,5}|\\w+);");

  private static final Map<String, String> ENTITIES =
      Map.of("amp", "&", "lt", "<", "gt", ">", "quot", "\"", "nbsp", " ", "copy", "©");

  /** What Mailman and SourceForge put before what they add to a mail. */
  private static final Pattern LIST_FOOTER =
      Pattern.compile("(?s)\\n(?:_{40,}|-{50,}\\s*\\nThis sf\\.net email).*");

  private static final Pattern LIST_MARK = Pattern.compile("\\[[\\w ./-]+\\]\\s*");

  /** What only a page in HTML has, whatever its mail calls it. */
  private static final Pattern PAGE = Pattern.compile("(?i)<(?:html|body|table)\\b");

  /** Deeper mails in mails are left out. */
  private static final int MOST_LEVELS = 8;

  private MailRows() {}

  /**
   * Writes the rows of all mails.
   *
   * @param args the folder of the corpus, which has a folder for each group of mails, and the file
   *     to write
   * @throws IOException if a mail can't be read or the file can't be written
   */
  public static void main(String[] args) throws IOException {
    List<Path> mails = mails(Path.of(args[0]));
    Path output = Path.of(args[1]);
    int written = 0;
    int empty = 0;
    try (BufferedWriter writer = Files.newBufferedWriter(output)) {
      for (Path mail : mails) {
        String text = text(Files.readString(mail, StandardCharsets.ISO_8859_1));
        if (text.isBlank()) {
          empty++;
        } else {
          writer.write(json(mail.getParent().getFileName().toString(), text));
          written++;
        }
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%,d mails are in %s; %d without any text are left out.%n",
        written,
        output,
        empty);
  }

  private static List<Path> mails(Path corpus) throws IOException {
    try (Stream<Path> files = Files.walk(corpus, 2)) {
      List<Path> mails =
          files
              .filter(file -> file.toString().endsWith(".txt"))
              .filter(file -> file.getParent().getFileName().toString().matches(".*(ham|spam)-.*"))
              .sorted()
              .toList();
      if (mails.isEmpty()) {
        throw new IOException(
            String.format(
                "'%s' must have folders such as easy-ham-1 and spam-1 with mails, but has none",
                corpus));
      }
      return mails;
    }
  }

  /** A line of the file. */
  static String json(String group, String text) {
    String label = group.contains("ham-") ? "ham" : "spam";
    StringBuilder json = new StringBuilder("{\"label\":\"" + label + "\",\"text\":\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        json.append('\\').append(c);
      } else if (c < ' ' || c == 0x7f || Character.isSurrogate(c)) {
        json.append(String.format("\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append("\"}\n").toString();
  }

  /** The text of a mail whose bytes are given as ISO 8859-1. */
  static String text(String mail) {
    String lines = mail.replace("\r\n", "\n").replaceFirst("^From [^\n]*\n", "");
    Part part = Part.of(lines);
    String subject = LIST_MARK.matcher(decodeWords(part.header("subject"))).replaceAll("");
    String body = LIST_FOOTER.matcher(part.text(0)).replaceFirst("");
    return (oneLine(subject) + "\n" + oneLine(body)).strip();
  }

  private static String oneLine(String text) {
    return text.replaceAll("[\\s\\u00a0\\p{Cntrl}]+", " ").strip();
  }

  /** Headers and what they stand above: a mail, or a part of one. */
  private record Part(Map<String, String> headers, String body) {

    static Part of(String lines) {
      int end = lines.startsWith("\n") ? 0 : lines.indexOf("\n\n");
      String head = end < 0 ? lines : lines.substring(0, end);
      Map<String, String> headers = new LinkedHashMap<>();
      for (String header : head.replaceAll("\n[ \t]+", " ").split("\n", -1)) {
        int colon = header.indexOf(':');
        if (colon > 0) {
          headers.putIfAbsent(
              header.substring(0, colon).toLowerCase(Locale.ROOT),
              header.substring(colon + 1).strip());
        }
      }
      return new Part(headers, end < 0 ? "" : lines.substring(end).stripLeading());
    }

    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    /** Such as text/html. */
    private String type() {
      String type = header("content-type").split("[;\\s]", 2)[0].toLowerCase(Locale.ROOT);
      return type.contains("/") ? type : "text/plain";
    }

    private String parameter(String name) {
      Matcher matcher = PARAMETER.matcher(header("content-type").replaceFirst("^(?=;)", " "));
      while (matcher.find()) {
        if (matcher.group(1).equalsIgnoreCase(name)) {
          return matcher.group(2) == null ? matcher.group(3) : matcher.group(2);
        }
      }
      return "";
    }

    String text(int level) {
      String type = type();
      if (level > MOST_LEVELS) {
        return "";
      }
      if (type.startsWith("multipart/") && !parameter("boundary").isEmpty()) {
        return textOf(parts(), type.equals("multipart/alternative"), level + 1);
      }
      if (type.equals("message/rfc822")) {
        return of(body).text(level + 1);
      }
      if (!type.startsWith("text/") && !type.startsWith("multipart/")) {
        return "";
      }
      String text = decode();
      return type.equals("text/html") || PAGE.matcher(text).find() ? textOfPage(text) : text;
    }

    private List<Part> parts() {
      List<Part> parts = new ArrayList<>();
      String[] pieces = ("\n" + body).split("\n--" + Pattern.quote(parameter("boundary")), -1);
      for (int i = 1; i < pieces.length && !pieces[i].startsWith("--"); i++) {
        int line = pieces[i].indexOf('\n');
        parts.add(of(line < 0 ? "" : pieces[i].substring(line + 1)));
      }
      return parts;
    }

    /** All texts of a mail's parts, or the first of those that say the same. */
    private static String textOf(List<Part> parts, boolean alternative, int level) {
      List<String> texts = new ArrayList<>();
      for (Part part : parts) {
        String text = part.text(level);
        if (!text.isBlank()) {
          texts.add(text);
        }
      }
      return alternative ? texts.stream().findFirst().orElse("") : String.join("\n", texts);
    }

    private String decode() {
      String encoding = header("content-transfer-encoding").toLowerCase(Locale.ROOT);
      byte[] bytes =
          switch (encoding) {
            case "base64" -> base64(body);
            case "quoted-printable" -> quotedPrintable(body.replaceAll("=[ \t]*\n", ""));
            default -> body.getBytes(StandardCharsets.ISO_8859_1);
          };
      return new String(bytes, charset(parameter("charset")));
    }
  }

  /** The character set of a name; mails name many that there are not. */
  private static Charset charset(String name) {
    try {
      Charset charset = Charset.forName(name.isEmpty() ? "windows-1252" : name);
      // Mails that call themselves ASCII have quotation marks and euros of Windows all the same.
      return charset.equals(StandardCharsets.US_ASCII) ? Charset.forName("windows-1252") : charset;
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return Charset.forName("windows-1252");
    }
  }

  private static byte[] base64(String text) {
    String digits = text.replaceAll("=[^=]*$|[^A-Za-z0-9+/]", "");
    // A last digit alone has no whole byte.
    return Base64.getDecoder()
        .decode(digits.length() % 4 == 1 ? digits.substring(0, digits.length() - 1) : digits);
  }

  private static byte[] quotedPrintable(String text) {
    return Pattern.compile("=(\\p{XDigit}{2})")
        .matcher(text)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(match.group(1), 16))))
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  /** A header with its encoded words decoded. */
  private static String decodeWords(String header) {
    return ENCODED_WORD
        .matcher(header)
        .replaceAll(
            match -> {
              String data = match.group(3);
              byte[] bytes =
                  match.group(2).equalsIgnoreCase("b")
                      ? base64(data)
                      : quotedPrintable(data.replace('_', ' '));
              return Matcher.quoteReplacement(new String(bytes, charset(match.group(1))));
            });
  }

  /** What a reader would see of a page in HTML. */
  private static String textOfPage(String page) {
    String text =
        page.replaceAll("(?s)<!--.*?-->", "")
            .replaceAll("(?is)<(script|style|title)\\b.*?</\\1\\s*>", " ")
            .replaceAll("(?i)</?(?:b|i|u|a|em|strong|font|span)\\b[^>]*>", "")
            .replaceAll("(?s)<[/!a-zA-Z][^>]*>", " ");
    return ENTITY
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(entity(match.group(1))));
  }

  private static String entity(String name) {
    if (!name.startsWith("#")) {
      return ENTITIES.getOrDefault(name, " ");
    }
    boolean hexadecimal = name.startsWith("#x") || name.startsWith("#X");
    int code = Integer.parseInt(name.substring(hexadecimal ? 2 : 1), hexadecimal ? 16 : 10);
    return Character.isDefined(code) ? Character.toString(code) : " ";
  }
}
