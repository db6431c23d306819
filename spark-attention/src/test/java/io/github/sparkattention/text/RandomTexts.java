package io.github.sparkattention.text;

import java.util.Random;

/** Texts of random code points, weighted towards those that tokenizers tell apart. */
final class RandomTexts {
  private static final int[][] RANGES = {
    {0, 0x7F},
    {0x80, 0x24F},
    {0x300, 0x36F},
    {0x370, 0x6FF},
    {0x900, 0xDFF},
    {0x1100, 0x11FF},
    {0x1680, 0x180F},
    {0x1E00, 0x206F},
    {0x2190, 0x2BFF},
    {0x3000, 0x33FF},
    {0x3400, 0x9FFF},
    {0xAC00, 0xD7A3},
    {0xE000, 0xFFFF},
    {0x10000, 0x11FFF},
    {0x1F000, 0x1FAFF},
    {0, 0x10FFFF}
  };

  private static final String[] WORDS = {
    "don't",
    "IT'S",
    "we'll",
    "you've",
    "'Re",
    " the",
    "\r\n",
    "  ",
    "\n\n ",
    "1234567",
    "²½",
    "[SEP]",
    "[MASK]",
    "<|endoftext|>",
    "straße",
    "İstanbul",
    "ΑΣ",
    "東京",
    "한국어",
    "é",
    "e\u0301",
    "\u0301\u0327",
    "'\u017F",
    "👩‍👩‍👧",
    "A\u030A\u0323",
    "x".repeat(101)
  };

  private final Random random;

  RandomTexts(long seed) {
    random = new Random(seed);
  }

  String next() {
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(60);
    for (int i = 0; i < length; i++) {
      if (random.nextInt(6) == 0) {
        text.append(WORDS[random.nextInt(WORDS.length)]);
      } else {
        int[] range = RANGES[random.nextInt(RANGES.length)];
        int run = 1 + random.nextInt(4);
        for (int j = 0; j < run; j++) {
          int point = range[0] + random.nextInt(range[1] - range[0] + 1);
          if (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE) {
            text.appendCodePoint(point);
          }
        }
      }
    }
    return text.toString();
  }
}
