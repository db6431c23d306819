package io.github.sparkattention.kernels.files;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import java.nio.charset.StandardCharsets;

/** Formats that files are mistaken for safetensors files in, known by their first bytes. */
enum ForeignFormat {
  JSON("{", "JSON does, such as an index of shards, whose name must end in .json"),
  GIT_LFS("version ", "a Git LFS pointer does, in place of the file that is yet to be fetched"),
  ZIP("PK\3\4", "a zip archive does, such as a PyTorch checkpoint"),
  PICKLE("\u0080\2", "a pickle does, such as an old PyTorch checkpoint"),
  GGUF("GGUF", "a GGUF file does"),
  HDF5("\u0089HDF", "an HDF5 file does"),
  NUMPY("\u0093NUMPY", "a NumPy file does");

  private final String magic;
  private final String does;

  /** Takes the first bytes as characters of ISO 8859-1, where each byte is one. */
  ForeignFormat(String magic, String does) {
    this.magic = magic;
    this.does = does;
  }

  /**
   * What a file that is none of safetensors begins with, for messages.
   *
   * @param start its first bytes
   * @return what they are, or null if they tell nothing
   */
  static String describe(byte[] start) {
    String text = new String(start, StandardCharsets.ISO_8859_1);
    for (ForeignFormat format : values()) {
      if (text.startsWith(format.magic)) {
        return "begins as " + format.does;
      }
    }
    boolean readable = text.chars().allMatch(c -> c < 0x7f && (c >= ' ' || c == '\n' || c == '\r'));
    return readable ? "begins with the text " + quote(text) : null;
  }
}
