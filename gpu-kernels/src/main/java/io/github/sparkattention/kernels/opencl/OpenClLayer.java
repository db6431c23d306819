package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.kernels.AttentionOutput;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.ForwardReport;
import io.github.sparkattention.kernels.PackedSequences;
import java.util.ArrayDeque;
import java.util.Deque;

/** A layer on a device: cuts a batch to the device's budget, launch by launch. */
final class OpenClLayer implements AttentionLayer {
  private final LayerData data;
  private final OpenClBackend backend;

  OpenClLayer(LayerData data, OpenClBackend backend) {
    this.data = data;
    this.backend = backend;
  }

  @Override
  public AttentionConfig config() {
    return data.config();
  }

  /**
   * {@inheritDoc}
   *
   * @throws DeviceException if the device can't compute the batch; what {@code output} holds then
   *     is undefined
   */
  @Override
  public ForwardReport forward(PackedSequences sequences, AttentionOutput output, Dropout dropout) {
    output.check(config(), sequences, dropout);
    if (sequences.total() == 0) {
      return ForwardReport.NOTHING;
    }
    PassCost cost = new PassCost();
    Launch all = new Launch(sequences, 0, sequences.count(), output, 0, dropout);
    Deque<Launch> launches = new ArrayDeque<>();
    for (int begin = 0; begin < sequences.count(); ) {
      int end = backend.budget().fit(data, sequences, begin, all.wantsWeights());
      launches.add(all.part(begin, end, config()));
      begin = end;
    }
    while (!launches.isEmpty()) {
      Launch launch = launches.poll();
      try {
        backend.run(data, launch, cost);
      } catch (DeviceMemoryException e) {
        if (launch.end() - launch.begin() == 1) {
          throw e;
        }
        backend.countSplit();
        cost.split();
        int middle = (launch.begin() + launch.end()) >>> 1;
        // In front of the queue, in their order.
        launches.push(launch.part(middle, launch.end(), config()));
        launches.push(launch.part(launch.begin(), middle, config()));
      }
    }
    return cost.report();
  }

  @Override
  public void close() {
    data.close();
  }
}
