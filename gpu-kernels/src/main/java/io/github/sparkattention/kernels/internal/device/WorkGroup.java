package io.github.sparkattention.kernels.internal.device;

import java.util.Arrays;

/**
 * The work groups that the device code is made for, and with them its tiles; smallest first. Bits
 * don't depend on them: an element's sum stays with one work item, in the same order.
 */
public enum WorkGroup {
  SMALL(4),
  MEDIUM(8),
  LARGE(16);

  private final int side;

  WorkGroup(int side) {
    this.side = side;
  }

  /**
   * The group of so many work items.
   *
   * @throws IllegalArgumentException if there is none; the message lists those there are
   */
  public static WorkGroup of(int items) {
    return Arrays.stream(values())
        .filter(group -> group.items() == items)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        "workGroup must be one of %s, but is %d",
                        Arrays.stream(values()).map(group -> group.items()).toList(), items)));
  }

  /** Number of work items. */
  public int items() {
    return side * side;
  }

  /** Rows and columns of a tile of a projection, and queries of a group in attention. */
  public int tile() {
    return side * LocalTiles.RESULTS;
  }

  /** Bytes of local memory that a group takes. */
  public long localBytes() {
    int left = LocalTiles.DEPTH * (tile() / 2 + 1);
    int right = LocalTiles.DEPTH * Math.max(tile() / 2, LocalTiles.KEYS / 2 + 1);
    int keyItems = Math.min(side, LocalTiles.MOST_KEY_ITEMS);
    int scores = LocalTiles.KEYS / 2 * (tile() + LocalTiles.BANKS / keyItems);
    return (long) Long.BYTES * (left + right + scores) + (long) Float.BYTES * 3 * tile();
  }

  /** The next smaller group, or null if there is none. */
  WorkGroup smaller() {
    return switch (this) {
      case SMALL -> null;
      case MEDIUM -> SMALL;
      case LARGE -> MEDIUM;
    };
  }

  /**
   * This group, or the largest smaller one that a device allows.
   *
   * @param mostItems work items that a group may have
   * @param mostBytes local memory that it may have
   * @return the group, or null if even the smallest is too large
   */
  public WorkGroup within(int mostItems, long mostBytes) {
    WorkGroup group = this;
    while (group != null && (group.items() > mostItems || group.localBytes() > mostBytes)) {
      group = group.smaller();
    }
    return group;
  }
}
