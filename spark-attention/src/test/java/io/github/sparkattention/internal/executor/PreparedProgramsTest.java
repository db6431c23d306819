package io.github.sparkattention.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PreparedProgramsTest {
  /** Two layers of ordinary size, on the heap or on the device. */
  private final IdlePrograms idle = new IdlePrograms(new PreparedMemory(200, 20));

  private final PreparedPrograms cache = new PreparedPrograms(idle);
  private final List<String> closed = new ArrayList<>();

  private final class FakeLayer implements Prepared {
    private final String name;
    private final PreparedMemory memory;

    private FakeLayer(String name, PreparedMemory memory) {
      this.name = name;
      this.memory = memory;
    }

    @Override
    public Program program() {
      return Program.attention(AttentionConfig.builder(1, 1).build());
    }

    @Override
    public Pass begin(
        PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
      throw new UnsupportedOperationException("a fake computes nothing");
    }

    @Override
    public PreparedMemory memory() {
      return memory;
    }

    @Override
    public void close() {
      closed.add(name);
    }
  }

  private Lease lease(String key) {
    return lease(key, 100, 0);
  }

  private Lease lease(String key, long heapBytes, long deviceBytes) {
    return lease(cache, key, heapBytes, deviceBytes);
  }

  private Lease lease(PreparedPrograms of, String key, long heapBytes, long deviceBytes) {
    return of.lease(
        key, "fake", () -> new FakeLayer(key, new PreparedMemory(heapBytes, deviceBytes)));
  }

  @Test
  void tasksShareALayer() {
    Lease first = lease("a");
    Lease second = lease("a");
    assertThat(second.program()).isSameAs(first.program());
    assertThat(second.backend()).isEqualTo("fake");
    assertThat(cache.prepared()).isEqualTo(1);
    assertThat(cache.users()).isEqualTo(2);
  }

  @Test
  void unusedLayersStayWhileTheirBytesFit() {
    lease("a").close();
    lease("b").close();
    lease("a").close();
    assertThat(closed).isEmpty();
    assertThat(cache.prepared()).isEqualTo(2);
    lease("c").close();
    assertThat(closed).containsExactly("b");
    lease("b").close();
    assertThat(closed).containsExactly("b", "a");
    assertThat(cache.prepared()).isEqualTo(4);
  }

  @Test
  void manySmallLayersStayAndALargeOneUntilAnotherIsPrepared() {
    for (int i = 0; i < 20; i++) {
      lease("small " + i, 10, 1).close();
    }
    assertThat(closed).isEmpty();
    for (int task = 0; task < 3; task++) {
      lease("large", 201, 0).close();
    }
    assertThat(closed).hasSize(20).doesNotContain("large");
    assertThat(cache.prepared()).isEqualTo(21);
    Lease another = lease("another", 10, 0);
    assertThat(closed).hasSize(21).endsWith("large");
    another.close();
    assertThat(closed).hasSize(21);
    assertThat(cache.users()).isZero();
  }

  @Test
  void noneStaysIfTheShareIsNothing() {
    idle.bound(PreparedMemory.NONE);
    lease("a", 1, 0).close();
    assertThat(closed).containsExactly("a");
  }

  @Test
  void layersThatHoldTooMuchOfTheDeviceGoAndOthersStay() {
    lease("heap alone", 50, 0).close();
    lease("a", 50, 15).close();
    lease("b", 50, 15).close();
    assertThat(closed).containsExactly("a");
    lease("c", 50, 21).close();
    assertThat(closed).containsExactly("a", "b");
    lease("d", 50, 0).close();
    assertThat(closed).containsExactly("a", "b", "c");
  }

  @Test
  void allBackendsShareWhatUnusedLayersMayTake() {
    PreparedPrograms other = new PreparedPrograms(idle);
    lease(cache, "a", 100, 0).close();
    lease(other, "b", 100, 0).close();
    lease(other, "c", 100, 0).close();
    assertThat(closed).containsExactly("a");
    lease("a").close();
    assertThat(closed).containsExactly("a", "b");
    assertThat(cache.prepared()).isEqualTo(2);
  }

  @Test
  void aSmallerShareHoldsFromTheNextUseOn() {
    lease("a").close();
    lease("b").close();
    idle.bound(PreparedMemory.NONE);
    lease("c").close();
    assertThat(closed).containsExactly("a", "b", "c");
  }

  @Test
  void layersInUseAreNeverClosed() {
    Lease used = lease("used");
    for (String key : List.of("a", "b", "c", "d")) {
      lease(key).close();
    }
    assertThat(closed).containsExactly("a", "b");
    Lease again = lease("used");
    used.close();
    assertThat(closed).containsExactly("a", "b");
    assertThat(cache.users()).isEqualTo(1);
    again.close();
    assertThat(closed).containsExactly("a", "b", "c");
  }

  @Test
  void manyTasksAtOncePrepareOnce() throws Exception {
    ExecutorService tasks = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        String key = i % 2 == 0 ? "a" : "b";
        running.add(tasks.submit(() -> lease(key).close()));
      }
      for (Future<?> task : running) {
        task.get();
      }
    } finally {
      tasks.shutdownNow();
    }
    assertThat(cache.prepared()).isEqualTo(2);
    assertThat(cache.users()).isZero();
  }

  @Test
  void whateverPreparingThrowsLeavesNoLeaseOpen() {
    List<Throwable> all =
        List.of(
            new IllegalStateException("no device"),
            new OutOfMemoryError("no heap"),
            // What Spark's broadcasts throw, whose Scala code declares nothing.
            new IOException("a broadcast that is gone"));
    for (Throwable thrown : all) {
      assertThatThrownBy(
              () -> cache.lease("a", "fake", () -> Sneaky.<RuntimeException>raise(thrown)))
          .isSameAs(thrown);
      assertThat(cache.users()).isZero();
    }
    assertThat(lease("a").program()).isNotNull();
    assertThat(cache.prepared()).isEqualTo(1);
  }

  /** Throws what the compiler wouldn't let through, as code in Scala does. */
  private static final class Sneaky {
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "DoNotCallSuggester"})
    static <E extends Throwable> Prepared raise(Throwable thrown) throws E {
      throw (E) thrown;
    }
  }

  @Test
  void aLeaseGivesBackOnceAndForGood() {
    Lease other = lease("a");
    Lease lease = lease("a");
    lease.close();
    lease.close();
    assertThat(cache.users()).isEqualTo(1);
    assertThatThrownBy(lease::program)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the lease of a prepared program was closed before this use");
    assertThat(other.program()).isNotNull();
  }
}
