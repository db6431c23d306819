package io.github.sparkattention;

import static io.github.sparkattention.ParamDeclaration.atLeast;
import static io.github.sparkattention.ParamDeclaration.flag;
import static io.github.sparkattention.ParamDeclaration.integer;
import static io.github.sparkattention.ParamDeclaration.oneOf;
import static io.github.sparkattention.ParamDeclaration.string;

import io.github.sparkattention.internal.expressions.LongRows;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The params of a stage that turns texts into ids. A getter throws a {@link
 * java.util.NoSuchElementException} if its param is not set and has no default.
 *
 * @param <S> the stage's own class, which setters return
 */
public sealed interface TokenizerParams<S extends TokenizerParams<S>> extends Params
    permits TokenizerStage {
  /** Declares {@link #inputCol()}. */
  ParamDeclaration<String, Param<String>> INPUT_COL =
      string("inputCol", "name of the column of texts, string").withDefault("text");

  /** {@return the name of the column of texts, {@code string}} */
  default Param<String> inputCol() {
    return INPUT_COL.of(this);
  }

  /** {@return the value of {@link #inputCol()}} */
  default String getInputCol() {
    return INPUT_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #inputCol()} set}
   *
   * @param value the param's value
   */
  default S setInputCol(String value) {
    return with(INPUT_COL, value);
  }

  /** Declares {@link #outputCol()}. */
  ParamDeclaration<String, Param<String>> OUTPUT_COL =
      string("outputCol", "name of the column of ids that is added, array<int>").withDefault("ids");

  /** {@return the name of the column of ids that is added, {@code array<int>}} */
  default Param<String> outputCol() {
    return OUTPUT_COL.of(this);
  }

  /** {@return the value of {@link #outputCol()}} */
  default String getOutputCol() {
    return OUTPUT_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #outputCol()} set}
   *
   * @param value the param's value
   */
  default S setOutputCol(String value) {
    return with(OUTPUT_COL, value);
  }

  /** Declares {@link #checkpoint()}. */
  ParamDeclaration<String, Param<String>> CHECKPOINT =
      string("checkpoint", "path of the folder with the tokenizer's files, or of a tokenizer.json");

  /**
   * {@return the path, on any file system that Hadoop knows, of the folder with the tokenizer's
   * files ({@code tokenizer.json}, {@code vocab.txt}, or {@code vocab.json} and {@code
   * merges.txt}), or of a {@code tokenizer.json} by any name}
   */
  default Param<String> checkpoint() {
    return CHECKPOINT.of(this);
  }

  /** {@return the value of {@link #checkpoint()}} */
  default String getCheckpoint() {
    return CHECKPOINT.get(this);
  }

  /**
   * {@return this stage, with {@link #checkpoint()} set}
   *
   * @param value the param's value
   */
  default S setCheckpoint(String value) {
    return with(CHECKPOINT, value);
  }

  /** Declares {@link #specialTokens()}. */
  ParamDeclaration<Boolean, BooleanParam> SPECIAL_TOKENS =
      flag(
              "specialTokens",
              "whether the special tokens that the checkpoint names are put around each text")
          .withDefault(true);

  /**
   * {@return whether the special tokens that the checkpoint names, such as [CLS] and [SEP], are put
   * around each text}
   */
  default BooleanParam specialTokens() {
    return SPECIAL_TOKENS.of(this);
  }

  /** {@return the value of {@link #specialTokens()}} */
  default boolean getSpecialTokens() {
    return SPECIAL_TOKENS.get(this);
  }

  /**
   * {@return this stage, with {@link #specialTokens()} set}
   *
   * @param value the param's value
   */
  default S setSpecialTokens(boolean value) {
    return with(SPECIAL_TOKENS, value);
  }

  /** Declares {@link #maxLength()}. */
  ParamDeclaration<Integer, IntParam> MAX_LENGTH =
      integer("maxLength", "most ids of a sequence, special tokens included; 0 means any number")
          .withCheck(atLeast(0))
          .withDefault(0);

  /** {@return the most ids of a sequence, special tokens included; 0 means any number} */
  default IntParam maxLength() {
    return MAX_LENGTH.of(this);
  }

  /** {@return the value of {@link #maxLength()}} */
  default int getMaxLength() {
    return MAX_LENGTH.get(this);
  }

  /**
   * {@return this stage, with {@link #maxLength()} set}
   *
   * @param value the param's value
   */
  default S setMaxLength(int value) {
    return with(MAX_LENGTH, value);
  }

  /** Declares {@link #longRows()}. */
  ParamDeclaration<String, Param<String>> LONG_ROWS =
      string(
              "longRows",
              "what becomes of a text with more ids than maxLength: error (it can't be computed, see handleInvalid), truncate (its first ids stay, and the row is counted) or split (a row for each piece)")
          .withCheck(oneOf(LongRows.names().toArray(String[]::new)))
          .withDefault("error");

  /**
   * {@return what becomes of a text with more ids than {@link #maxLength()}: {@code error} (it
   * can't be computed, and {@link #handleInvalid()} says what happens), {@code truncate} (its first
   * ids stay, {@code explain} shows it, and {@link TokenizerStage#truncatedRows()} counts it) or
   * {@code split} (the text becomes a row for each piece of at most so many ids, with special
   * tokens around each, numbered from 0 in {@link #pieceCol()})}
   */
  default Param<String> longRows() {
    return LONG_ROWS.of(this);
  }

  /** {@return the value of {@link #longRows()}} */
  default String getLongRows() {
    return LONG_ROWS.get(this);
  }

  /**
   * {@return this stage, with {@link #longRows()} set}
   *
   * @param value the param's value
   */
  default S setLongRows(String value) {
    return with(LONG_ROWS, value);
  }

  /** Declares {@link #pieceCol()}. */
  ParamDeclaration<String, Param<String>> PIECE_COL =
      string(
              "pieceCol",
              "name of the column with the number of a text's piece that is added if longRows is split, int")
          .withDefault("piece");

  /**
   * {@return the name of the column with the number of a text's piece, from 0 on, that is added if
   * {@link #longRows()} is split, {@code int}}
   */
  default Param<String> pieceCol() {
    return PIECE_COL.of(this);
  }

  /** {@return the value of {@link #pieceCol()}} */
  default String getPieceCol() {
    return PIECE_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #pieceCol()} set}
   *
   * @param value the param's value
   */
  default S setPieceCol(String value) {
    return with(PIECE_COL, value);
  }

  /** Declares {@link #handleInvalid()}. */
  ParamDeclaration<String, Param<String>> HANDLE_INVALID =
      string(
              "handleInvalid",
              "what happens to rows whose text is null or too long: error (fail), skip (drop the row) or keep (null ids)")
          .withCheck(oneOf("error", "skip", "keep"))
          .withDefault("error");

  /**
   * {@return what happens to rows whose text is null, or too long where {@link #longRows()} is
   * error: error (fail), skip (drop the row) or keep (null ids)}
   */
  default Param<String> handleInvalid() {
    return HANDLE_INVALID.of(this);
  }

  /** {@return the value of {@link #handleInvalid()}} */
  default String getHandleInvalid() {
    return HANDLE_INVALID.get(this);
  }

  /**
   * {@return this stage, with {@link #handleInvalid()} set}
   *
   * @param value the param's value
   */
  default S setHandleInvalid(String value) {
    return with(HANDLE_INVALID, value);
  }

  @SuppressWarnings("unchecked") // Each stage names itself as S.
  private <T> S with(ParamDeclaration<T, ?> param, T value) {
    param.set(this, value);
    return (S) this;
  }
}
