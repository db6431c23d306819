package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.BackendUnavailableException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Chooses a device by the settings, or says in one sentence why there is none to choose. */
final class DeviceChoice {
  private DeviceChoice() {}

  static OpenClDevice choose(OpenClDevices found, OpenClSettings settings) {
    if (found.devices().isEmpty()) {
      throw new BackendUnavailableException("there is no OpenCL device: " + found.absence());
    }
    String types =
        settings.deviceTypes().stream()
            .map(OpenClDevice.Type::toString)
            .sorted()
            .collect(Collectors.joining(", "));
    if (settings.device() == null
        && !settings.assignedGpus().isEmpty()
        && settings.deviceTypes().contains(OpenClDevice.Type.GPU)) {
      return assigned(found.devices(), settings.assignedGpus());
    }
    List<OpenClDevice> candidates =
        found.devices().stream().filter(d -> settings.deviceTypes().contains(d.type())).toList();
    if (candidates.isEmpty()) {
      throw new BackendUnavailableException(
          String.format(
              "there is no OpenCL device of type %s; found %s", types, names(found.devices())));
    }
    if (settings.device() == null) {
      return candidates.get(0);
    }
    return named(candidates, settings.device(), types);
  }

  /** Never another GPU than the assigned one, which may be at another's service. */
  private static OpenClDevice assigned(List<OpenClDevice> found, List<String> addresses) {
    List<OpenClDevice> gpus =
        found.stream().filter(device -> device.type() == OpenClDevice.Type.GPU).toList();
    String address = addresses.get(0);
    if (isIndex(address) && Integer.parseInt(address) < gpus.size()) {
      return gpus.get(Integer.parseInt(address));
    }
    throw new BackendUnavailableException(
        String.format(
            "the GPU address '%s' (assigned: %s) is not the index of an OpenCL GPU; found %s",
            address,
            String.join(", ", addresses),
            gpus.isEmpty() ? "no GPU, but " + names(found) : names(gpus)));
  }

  private static boolean isIndex(String text) {
    return text.matches("[0-9]{1,9}");
  }

  private static OpenClDevice named(List<OpenClDevice> candidates, String device, String types) {
    if (isIndex(device)) {
      int index = Integer.parseInt(device);
      if (index < candidates.size()) {
        return candidates.get(index);
      }
    } else {
      String wanted = device.toLowerCase(Locale.ROOT);
      for (OpenClDevice candidate : candidates) {
        if (candidate.name().toLowerCase(Locale.ROOT).contains(wanted)) {
          return candidate;
        }
      }
    }
    throw new BackendUnavailableException(
        String.format(
            "OpenCL device '%s' is not among those of type %s: %s",
            device, types, names(candidates)));
  }

  private static String names(List<OpenClDevice> devices) {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < devices.size(); i++) {
      OpenClDevice device = devices.get(i);
      names.append(i == 0 ? "" : ", ");
      names.append(i).append(": ").append(device.name());
      names.append(" (").append(device.type()).append(")");
    }
    return names.toString();
  }
}
