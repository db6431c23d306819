/**
 * OpenCL, through Aparapi: which devices there are.
 *
 * <pre>
 * OpenClDevices.list ──Aparapi──▶ libOpenCL ──▶ OpenClDevice, or why there is none
 * </pre>
 */
package io.github.sparkattention.kernels.opencl;
