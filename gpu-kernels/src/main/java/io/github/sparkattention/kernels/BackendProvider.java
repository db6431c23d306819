package io.github.sparkattention.kernels;

import java.util.List;

/**
 * Opens a backend that computes on a kind of device. It is found by {@link
 * java.util.ServiceLoader}: a line with its class in {@code
 * META-INF/services/io.github.sparkattention.kernels.BackendProvider} is all that a backend needs
 * to be chosen by users.
 *
 * <p>Drivers and machines without any device ask for names and settings, too, so nothing native is
 * loaded before {@link #devices} or {@link #open} is called.
 */
public interface BackendProvider {

  /**
   * The name by which users ask for the backend, and below which its settings are.
   *
   * @return a word in lower case, such as {@code opencl}, but neither {@code auto} nor {@code
   *     threads}
   */
  String name();

  /**
   * What people call the backend.
   *
   * @return a noun that "device" can follow, such as {@code OpenCL}
   */
  String title();

  /**
   * What users may set.
   *
   * @return the settings, by the names that follow the backend's, in the order in which people read
   *     them
   */
  List<Setting<?>> settings();

  /**
   * Lists the devices of this machine, whatever is set.
   *
   * @return the devices, or why there are none
   */
  Devices devices();

  /**
   * Whether the settings leave it to a scheduler which device is taken.
   *
   * @param settings the values of {@link #settings}
   * @return true if {@link #open} heeds the GPUs that it is given
   */
  boolean takesAssignedGpus(Settings settings);

  /**
   * Opens the backend on the device that the settings choose.
   *
   * @param settings the values of {@link #settings}
   * @param assignedGpus addresses of the GPUs that a scheduler has assigned to this JVM, in its
   *     order; empty if there are none
   * @return the backend; the caller closes it
   * @throws BackendUnavailableException if there is no such device; the message says why, as the
   *     end of a sentence that begins with "but"
   */
  Backend open(Settings settings, List<String> assignedGpus);
}
