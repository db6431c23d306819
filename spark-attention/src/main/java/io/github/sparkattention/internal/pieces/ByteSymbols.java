package io.github.sparkattention.internal.pieces;

/**
 * The characters by which vocabularies of bytes write them: printable ones of Latin-1 stand for
 * themselves, and the others are numbered from U+0100 on.
 */
public final class ByteSymbols {
  private ByteSymbols() {}

  /** The symbol of each byte. */
  public static String[] all() {
    String[] symbols = new String[256];
    int others = 0;
    for (int value = 0; value < symbols.length; value++) {
      boolean printable =
          (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
      symbols[value] = Character.toString(printable ? value : 0x100 + others++);
    }
    return symbols;
  }
}
