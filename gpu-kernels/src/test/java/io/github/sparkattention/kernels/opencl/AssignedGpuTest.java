package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.BackendUnavailableException;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which device a scheduler's GPU addresses mean, on machines that need not exist. */
class AssignedGpuTest {
  private static final OpenClDevices MACHINE =
      devices(
          device("P", OpenClDevice.Type.CPU),
          device("A", OpenClDevice.Type.GPU),
          device("B", OpenClDevice.Type.GPU));

  private static OpenClDevice device(String name, OpenClDevice.Type type) {
    return new OpenClDevice(name, type, "platform", "vendor", 1 << 30, 1 << 28, 256, 4);
  }

  private static OpenClDevices devices(OpenClDevice... devices) {
    return new OpenClDevices(List.of(devices), null);
  }

  private static OpenClSettings assigned(String... addresses) {
    return OpenClSettings.DEFAULTS.withAssignedGpus(List.of(addresses));
  }

  private static String chosen(OpenClSettings settings) {
    return DeviceChoice.choose(MACHINE, settings).name();
  }

  @ParameterizedTest
  @CsvSource({"0, A", "1, B"})
  void anAddressIsAnIndexIntoTheGpusWhateverElseThereIs(String address, String name) {
    assertThat(chosen(assigned(address))).isEqualTo(name);
    assertThat(chosen(assigned(address).withDeviceTypes(EnumSet.allOf(OpenClDevice.Type.class))))
        .isEqualTo(name);
  }

  @Test
  void ofSeveralAddressesTheFirstIsTaken() {
    assertThat(chosen(assigned("1", "0"))).isEqualTo("B");
  }

  @Test
  void aDeviceThatTheUserNamesComesFirst() {
    assertThat(chosen(assigned("1").withDevice("0"))).isEqualTo("A");
    assertThat(chosen(assigned("7").withDevice("b"))).isEqualTo("B");
  }

  @Test
  void addressesMeanNothingWhereGpusMayNotBeTaken() {
    assertThat(chosen(assigned("1").withDeviceTypes(EnumSet.of(OpenClDevice.Type.CPU))))
        .isEqualTo("P");
  }

  @ParameterizedTest
  @ValueSource(strings = {"2", "-1", "GPU-5f3a", "", "99999999999", "0x1"})
  void anAddressThatIsNoIndexIsRefusedWithAddressesAndDevices(String address) {
    assertThatThrownBy(() -> chosen(assigned(address, "0")))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "the GPU address '%s' (assigned: %s, 0) is not the index of an OpenCL GPU;"
                + " found 0: A (gpu), 1: B (gpu)",
            address, address);
  }

  @Test
  void anAddressOnAMachineWithoutGpusIsRefused() {
    OpenClDevices processor = devices(device("P", OpenClDevice.Type.CPU));
    for (EnumSet<OpenClDevice.Type> types :
        List.of(EnumSet.of(OpenClDevice.Type.GPU), EnumSet.allOf(OpenClDevice.Type.class))) {
      assertThatThrownBy(() -> DeviceChoice.choose(processor, assigned("0").withDeviceTypes(types)))
          .isInstanceOf(BackendUnavailableException.class)
          .hasMessage(
              "the GPU address '0' (assigned: 0) is not the index of an OpenCL GPU;"
                  + " found no GPU, but 0: P (cpu)");
    }
  }
}
