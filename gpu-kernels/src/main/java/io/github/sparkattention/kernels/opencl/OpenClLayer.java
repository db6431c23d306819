package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.kernels.AttentionOutput;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.ForwardPass;
import io.github.sparkattention.kernels.ForwardReport;
import io.github.sparkattention.kernels.LayerMemory;
import io.github.sparkattention.kernels.PackedSequences;
import java.util.ArrayList;
import java.util.List;

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
  public ForwardReport forward(
      PackedSequences sequences,
      AttentionOutput output,
      Dropout dropout,
      Cancellation cancellation) {
    return begin(sequences, output, dropout, cancellation).await();
  }

  @Override
  public boolean isAsynchronous() {
    return true;
  }

  /**
   * {@inheritDoc}
   *
   * @throws DeviceException if a sequence is too large for the device, or the device was given up
   */
  @Override
  public ForwardPass begin(
      PackedSequences sequences,
      AttentionOutput output,
      Dropout dropout,
      Cancellation cancellation) {
    cancellation.check();
    output.check(config(), sequences, dropout);
    if (sequences.total() == 0) {
      return ForwardPass.ended(ForwardReport.NOTHING);
    }
    Launch all = new Launch(sequences, 0, sequences.count(), output, 0, dropout);
    List<Launch> launches = new ArrayList<>();
    for (int begin = 0; begin < sequences.count(); ) {
      int end = backend.budget().fit(data, sequences, begin, all.wantsWeights());
      launches.add(all.part(begin, end, config()));
      begin = end;
    }
    return new OpenClPass(backend, data, launches, cancellation);
  }

  @Override
  public LayerMemory memory() {
    return new LayerMemory(data.weightBytes(), data.deviceBytes());
  }

  @Override
  public void close() {
    data.close();
  }
}
