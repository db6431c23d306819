package io.github.sparkattention.kernels.internal.launches;

import io.github.sparkattention.kernels.DeviceException;

/** Thrown when the device has not enough memory for a launch; a smaller one may fit. */
public final class DeviceMemoryException extends DeviceException {
  private static final long serialVersionUID = 1L;

  public DeviceMemoryException(String message, Throwable cause) {
    super(message, cause);
  }
}
