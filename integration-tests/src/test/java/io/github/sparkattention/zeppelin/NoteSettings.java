package io.github.sparkattention.zeppelin;

import java.io.IOException;
import java.io.StringReader;
import java.util.Properties;

/** The settings of a note's first paragraph, %spark.conf. */
final class NoteSettings {
  private NoteSettings() {}

  /**
   * The settings as the note gives them, with what a user would set in Zeppelin for Spark 4 and
   * Scala 2.13, and with the jars that are on the class path already.
   */
  static Properties of(Paragraph paragraph) throws IOException {
    Properties settings = new Properties();
    settings.load(new StringReader(paragraph.body()));
    settings.remove("spark.jars");
    settings.remove("spark.jars.packages");
    settings.setProperty("spark.master", "local[2]");
    settings.setProperty("spark.app.name", "notes");
    settings.setProperty("zeppelin.spark.scala.version", "2.12.99");
    settings.setProperty("zeppelin.spark.enableSupportedVersionCheck", "false");
    return settings;
  }
}
