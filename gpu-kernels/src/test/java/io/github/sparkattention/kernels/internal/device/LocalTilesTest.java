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

  /** Fused multiply-adds of a cycle, while local memory serves pairs to half of a step's items. */
  private static final int MULTIPLY_ADDS = 128;

  /**
   * What an instruction in a loop does to local memory.
   *
   * @param name what it does
   * @param times how often each item runs it
   * @param address by item and time, the pair of words that it reads or writes
   */
  private record Access(String name, int times, IntBinaryOperator address) {
    /** The most pairs of the same banks that items want at once. */
    int conflict(int group) {
      return conflicts(group).max().orElseThrow();
    }

    /** How long local memory is busy, if it serves half of a step's items in one cycle. */
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
    int pairs = LocalTiles.PAIRS;
    int halfTile = tiles.halfTile();
    int queryPairs = tiles.itemQueries() / 2;
    int keyPairs = tiles.itemKeys() / 2;
    return List.of(
        new Access(
            "stores left factors",
            depth * halfTile / group,
            (item, time) -> {
              int e = item + time * group;
              return tiles.leftAt(e % depth, e / depth);
            }),
        new Access(
            "stores right factors",
            depth * halfTile / group,
            (item, time) -> {
              int e = item + time * group;
              return tiles.rightAt(e / halfTile, e % halfTile);
            }),
        new Access(
            "stores keys",
            depth * LocalTiles.KEYS / 2 / group,
            (item, time) -> {
              int e = item + time * group;
              return tiles.keyAt(e % depth, e / depth * 2);
            }),
        new Access(
            "reads left factors",
            depth * pairs,
            (item, time) -> tiles.leftAt(time / pairs, tiles.rowOf(item, time % pairs * 2))),
        new Access(
            "reads right factors",
            depth * pairs,
            (item, time) -> tiles.rightAt(time / pairs, tiles.columnOf(item, time % pairs * 2))),
        new Access(
            "reads queries",
            depth * queryPairs,
            (item, time) ->
                tiles.leftAt(time / queryPairs, tiles.queryOf(item, time % queryPairs * 2))),
        new Access(
            "reads keys",
            depth * keyPairs,
            (item, time) -> tiles.keyAt(time / keyPairs, tiles.keyOf(item, time % keyPairs * 2))),
        new Access(
            "stores scores",
            tiles.itemQueries() * keyPairs,
            (item, time) ->
                tiles.scoreAt(
                    tiles.queryOf(item, time / keyPairs), tiles.keyOf(item, time % keyPairs * 2))),
        new Access(
            "weighs scores",
            LocalTiles.KEYS / 2 * ((tile + group - 1) / group),
            (item, time) -> {
              int row = item + time / (LocalTiles.KEYS / 2) * group;
              return row < tile ? tiles.scoreAt(row, time % (LocalTiles.KEYS / 2) * 2) : NOTHING;
            }),
        new Access(
            "reads weights",
            LocalTiles.KEYS / 2 * results,
            (item, time) -> tiles.scoreAt(tiles.rowOf(item, time % results), time / results * 2)),
        new Access(
            "weighs scores of its own",
            ProgramKernel.SHORT / 2,
            (item, time) -> tiles.shortScoreAt(item, time * 2)));
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
        .hasSize(11)
        .allSatisfy((access, conflict) -> assertThat(conflict).isEqualTo(1));
  }

  /** As the tiles would lie without a thought for banks. */
  private static final class Unpadded extends ProgramKernel {
    @Override
    int leftAt(int k, int row) {
      return k * halfTile() + row;
    }

    @Override
    int keyAt(int k, int key) {
      return k * KEYS / 2 + key / 2;
    }

    @Override
    int scoreAt(int row, int key) {
      return row * KEYS / 2 + key / 2;
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
            + cycles.get("reads queries")
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
   * Cycles of a cache that serves as many words at once as local memory, for a sequence each of
   * whose queries, of 64 values, has an item and sees all keys: a left factor for every eight right
   * ones.
   */
  private static int itemCycles(int tokens) {
    int products = 2 * 64 * tokens * tokens;
    return (products + products / LocalTiles.RESULTS) / (2 * LocalTiles.BANKS);
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
        .containsEntry("weighs scores", 8)
        .containsEntry("reads right factors", 1);
    ProgramKernel byKeys =
        new ProgramKernel() {
          @Override
          int scoreAt(int row, int key) {
            return key / 2 * tile() + row;
          }
        };
    assertThat(conflicts(byKeys)).containsEntry("stores scores", 8);
  }

  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void everyPairOfATileIsItsOwnAndWithinTheArray(WorkGroup group) {
    ProgramKernel kernel = ProgramKernels.of(group);
    int depth = LocalTiles.DEPTH;
    int half = kernel.halfTile();
    assertDistinct(depth, half, kernel::leftAt, kernel.tileA.length);
    assertDistinct(depth, half, kernel::rightAt, kernel.tileB.length);
    int keyPairs = LocalTiles.KEYS / 2;
    assertDistinct(depth, keyPairs, (k, i) -> kernel.keyAt(k, 2 * i), kernel.tileB.length);
    int scores = kernel.scores.length;
    assertDistinct(kernel.tile(), keyPairs, (r, i) -> kernel.scoreAt(r, 2 * i), scores);
    int shortPairs = ProgramKernel.SHORT / 2;
    assertDistinct(kernel.group(), shortPairs, (r, i) -> kernel.shortScoreAt(r, 2 * i), scores);
  }

  private static void assertDistinct(int lines, int length, IntBinaryOperator at, int size) {
    Set<Integer> pairs = new HashSet<>();
    for (int line = 0; line < lines; line++) {
      for (int i = 0; i < length; i++) {
        pairs.add(at.applyAsInt(line, i));
      }
    }
    assertThat(pairs)
        .hasSize(lines * length)
        .allSatisfy(pair -> assertThat(pair).isBetween(0, size - 1));
  }

  /** One is the pair of the other, where an item has them one after the other. */
  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void pairsOfAnItemLieTogether(WorkGroup group) {
    ProgramKernel kernel = ProgramKernels.of(group);
    for (int item = 0; item < kernel.group(); item++) {
      for (int i = 0; i < LocalTiles.RESULTS; i += 2) {
        assertThat(kernel.rowOf(item, i)).isLessThan(kernel.halfTile());
        assertThat(kernel.rowOf(item, i + 1) - kernel.rowOf(item, i)).isEqualTo(kernel.halfTile());
        assertThat(kernel.columnOf(item, i + 1) - kernel.columnOf(item, i))
            .isEqualTo(kernel.halfTile());
      }
      for (int i = 0; i < kernel.itemQueries(); i += 2) {
        assertThat(kernel.queryOf(item, i)).isLessThan(kernel.halfTile());
        assertThat(kernel.queryOf(item, i + 1) - kernel.queryOf(item, i))
            .isEqualTo(kernel.halfTile());
      }
      for (int j = 0; j < kernel.itemKeys(); j += 2) {
        int key = kernel.keyOf(item, j);
        assertThat(key).isEven();
        assertThat(kernel.keyOf(item, j + 1)).isEqualTo(key + 1);
        assertThat(kernel.keyAt(1, key + 1)).isEqualTo(kernel.keyAt(1, key));
        assertThat(kernel.scoreAt(1, key + 1)).isEqualTo(kernel.scoreAt(1, key));
        assertThat(kernel.shortScoreAt(1, key + 1)).isEqualTo(kernel.shortScoreAt(1, key));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void resultsOfAGroupsItemsAreTheWholeTile(WorkGroup group) {
    ProgramKernel kernel = ProgramKernels.of(group);
    int results = LocalTiles.RESULTS;
    assertThat(places(kernel, results, results, kernel::rowOf, kernel::columnOf))
        .hasSize(kernel.tile() * kernel.tile())
        .allSatisfy(
            place ->
                assertThat(place).allSatisfy(i -> assertThat(i).isBetween(0, kernel.tile() - 1)));
  }

  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void scoresOfAGroupsItemsAreTheWholeBlock(WorkGroup group) {
    ProgramKernel kernel = ProgramKernels.of(group);
    int keys = LocalTiles.KEYS;
    assertThat(
            places(kernel, kernel.itemQueries(), kernel.itemKeys(), kernel::queryOf, kernel::keyOf))
        .hasSize(kernel.tile() * keys)
        .allSatisfy(
            place -> {
              assertThat(place.get(0)).isBetween(0, kernel.tile() - 1);
              assertThat(place.get(1)).isBetween(0, keys - 1);
            });
  }

  private static Set<List<Integer>> places(
      ProgramKernel kernel,
      int rows,
      int columns,
      IntBinaryOperator rowOf,
      IntBinaryOperator columnOf) {
    Set<List<Integer>> places = new HashSet<>();
    for (int item = 0; item < kernel.group(); item++) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          places.add(List.of(rowOf.applyAsInt(item, i), columnOf.applyAsInt(item, j)));
        }
      }
    }
    return places;
  }
}
