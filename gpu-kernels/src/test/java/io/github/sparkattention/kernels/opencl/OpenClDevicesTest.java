package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OpenClDevicesTest {
  private static final String FOLDER = "/var/tmp/spark";
  private static final String FILE = FOLDER + "/Aparapi123/libaparapi.so: ";

  @Test
  void aMissingLibraryIsNamed() {
    assertThat(
            OpenClDevices.why(
                FILE + "libOpenCL.so.1: cannot open shared object file: No such file or directory",
                FOLDER))
        .isEqualTo(
            "libOpenCL is not installed (libOpenCL.so.1: cannot open shared object file: No such"
                + " file or directory)");
  }

  @Test
  void theFolderThatAllowsNoExecutionIsNamed() {
    assertThat(OpenClDevices.why(FILE + FILE + "failed to map segment from shared object", FOLDER))
        .isEqualTo(
            "Aparapi's native library could not be unpacked to /var/tmp/spark and loaded from there"
                + " (failed to map segment from shared object); let java.io.tmpdir name a folder"
                + " that is writable and not mounted noexec");
  }

  @Test
  void theFolderThatIsNotThereIsNamed() {
    assertThat(OpenClDevices.why(FOLDER + "/Aparapi123", FOLDER))
        .isEqualTo(
            "Aparapi's native library could not be unpacked to /var/tmp/spark and loaded from there"
                + " (/var/tmp/spark/Aparapi123); let java.io.tmpdir name a folder that is writable"
                + " and not mounted noexec");
  }

  @Test
  void theJarThatHasTheNativeLibraryIsNamed() {
    String message = "File /win/libgcc_s_seh_x86_64.dll was not found inside JAR.";
    assertThat(OpenClDevices.why(message, FOLDER))
        .isEqualTo(
            "no jar of the class path has Aparapi's native library for this machine ("
                + message
                + "); add gpu-kernels-*-other-natives.jar, which has those for Windows and 32 bits");
  }

  @Test
  void aMachineThatAparapiDoesNotKnowIsNotBlamedOnAFolder() {
    String message = "System is not compatible with any of the known native libraries.";
    assertThat(OpenClDevices.why(message, FOLDER))
        .isEqualTo("Aparapi's native library could not be loaded (" + message + ")");
  }
}
