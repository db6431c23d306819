package io.github.sparkattention.kernels.opencl;

import com.aparapi.Kernel;

/** Copies values within the device's memory. */
public class CopyProbe extends Kernel {
  float[] from;
  float[] to;

  @Override
  public void run() {
    int item = getGlobalId();
    to[item] = from[item];
  }
}
