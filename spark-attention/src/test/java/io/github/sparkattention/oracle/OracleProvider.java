package io.github.sparkattention.oracle;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Device;
import io.github.sparkattention.kernels.Devices;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Setting;
import io.github.sparkattention.kernels.Settings;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.contract.ReferenceProgram;
import java.util.List;

/** A backend that computes in double precision, on a device that it makes up. */
public final class OracleProvider implements BackendProvider {
  private static final Setting<String> PLACE =
      new Setting<>(
          "place", "Dodona", "a place", "Where the oracle is.", OracleProvider::parsePlace);

  private static String parsePlace(String text) {
    if (!text.matches("[A-Z][a-z]+")) {
      throw new IllegalArgumentException("no place");
    }
    return text;
  }

  private static Device at(String place) {
    return new Device(place, "temple", 1 << 20, "one priestess");
  }

  @Override
  public String name() {
    return "oracle";
  }

  @Override
  public String title() {
    return "oracle";
  }

  @Override
  public List<Setting<?>> settings() {
    return List.of(PLACE);
  }

  @Override
  public Devices devices() {
    return new Devices(List.of(at(PLACE.unset())), null);
  }

  @Override
  public boolean takesAssignedGpus(Settings settings) {
    return false;
  }

  @Override
  public Backend open(Settings settings, List<String> assignedGpus) {
    return new Oracle(at(settings.get(PLACE)));
  }

  private record Oracle(Device device) implements Backend {
    @Override
    public Prepared prepare(Program program, Tensors tensors) {
      return new Answers(program, new ReferenceProgram(program, tensors));
    }

    @Override
    public String description() {
      return "oracle (" + device.name() + ")";
    }

    @Override
    public void close() {}
  }

  private record Answers(Program program, ReferenceProgram reference) implements Prepared {
    @Override
    public Pass begin(
        PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
      cancellation.check();
      long begun = System.nanoTime();
      reference.run(batch, outputs, dropout);
      return Pass.ended(PassReport.ofThreads(System.nanoTime() - begun));
    }

    @Override
    public PreparedMemory memory() {
      return PreparedMemory.NONE;
    }

    @Override
    public void close() {}
  }
}
