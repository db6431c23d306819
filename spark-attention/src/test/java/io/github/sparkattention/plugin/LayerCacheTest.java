package io.github.sparkattention.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.kernels.AttentionOutput;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.ForwardReport;
import io.github.sparkattention.kernels.PackedSequences;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class LayerCacheTest {
  private final LayerCache cache = new LayerCache(2);
  private final List<String> closed = new ArrayList<>();

  private final class FakeLayer implements AttentionLayer {
    private final String name;

    private FakeLayer(String name) {
      this.name = name;
    }

    @Override
    public AttentionConfig config() {
      return AttentionConfig.builder(1, 1).build();
    }

    @Override
    public ForwardReport forward(
        PackedSequences sequences, AttentionOutput output, Dropout dropout) {
      throw new UnsupportedOperationException("a fake computes nothing");
    }

    @Override
    public void close() {
      closed.add(name);
    }
  }

  private LayerCache.Entry acquire(String key) {
    return cache.acquire(key, () -> new FakeLayer(key));
  }

  @Test
  void tasksShareALayer() {
    LayerCache.Entry first = acquire("a");
    LayerCache.Entry second = acquire("a");
    assertThat(second.layer()).isSameAs(first.layer());
    assertThat(cache.prepared()).isEqualTo(1);
    assertThat(cache.users()).isEqualTo(2);
  }

  @Test
  void aFewUnusedLayersStay() {
    cache.release(acquire("a"));
    cache.release(acquire("b"));
    cache.release(acquire("a"));
    assertThat(closed).isEmpty();
    assertThat(cache.prepared()).isEqualTo(2);
    cache.release(acquire("c"));
    assertThat(closed).containsExactly("b");
    acquire("b");
    assertThat(cache.prepared()).isEqualTo(4);
  }

  @Test
  void layersInUseAreNeverClosed() {
    LayerCache.Entry used = acquire("used");
    for (String key : List.of("a", "b", "c", "d")) {
      cache.release(acquire(key));
    }
    assertThat(closed).containsExactly("a", "b");
    acquire("used");
    cache.release(used);
    assertThat(closed).containsExactly("a", "b");
    assertThat(cache.users()).isEqualTo(1);
  }

  @Test
  void manyTasksAtOncePrepareOnce() throws Exception {
    ExecutorService tasks = Executors.newFixedThreadPool(8);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        String key = i % 2 == 0 ? "a" : "b";
        running.add(tasks.submit(() -> cache.release(acquire(key))));
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
  void aFailureIsForgotten() {
    assertThatThrownBy(
            () ->
                cache.acquire(
                    "a",
                    () -> {
                      throw new IllegalStateException("no device");
                    }))
        .hasMessage("no device");
    assertThat(cache.users()).isZero();
    assertThat(acquire("a").layer()).isNotNull();
  }

  @Test
  void aLeaseGivesBackOnce() {
    LayerCache.Entry other = acquire("a");
    LayerLease lease = new LayerLease(cache, acquire("a"), "fake");
    lease.close();
    lease.close();
    assertThat(cache.users()).isEqualTo(1);
    cache.release(other);
    assertThat(lease.backend()).isEqualTo("fake");
  }
}
