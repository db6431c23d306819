package io.github.sparkattention.internal.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.internal.executor.LayerUsers;
import io.github.sparkattention.internal.weights.BroadcastWeights;
import io.github.sparkattention.internal.weights.LayerWeights;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.CollectionAccumulator;
import org.junit.jupiter.api.Test;

class LeasedProgramTest {
  private static final AttentionConfig CONFIG = AttentionConfig.builder(2, 2).build();

  private static LeasedProgram leased(BroadcastWeights layer) {
    return new LeasedProgram(layer, BackendPolicy.THREADS, new CollectionAccumulator<>());
  }

  private static BroadcastWeights broadcast(long seed) {
    return LayerWeights.seeded(CONFIG, seed).broadcast(LocalSpark.session().sparkContext());
  }

  @Test
  void aLayerThatWasGivenBackIsNotTakenAgain() {
    BroadcastWeights layer = broadcast(1);
    LeasedProgram used = leased(layer);
    assertThat(used.get()).isSameAs(used.get());
    assertThat(LayerUsers.count()).isEqualTo(1);
    used.close();
    used.close();
    LeasedProgram unused = leased(layer);
    unused.close();
    for (LeasedProgram closed : new LeasedProgram[] {used, unused}) {
      assertThatThrownBy(closed::get)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("a task that has given its program back can't take it into use again");
    }
    assertThat(LayerUsers.count()).isZero();
  }

  @Test
  void weightsThatDoNotComeLeaveNoLeaseOpen() {
    JavaSparkContext context =
        JavaSparkContext.fromSparkContext(LocalSpark.session().sparkContext());
    Broadcast<byte[]> gone = context.broadcast(new byte[8]);
    gone.destroy();
    LeasedProgram layer = leased(new BroadcastWeights(CONFIG, "weights that do not come", gone));
    // A checked exception that no signature shows, since Spark's code is Scala.
    assertThatThrownBy(layer::get).isInstanceOf(SparkException.class);
    assertThat(LayerUsers.count()).isZero();
    layer.close();
    assertThat(LayerUsers.count()).isZero();
  }
}
