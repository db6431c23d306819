package io.github.sparkattention.kernels.internal.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntBinaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a local memory of 32 banks makes of the addresses that the device code computes. */
class LocalTilesTest {
  /** In place of an address: the item has nothing to do. */
  private static final int NOTHING = -1;

  /** Fused multiply-adds of a cycle, while local memory serves the items of one step. */
  private static final int MULTIPLY_ADDS = 128;

  /**
   * What an instruction in a loop does to local memory.
   *
   * @param name what it does
   * @param times how often each item runs it
   * @param address by item and time, the word that it reads or writes
   */
  private record Access(String name, int times, IntBinaryOperator address) {
    /** The most words of one bank that items of a step want at once. */
    int conflict(int group) {
      return conflicts(group).max().orElseThrow();
    }

    /** How long local memory is busy, if it serves items of a step in one cycle. */
    int cycles(int group) {
      return conflicts(group).sum();
    }

    private IntStream conflicts(int group) {
      return IntStream.range(0, times)
          .flatMap(
              time ->
                  IntStream.iterate(0, first -> first < group, first -> first + LocalTiles.BANKS)
                      .map(
                          first ->
                              conflict(time, first, Math.min(group, first + LocalTiles.BANKS))));
    }

    private int conflict(int time, int first, int end) {
      Map<Integer, Set<Integer>> words = new HashMap<>();
      for (int item = first; item < end; item++) {
        int at = address.applyAsInt(item, time);
        if (at != NOTHING) {
          words.computeIfAbsent(at % LocalTiles.BANKS, bank -> new HashSet<>()).add(at);
        }
      }
      return words.values().stream().mapToInt(Set::size).max().orElse(0);
    }
  }

  /** The loops of the device code, each with its own addresses. */
  private static List<Access> accesses(LocalTiles tiles) {
    int group = tiles.group();
    int tile = tiles.tile();
    int depth = LocalTiles.DEPTH;
    int results = LocalTiles.RESULTS;
    int itemKeys = tiles.itemKeys();
    return List.of(
        new Access(
            "stores left factors",
            depth * tile / group,
            (item, time) -> {
              int e = item + time * group;
              return tiles.leftAt(e % depth, e / depth);
            }),
        new Access(
            "stores right factors",
            depth * tile / group,
            (item, time) -> {
              int e = item + time * group;
              return tiles.rightAt(e / tile, e % tile);
            }),
        new Access(
            "stores keys",
            depth * LocalTiles.KEYS / group,
            (item, time) -> {
              int e = item + time * group;
              return tiles.keyAt(e % depth, e / depth);
            }),
        new Access(
            "reads left factors",
            depth * results,
            (item, time) -> tiles.leftAt(time / results, tiles.rowOf(item, time % results))),
        new Access(
            "reads right factors",
            depth * results,
            (item, time) -> tiles.rightAt(time / results, tiles.columnOf(item, time % results))),
        new Access(
            "reads keys",
            depth * itemKeys,
            (item, time) -> tiles.keyAt(time / itemKeys, tiles.columnOf(item, time % itemKeys))),
        new Access(
            "stores scores",
            results * itemKeys,
            (item, time) ->
                tiles.scoreAt(
                    tiles.rowOf(item, time / itemKeys), tiles.columnOf(item, time % itemKeys))),
        new Access(
            "weighs scores",
            LocalTiles.KEYS * ((tile + group - 1) / group),
            (item, time) -> {
              int row = item + time / LocalTiles.KEYS * group;
              return row < tile ? tiles.scoreAt(row, time % LocalTiles.KEYS) : NOTHING;
            }),
        new Access(
            "reads weights",
            LocalTiles.KEYS * results,
            (item, time) -> tiles.scoreAt(tiles.rowOf(item, time % results), time / results)),
        new Access("weighs scores of its own", ProgramKernel.SHORT, tiles::shortScoreAt));
  }

  private static Map<String, Integer> conflicts(LocalTiles tiles) {
    Map<String, Integer> conflicts = new TreeMap<>();
    for (Access access : accesses(tiles)) {
      conflicts.put(access.name(), access.conflict(tiles.group()));
    }
    return conflicts;
  }

  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void itemsThatGoInStepNeverWaitForABank(WorkGroup group) {
    assertThat(conflicts(ProgramKernels.of(group)))
        .hasSize(10)
        .allSatisfy((access, conflict) -> assertThat(conflict).isEqualTo(1));
  }

  /** As the tiles would lie without a thought for banks. */
  private static final class Unpadded extends ProgramKernel {
    @Override
    int leftAt(int k, int row) {
      return k * tile() + row;
    }

    @Override
    int keyAt(int k, int key) {
      return k * KEYS + key;
    }

    @Override
    int scoreAt(int row, int key) {
      return row * KEYS + key;
    }
  }

  /** Cycles of local memory for sixteen steps of a projection. */
  private static int projectionCycles(LocalTiles tiles) {
    Map<String, Integer> cycles = cycles(tiles);
    return cycles.get("stores left factors")
        + cycles.get("stores right factors")
        + cycles.get("reads left factors")
        + cycles.get("reads right factors");
  }

