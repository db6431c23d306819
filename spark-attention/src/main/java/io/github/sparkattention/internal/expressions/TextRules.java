package io.github.sparkattention.internal.expressions;

import io.github.sparkattention.text.Tokenizer;
import java.io.Serializable;
import java.util.Arrays;

/**
 * What a stage or a function makes of a row's text.
 *
 * @param caller which of the two it is
 * @param uid the stage's uid or the function's model, for messages
 * @param column the text's column, for messages
 * @param special whether special tokens are put around a text
 * @param maxLength most ids of a sequence, special ones included; 0 if any number is allowed
 * @param longRows what becomes of a text with more
 * @param fails whether a row that can't be computed fails the task; it gives null otherwise
 */
public record TextRules(
    Caller caller,
    String uid,
    String column,
    boolean special,
    int maxLength,
    LongRows longRows,
    boolean fails)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Who has texts turned into ids. */
  public enum Caller {
    /** A stage, whose params say what becomes of texts that can't be computed. */
    STAGE,
    /** A function, which gives null for null, as SQL expects it. */
    FUNCTION
  }

  /** Whether texts may become several sequences. */
  boolean splits() {
    return longRows == LongRows.SPLIT;
  }

  /** What becomes of a text's length, for {@code explain}. */
  @Override
  public String toString() {
    return String.format(
        "specialTokens=%s, %s",
        special,
        maxLength == 0
            ? "any length"
            : String.format("maxLength=%d, longRows=%s", maxLength, longRows));
  }

  private int around(Tokenizer tokenizer) {
    return special ? tokenizer.specialTokens().count() : 0;
  }

  /**
   * The sequences of a text, of which there is at least one; or null for one that can't be
   * computed.
   *
   * @param tokenizer the tokenizer
   * @param text the text, or null
   * @param cut is run if the text is cut
   * @throws IllegalArgumentException if a text can't be computed and shall fail the task
   */
  int[][] sequences(Tokenizer tokenizer, String text, Runnable cut) {
    if (text == null && caller == Caller.FUNCTION) {
      return null;
    }
    if (text == null) {
      return invalid(
          String.format(
              "%s: a text in column '%s' is null; handleInvalid may be 'skip' or 'keep' instead of"
                  + " 'error'.",
              uid, column));
    }
    int[] ids = tokenizer.encode(text);
    int around = around(tokenizer);
    if (maxLength == 0 || ids.length <= maxLength - around) {
      return new int[][] {piece(tokenizer, ids, 0, ids.length)};
    }
    int content = maxLength - around;
    return switch (longRows) {
      case ERROR ->
          invalid(
              String.format(
                  caller == Caller.STAGE
                      ? "%s: a text in column '%s' has %d ids, but maxLength is %d; longRows may be"
                          + " 'truncate' or 'split', and handleInvalid 'skip' or 'keep', instead of"
                          + " 'error'."
                      : "%s: a text of %s has %d ids, but the model takes %d; shorten it, or take"
                          + " the stages of SentenceEmbedder or CausalScorer, whose longRows has"
                          + " other ways.",
                  uid,
                  column,
                  ids.length + around,
                  maxLength));
      case TRUNCATE -> {
        cut.run();
        yield new int[][] {piece(tokenizer, ids, 0, content)};
      }
      case SPLIT -> {
        int[][] pieces = new int[(ids.length + content - 1) / content][];
        for (int i = 0; i < pieces.length; i++) {
          int from = i * content;
          pieces[i] = piece(tokenizer, ids, from, Math.min(from + content, ids.length));
        }
        yield pieces;
      }
    };
  }

  private int[][] invalid(String message) {
    if (fails) {
      throw new IllegalArgumentException(message);
    }
    return null;
  }

  private int[] piece(Tokenizer tokenizer, int[] ids, int from, int to) {
    return special
        ? tokenizer.specialTokens().around(ids, from, to)
        : Arrays.copyOfRange(ids, from, to);
  }
}
