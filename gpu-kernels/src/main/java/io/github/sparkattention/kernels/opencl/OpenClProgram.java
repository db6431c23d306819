package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.internal.device.Launch;
import io.github.sparkattention.kernels.internal.device.ProgramData;
import io.github.sparkattention.kernels.internal.device.ScoreOutputs;
import java.util.ArrayList;
import java.util.List;

/** A program on a device: cuts a batch to the device's budget, launch by launch. */
final class OpenClProgram implements Prepared {
  private final ProgramData data;
  private final OpenClBackend backend;

  OpenClProgram(ProgramData data, OpenClBackend backend) {
    this.data = data;
    this.backend = backend;
  }

  @Override
  public Program program() {
    return data.program();
  }

  @Override
  public boolean isAsynchronous() {
    return true;
  }

  /**
   * {@inheritDoc}
   *
   * @throws DeviceException if a sequence is too large for the device, or the device was given up;
   *     the pass throws it if the device can't compute the batch, and what {@code outputs} hold
   *     then is undefined
   */
  @Override
  public Pass begin(
      PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
    cancellation.check();
    outputs.check(program(), batch, dropout);
    if (batch.total() == 0) {
      writeNothing(batch, outputs);
      return Pass.ended(PassReport.NOTHING);
    }
    boolean wantsWeights = outputs.wants(program(), Output.AttentionWeights.class);
    Launch all = new Launch(batch, 0, batch.count(), outputs, wantsWeights, dropout);
    if (data.entries(all).length == 0) {
      // Aparapi's native code ends the process if an execute has no pass.
      return Pass.ended(PassReport.NOTHING);
    }
    List<Launch> launches = new ArrayList<>();
    for (int begin = 0; begin < batch.count(); ) {
      int end = backend.budget().fit(data, batch, begin, wantsWeights);
      launches.add(all.part(begin, end));
      begin = end;
    }
    return new OpenClPass(backend, data, launches, cancellation);
  }

  /** Empty sequences have rows of probabilities, too. */
  private void writeNothing(PackedSequences batch, Outputs outputs) {
    for (int step = 0; step < program().steps().size(); step++) {
      if (program().steps().get(step) instanceof Step.Score) {
        ScoreOutputs.write(program(), step, new float[0], 0, batch, 0, batch.count(), outputs);
      }
    }
  }

  @Override
  public PreparedMemory memory() {
    return new PreparedMemory(data.weightBytes(), data.deviceBytes());
  }

  @Override
  public void close() {
    data.close();
  }
}
