/**
 * Launches on an OpenCL device: how large each may be, the threads that run them one after another,
 * and the kernels with their buffers that those threads keep there.
 *
 * <pre>
 * a pass ─▶ DeviceBudget cuts its batch into Launches
 *   └─ DeviceQueue.submit ─▶ a launch thread ─▶ DeviceKernels ─▶ DeviceKernel.run ─▶ ProgramKernel
 * </pre>
 */
package io.github.sparkattention.kernels.internal.launches;
