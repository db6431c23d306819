package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.BackendUnavailableException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeviceChoiceTest {
  private static final OpenClDevice PROCESSOR = device("EPYC 7763", OpenClDevice.Type.CPU);
  private static final OpenClDevice SMALL = device("Quadro T400", OpenClDevice.Type.GPU);
  private static final OpenClDevice LARGE = device("H100 PCIe", OpenClDevice.Type.GPU);
  private static final OpenClDevices FOUND =
      new OpenClDevices(List.of(PROCESSOR, SMALL, LARGE), null);

  private static OpenClDevice device(String name, OpenClDevice.Type type) {
    return new OpenClDevice(name, type, "Some Platform, OpenCL 3.0", "Some Vendor", 4, 1, 64, 1);
  }

  private static OpenClDevice choose(Set<OpenClDevice.Type> types, String device) {
    return DeviceChoice.choose(
        FOUND, OpenClSettings.DEFAULTS.withDeviceTypes(types).withDevice(device));
  }

  @Test
  void theFirstGpuIsTakenWhereNobodyAsksForAnother() {
    assertThat(DeviceChoice.choose(FOUND, OpenClSettings.DEFAULTS)).isSameAs(SMALL);
  }

  @Test
  void otherTypesAreTakenOnlyWhereTheyAreAllowed() {
    assertThat(choose(EnumSet.of(OpenClDevice.Type.CPU), null)).isSameAs(PROCESSOR);
    assertThat(choose(EnumSet.allOf(OpenClDevice.Type.class), null)).isSameAs(PROCESSOR);
  }

  @Test
  void anIndexCountsTheDevicesOfTheAllowedTypes() {
    assertThat(choose(EnumSet.of(OpenClDevice.Type.GPU), "0")).isSameAs(SMALL);
    assertThat(choose(EnumSet.of(OpenClDevice.Type.GPU), "1")).isSameAs(LARGE);
    assertThat(choose(EnumSet.allOf(OpenClDevice.Type.class), "1")).isSameAs(SMALL);
  }

  @Test
  void aPartOfANameInAnyCaseIsEnough() {
    assertThat(choose(EnumSet.of(OpenClDevice.Type.GPU), "h100")).isSameAs(LARGE);
    assertThat(choose(EnumSet.allOf(OpenClDevice.Type.class), "epyc 77")).isSameAs(PROCESSOR);
  }

  @Test
  void anIndexOutOfRangeIsRefusedWithWhatThereIs() {
    assertThatThrownBy(() -> choose(EnumSet.of(OpenClDevice.Type.GPU), "2"))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "OpenCL device '2' is not among those of type gpu: 0: Quadro T400 (gpu),"
                + " 1: H100 PCIe (gpu)");
    assertThatThrownBy(() -> choose(EnumSet.of(OpenClDevice.Type.GPU), "99999999999"))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "OpenCL device '99999999999' is not among those of type gpu: 0: Quadro T400 (gpu),"
                + " 1: H100 PCIe (gpu)");
  }

  @Test
  void anUnknownNameAndOneOfAnotherTypeAreRefusedWithWhatThereIs() {
    assertThatThrownBy(() -> choose(EnumSet.of(OpenClDevice.Type.GPU), "EPYC"))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "OpenCL device 'EPYC' is not among those of type gpu: 0: Quadro T400 (gpu),"
                + " 1: H100 PCIe (gpu)");
    assertThatThrownBy(
            () -> choose(EnumSet.of(OpenClDevice.Type.GPU, OpenClDevice.Type.CPU), "Radeon"))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "OpenCL device 'Radeon' is not among those of type cpu, gpu: 0: EPYC 7763 (cpu),"
                + " 1: Quadro T400 (gpu), 2: H100 PCIe (gpu)");
  }

  @Test
  void noDeviceOfTheAllowedTypesIsSaidWithWhatThereIs() {
    assertThatThrownBy(() -> choose(EnumSet.of(OpenClDevice.Type.ACCELERATOR), null))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "there is no OpenCL device of type accelerator; found 0: EPYC 7763 (cpu),"
                + " 1: Quadro T400 (gpu), 2: H100 PCIe (gpu)");
  }

  @Test
  void noDeviceAtAllIsSaidWithTheReason() {
    OpenClDevices none = new OpenClDevices(List.of(), "libOpenCL is not installed");
    assertThatThrownBy(() -> DeviceChoice.choose(none, OpenClSettings.DEFAULTS.withDevice("0")))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage("there is no OpenCL device: libOpenCL is not installed");
  }
}
