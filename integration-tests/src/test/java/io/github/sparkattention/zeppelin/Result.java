package io.github.sparkattention.zeppelin;

import java.util.List;

/**
 * One of the results that Zeppelin shows under a paragraph.
 *
 * @param type TEXT, TABLE or HTML
 * @param data what is shown; of a table, lines of fields between tabs, the header first
 */
record Result(String type, String data) {
  /**
   * What stays the same when a note runs on another machine.
   *
   * @param type the result's type
   * @param header a table's header
   * @param rows a table's number of rows
   */
  record Shape(String type, String header, long rows) {}

  Shape shape() {
    if (!type.equals("TABLE")) {
      return new Shape(type, "", 0);
    }
    List<String> lines = data.lines().toList();
    return new Shape(type, lines.get(0), lines.size() - 1L);
  }
}
