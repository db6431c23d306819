/**
 * The OpenCL backend: one device per JVM, reached through Aparapi, with the bits of Java threads.
 *
 * <pre>
 * OpenClProvider.open ─▶ OpenClBackend.open ─▶ OpenClDevices.list ─▶ DeviceChoice ─▶ DeviceCheck
 * OpenClProgram.begin ─▶ OpenClPass ─▶ launches, which the threads of the device run
 * </pre>
 *
 * <p>Aparapi falls back to other devices, and to Java, without a word; here a launch runs on the
 * device that it was meant for, or throws.
 */
package io.github.sparkattention.kernels.opencl;