  /** Cycles of local memory for a block of so many keys of 64 values. */
  private static int keyBlockCycles(LocalTiles tiles, int keys) {
    Map<String, Integer> cycles = cycles(tiles);
    int scores =
        cycles.get("stores left factors")
            + cycles.get("stores keys")
            + cycles.get("reads left factors")
            + cycles.get("reads keys");
    int perKey =
        // For the maximum, for the exponential, and for the weight in the score's place.
        3 * cycles.get("weighs scores") / LocalTiles.KEYS
            + cycles.get("reads right factors") / LocalTiles.DEPTH
            + cycles.get("reads weights") / LocalTiles.KEYS;
    int valueTiles = (keys + LocalTiles.DEPTH - 1) / LocalTiles.DEPTH;
    return 64 / LocalTiles.DEPTH * scores
        + cycles.get("stores scores")
        + valueTiles * cycles.get("stores right factors")
        + keys * perKey;
  }

  /**
   * Cycles of a cache that serves as many items at once as local memory, for a sequence each of
   * whose queries, of 64 values, has an item and sees all keys: a left factor for every eight right
   * ones.
   */
  private static int itemCycles(int tokens) {
    int products = 2 * 64 * tokens * tokens;
    return (products + products / LocalTiles.RESULTS) / LocalTiles.BANKS;
  }

  private static Map<String, Integer> cycles(LocalTiles tiles) {
    return accesses(tiles).stream()
        .collect(Collectors.toMap(Access::name, access -> access.cycles(tiles.group())));
  }

  /** These cycles are in docs/benchmarks.md, beside those of the multiply-adds. */
  @Test
  void localMemoryIsBusyLittleLongerThanTheMultiplyAdds() {
    ProgramKernel kernel = ProgramKernels.of(WorkGroup.MEDIUM);
    int products = LocalTiles.DEPTH * kernel.tile() * kernel.tile();
    assertThat(products / MULTIPLY_ADDS).isEqualTo(512);
    assertThat(projectionCycles(kernel)).isEqualTo(576);
    assertThat(projectionCycles(new Unpadded())).isEqualTo(1_056);
    assertThat(2 * 64 * LocalTiles.KEYS * kernel.tile() / MULTIPLY_ADDS).isEqualTo(3_072);
    assertThat(keyBlockCycles(kernel, LocalTiles.KEYS)).isEqualTo(4_032);
  }

  /** These, too. */
  @ParameterizedTest
  @CsvSource({"1, 2182, 4", "8, 2448, 288", "16, 2752, 1152", "24, 3088, 2592", "32, 3392, 4608"})
  void shortSequencesTakeLessTimeByItemsThanInATile(int tokens, int inATile, int byItems) {
    assertThat(keyBlockCycles(ProgramKernels.of(WorkGroup.MEDIUM), tokens)).isEqualTo(inATile);
    assertThat(itemCycles(tokens)).isEqualTo(byItems);
    assertThat(tokens <= ProgramKernel.SHORT).isEqualTo(byItems < inATile);
  }

  /** The check finds what it is there for. */
  @Test
  void stridesAsWideAsTheTilesWouldMakeThemWait() {
    assertThat(conflicts(new Unpadded()))
        .containsEntry("stores left factors", 16)
        .containsEntry("stores keys", 8)
        .containsEntry("stores scores", 2)
        .containsEntry("weighs scores", 16)
        .containsEntry("reads right factors", 1);
  }

  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void everyWordOfATileIsItsOwnAndWithinTheArray(WorkGroup group) {
    ProgramKernel kernel = ProgramKernels.of(group);
    int depth = LocalTiles.DEPTH;
    assertDistinct(depth, kernel.tile(), kernel::leftAt, kernel.tileA.length);
    assertDistinct(depth, kernel.tile(), kernel::rightAt, kernel.tileB.length);
    assertDistinct(depth, LocalTiles.KEYS, kernel::keyAt, kernel.tileB.length);
    assertDistinct(kernel.tile(), LocalTiles.KEYS, kernel::scoreAt, kernel.scores.length);
    assertDistinct(kernel.group(), ProgramKernel.SHORT, kernel::shortScoreAt, kernel.scores.length);
  }

  private static void assertDistinct(int lines, int length, IntBinaryOperator at, int size) {
    Set<Integer> words = new HashSet<>();
    for (int line = 0; line < lines; line++) {
      for (int i = 0; i < length; i++) {
        words.add(at.applyAsInt(line, i));
      }
    }
    assertThat(words)
        .hasSize(lines * length)
        .allSatisfy(word -> assertThat(word).isBetween(0, size - 1));
  }

  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void resultsOfAGroupsItemsAreTheWholeTile(WorkGroup group) {
    ProgramKernel kernel = ProgramKernels.of(group);
    Set<List<Integer>> places = new HashSet<>();
    for (int item = 0; item < kernel.group(); item++) {
      for (int i = 0; i < LocalTiles.RESULTS; i++) {
        for (int j = 0; j < LocalTiles.RESULTS; j++) {
          places.add(List.of(kernel.rowOf(item, i), kernel.columnOf(item, j)));
        }
      }
    }
    assertThat(places)
        .hasSize(kernel.tile() * kernel.tile())
        .allSatisfy(
            place ->
                assertThat(place).allSatisfy(i -> assertThat(i).isBetween(0, kernel.tile() - 1)));
  }
}
