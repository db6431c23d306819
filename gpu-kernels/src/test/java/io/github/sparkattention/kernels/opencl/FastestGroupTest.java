package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.internal.device.WorkGroup;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The choice by played times, and a measurement on a real device. */
class FastestGroupTest {
  private static final long LOCAL_BYTES = 1 << 16;

  private final List<WorkGroup> opened = new ArrayList<>();
  private final Map<Backend, WorkGroup> groups = new HashMap<>();
  private final Map<WorkGroup, Long> times = new EnumMap<>(WorkGroup.class);
  private final FastestGroup choice = new FastestGroup(backend -> times.get(groups.get(backend)));

  private static OpenClDevice played(int mostItems) {
    return new OpenClDevice(
        "Played GPU", OpenClDevice.Type.GPU, "", "", 1L << 30, 1L << 28, mostItems, 1);
  }

  private WorkGroup choose(int mostItems) {
    return choice.of(played(mostItems), mostItems, LOCAL_BYTES, this::open);
  }

  private Backend open(WorkGroup group) {
    opened.add(group);
    if (!times.containsKey(group)) {
      throw new DeviceException("no room for " + group, null);
    }
    Backend backend = new PlayedBackend(outputs -> {});
    groups.put(backend, group);
    return backend;
  }

  private void takes(long small, long medium, long large) {
    times.put(WorkGroup.SMALL, small);
    times.put(WorkGroup.MEDIUM, medium);
    times.put(WorkGroup.LARGE, large);
  }

  @ParameterizedTest
  @CsvSource({
    "100, 100, 100, MEDIUM",
    "200, 100, 91, MEDIUM",
    "200, 100, 89, LARGE",
    "80, 100, 89, SMALL",
    "85, 100, 60, LARGE"
  })
  void anotherGroupThanTheUsualMustBeClearlyFaster(
      long small, long medium, long large, WorkGroup expected) {
    takes(small, medium, large);
    assertThat(choose(1024)).isEqualTo(expected);
  }

  @Test
  void aDeviceIsMeasuredOnceAndOnlyWithGroupsThatItAllows() {
    takes(50, 100, 10);
    assertThat(choose(64)).isEqualTo(WorkGroup.SMALL);
    assertThat(choose(64)).isEqualTo(WorkGroup.SMALL);
    assertThat(opened).containsExactly(WorkGroup.MEDIUM, WorkGroup.SMALL);
  }

  @Test
  void aGroupThatTheDeviceCannotRunIsNotChosen() {
    times.put(WorkGroup.MEDIUM, 100L);
    times.put(WorkGroup.LARGE, 50L);
    assertThat(choose(1024)).isEqualTo(WorkGroup.LARGE);
  }

  /** What else was on the device may be gone the next time. */
  @Test
  void aDeviceThatFailsIsMeasuredAnewByWhoeverComesNext() {
    assertThat(choose(1024)).isEqualTo(WorkGroup.MEDIUM);
    assertThat(opened).containsExactly(WorkGroup.MEDIUM);
    takes(50, 100, 100);
    assertThat(choose(1024)).isEqualTo(WorkGroup.SMALL);
  }

  @Test
  void aRealDeviceTakesTimeForALayer() {
    RequiredDevice.get();
    try (Backend backend = OpenClBackend.open(RequiredDevice.SETTINGS)) {
      assertThat(FastestGroup.nanos(backend)).isPositive();
    }
  }

  @Test
  void aProcessorIsNotMeasured() {
    OpenClDevice processor =
        new OpenClDevice("Played CPU", OpenClDevice.Type.CPU, "", "", 1L << 30, 1L << 28, 1024, 1);
    takes(10, 100, 10);
    assertThat(choice.of(processor, processor, LOCAL_BYTES, this::open))
        .isEqualTo(WorkGroup.MEDIUM);
    assertThat(opened).isEmpty();
  }

  @Test
  void aDeviceIsOpenedWithAGroupThatItChooses() {
    RequiredDevice.get();
    OpenClSettings settings = RequiredDevice.SETTINGS.withWorkGroup(OpenClSettings.FASTEST);
    try (OpenClBackend backend = OpenClBackend.open(settings)) {
      assertThat(new KnownAnswers().compare(backend).passes(settings.accepted())).isTrue();
    }
  }
}
