package io.github.sparkattention.kernels.opencl;

import com.aparapi.internal.exception.AparapiException;
import com.aparapi.internal.model.ClassModel;
import com.aparapi.internal.writer.KernelWriter;
import io.github.sparkattention.kernels.internal.device.ProgramKernels;
import io.github.sparkattention.kernels.internal.device.WorkGroup;

/**
 * The OpenCL text that Aparapi makes of the device code.
 *
 * @param items work items of a group
 * @param localBytes local memory of a group
 * @param text the text
 */
public record DeviceText(int items, long localBytes, String text) {

  /**
   * Translates the device code; needs no device.
   *
   * @param items work items of a group
   * @return the text
   * @throws IllegalArgumentException if there are no such groups; the message lists those there are
   */
  public static DeviceText of(int items) {
    WorkGroup group = WorkGroup.of(items);
    Class<?> kernel = ProgramKernels.of(group).getClass();
    try {
      String text =
          KernelWriter.writeToString(
              ClassModel.createClassModel(kernel).getEntrypoint("run", null));
      return new DeviceText(items, group.localBytes(), text);
    } catch (AparapiException e) {
      throw new IllegalStateException("Aparapi can't translate " + kernel.getName(), e);
    }
  }
}
