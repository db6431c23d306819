package io.github.sparkattention.kernels;

/**
 * Thrown when a batch can't be computed on the device; Java threads can compute it all the same.
 */
public class DeviceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the exception.
   *
   * @param message what failed, on which device
   * @param cause what the device's driver or its library threw, or null
   */
  public DeviceException(String message, Throwable cause) {
    super(message, cause);
  }

  /**
   * What is serialized in its place.
   *
   * @return a copy whose class every JVM knows
   */
  protected Object writeReplace() {
    return PlainException.of(this);
  }
}
