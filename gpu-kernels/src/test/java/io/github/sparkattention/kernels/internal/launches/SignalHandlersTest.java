package io.github.sparkattention.kernels.internal.launches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.sparkattention.kernels.opencl.ChildJvm;
import io.github.sparkattention.kernels.opencl.OpenClDevices;
import io.github.sparkattention.kernels.opencl.RequiredDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SignalHandlersTest {
  private static final Path LIBJSIG = Path.of(System.getProperty("java.home"), "lib/libjsig.so");

  private static List<String> warnings(String preload) throws IOException, InterruptedException {
    RequiredDevice.get();
    ChildJvm child =
        ChildJvm.run(List.of("env", "LD_PRELOAD=" + preload), List.of(), ListsDevices.class);
    assertThat(child.exitCode()).as(child.toString()).isZero();
    return child.output().stream().filter(line -> line.contains(" WARN ")).toList();
  }

  @Test
  void aDriverThatTakesTheSignalIsWarnedOfWithTheRemedy() throws Exception {
    assumeThat(RequiredDevice.get().vendor()).as("a driver that does so").contains("pocl");
    assertThat(warnings(""))
        .singleElement()
        .asString()
        .contains("a signal handler of libLLVM")
        .contains("start it with LD_PRELOAD=" + LIBJSIG + " in its environment");
  }

  @Test
  void withTheRemedyThereIsNothingToWarnOf() throws Exception {
    assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
    assertThat(warnings(LIBJSIG.toString())).isEmpty();
  }

  @Test
  void theTestsRunWithTheRemedy() {
    assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
    assertThat(System.getenv("LD_PRELOAD")).isEqualTo(LIBJSIG.toString());
  }

  @Test
  void aHandlerOfTheJvmIsNotForeign() {
    String before = "Signal Handlers:\n   ";
    assertThat(
            SignalHandlers.foreignLibrary(
                before + "SIGSEGV: javaSignalHandler in libjvm.so, mask=1, flags=none\n"))
        .isNull();
    assertThat(SignalHandlers.foreignLibrary(before + "SIGSEGV: crash_handler in libjvm.so, x\n"))
        .isNull();
    assertThat(SignalHandlers.foreignLibrary("")).isNull();
    assertThat(
            SignalHandlers.foreignLibrary(
                before + "SIGSEGV: 0x00007fe85215c570 in libLLVM-15.so.1+16106864, mask=0\n"))
        .isEqualTo("libLLVM-15.so.1");
    assertThat(SignalHandlers.foreignLibrary(before + "SIGSEGV: SIG_DFL, mask=0\n"))
        .isEqualTo("SIG_DFL");
  }

  /** Lists, which loads the drivers. */
  static final class ListsDevices {
    private ListsDevices() {}

    public static void main(String[] args) {
      System.out.println(OpenClDevices.list());
    }
  }
}
