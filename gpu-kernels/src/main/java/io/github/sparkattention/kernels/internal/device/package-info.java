/**
 * What an OpenCL device runs, and the arrays that it runs on: the kernel, its tiles, the program as
 * an int array, and the sizes of a launch. The kernel's methods are turned into OpenCL's text.
 */
package io.github.sparkattention.kernels.internal.device;
