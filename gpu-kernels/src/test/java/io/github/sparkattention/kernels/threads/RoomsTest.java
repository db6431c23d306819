package io.github.sparkattention.kernels.threads;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RoomsTest {
  private static final long SEED = 20261129;

  private final Rooms rooms = new Rooms(0);

  @Test
  void aPassThatIsAloneMayTakeHalfAndLaterOnesTakeHalfOfTheRest() {
    List<Long> shares = new ArrayList<>();
    for (int pass = 0; pass < 6; pass++) {
      shares.add(rooms.reserve());
    }
    assertThat(shares).containsExactly(1L << 22, 1L << 21, 1L << 20, 1L << 19, 1L << 19, 1L << 19);
  }

  @Test
  void aSpanGetsWhatItsLoopsWantEvenIfNothingIsLeftButNoMoreThanTheBound() {
    Rooms wide = new Rooms(3L << 20);
    assertThat(wide.reserve()).isEqualTo(4L << 20);
    assertThat(wide.reserve()).isEqualTo(3L << 20);
    assertThat(wide.reserve()).isEqualTo(3L << 20);
    assertThat(new Rooms(Long.MAX_VALUE).reserve()).isEqualTo(Rooms.MOST_FLOATS);
  }

  @Test
  void aRoomServesAgain() {
    float[] room = take(1000);
    rooms.giveBack(room);
    assertThat(rooms.idleBytes()).isEqualTo(4000);
    assertThat(take(900)).isSameAs(room);
    assertThat(rooms.idleBytes()).isZero();
  }

  @Test
  void theSmallestRoomThatServesIsTaken() {
    float[] large = take(3000);
    float[] small = take(2000);
    rooms.giveBack(large);
    rooms.giveBack(small);
    assertThat(take(1500)).isSameAs(small);
  }

  @Test
  void aRoomAboveTheBoundIsGivenButNotKept() {
    float[] room = take(Rooms.MOST_FLOATS + 1);
    rooms.giveBack(room);
    assertThat(rooms.idleBytes()).isZero();
    assertThat(rooms.reserve()).isEqualTo(Rooms.MOST_FLOATS / 2);
  }

  @Test
  void aRoomOfAFailedPassIsNotGivenAgain() {
    float[] room = take(1000);
    rooms.forget(room);
    assertThat(rooms.idleBytes()).isZero();
    assertThat(rooms.reserve()).isEqualTo(Rooms.MOST_FLOATS / 2);
    assertThat(take(1000)).isNotSameAs(room);
  }

  @Test
  void roomsOfFourPassesStayWithinTheBound() {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    int passes = 4;
    List<float[]> taken = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      if (taken.size() == passes || (!taken.isEmpty() && random.nextBoolean())) {
        rooms.giveBack(taken.remove(random.nextInt(taken.size())));
      } else {
        long share = rooms.reserve();
        taken.add(rooms.take((int) (share / 2 + random.nextInt((int) share / 2) + 1), share));
      }
      long used = taken.stream().mapToLong(room -> room.length).sum();
      assertThat(used + rooms.idleBytes() / Float.BYTES)
          .isLessThanOrEqualTo(Rooms.MOST_FLOATS + passes * Rooms.FEWEST_FLOATS);
    }
  }

  private float[] take(int floats) {
    return rooms.take(floats, rooms.reserve());
  }
}
