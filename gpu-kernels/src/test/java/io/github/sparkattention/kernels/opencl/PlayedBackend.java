package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.contract.ContractProgram;
import java.util.function.Consumer;

/**
 * A device that computes as the numeric contract says, but for what its driver makes of it.
 *
 * @param driver changes the arrays of the outputs
 */
record PlayedBackend(Consumer<Outputs> driver) implements Backend {

  @Override
  public Prepared prepare(Program program, Tensors tensors) {
    return new Played(program, new ContractProgram(program, tensors));
  }

  @Override
  public String description() {
    return "played";
  }

  @Override
  public void close() {}

  private final class Played implements Prepared {
    private final Program program;
    private final ContractProgram contract;

    Played(Program program, ContractProgram contract) {
      this.program = program;
      this.contract = contract;
    }

    @Override
    public Program program() {
      return program;
    }

    @Override
    public Pass begin(
        PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
      contract.run(batch, outputs, dropout);
      driver.accept(outputs);
      return Pass.ended(PassReport.NOTHING);
    }

    @Override
    public PreparedMemory memory() {
      return PreparedMemory.NONE;
    }

    @Override
    public void close() {}
  }
}
