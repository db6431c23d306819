package io.github.sparkattention.internal.svg;

/** A matrix of weights as cells: one a pair of tokens, or one a pair of blocks of tokens. */
final class Grid {
  private final SequenceWeights sequence;
  private final int block;

  private Grid(SequenceWeights sequence, int block) {
    this.sequence = sequence;
    this.block = block;
  }

  /** The finest grid of which so many panels need no more than so many cells. */
  static Grid fit(SequenceWeights sequence, int panels, int mostCells) {
    Grid grid = new Grid(sequence, 1);
    while (grid.side() > 1 && grid.cells() * panels > mostCells) {
      grid = new Grid(sequence, grid.block + 1);
    }
    return grid;
  }

  int side() {
    return (sequence.length() + block - 1) / block;
  }

  /** Tokens a side of a cell. */
  int block() {
    return block;
  }

  private long cells() {
    long cells = 0;
    for (int row = 0; row < side(); row++) {
      for (int column = 0; column < side(); column++) {
        cells += isMasked(row, column) ? 0 : 1;
      }
    }
    return cells;
  }

  /** Whether no query of the row sees any key of the column. */
  boolean isMasked(int row, int column) {
    return sequence.isMasked(row * block, end(row) - 1, column * block, end(column) - 1);
  }

  float largest(float[][] weights, int row, int column) {
    float largest = 0;
    for (int query = row * block; query < end(row); query++) {
      for (int key = column * block; key < end(column); key++) {
        largest = Math.max(largest, weights[query][key]);
      }
    }
    return largest;
  }

  /** What stands beside a row or column. */
  String label(int index) {
    return block == 1 ? sequence.token(index).label() : Integer.toString(index * block);
  }

  /** What a row or column is called in a sentence. */
  String name(int index) {
    return block == 1 ? sequence.token(index).isolated() : range(index);
  }

  /** What a row or column is called by itself. */
  String fullName(int index) {
    return block == 1 ? "token " + index + ": " + sequence.token(index).full() : range(index);
  }

  /** How wide the label gets, in units of the font's size. */
  double labelWidth(int index) {
    return block == 1 ? sequence.token(index).width() : 0.63 * label(index).length();
  }

  private String range(int index) {
    int first = index * block;
    int last = end(index) - 1;
    return first == last ? "token " + first : "tokens " + first + "–" + last;
  }

  private int end(int index) {
    return Math.min((index + 1) * block, sequence.length());
  }
}
