package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParseException;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlainExceptionTest {
  private static Exception serialized(Exception exception) throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(exception);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (Exception) in.readObject();
    }
  }

  static Stream<Exception> ours() {
    return Stream.of(
        new BackendUnavailableException("no device"),
        new DeviceException("it hangs", null),
        new PassCancelledException("given up"),
        new SafeTensorsException("model", "no header"));
  }

  @ParameterizedTest
  @MethodSource("ours")
  void ourExceptionsArriveInAClassOfTheJdk(Exception exception) throws Exception {
    Exception read = serialized(exception);
    assertThat(read)
        .isExactlyInstanceOf(
            exception instanceof IOException ? IOException.class : RuntimeException.class)
        .hasMessage(exception.getMessage());
    assertThat(read.getStackTrace()).isEqualTo(exception.getStackTrace());
  }

  @Test
  void causesAreOfTheJdkToo() throws Exception {
    Exception cause =
        new JsonParseException(null, "a comma is missing", new ArithmeticException("by zero"));
    cause.addSuppressed(new PassCancelledException("given up"));
    Exception read = serialized(new DeviceException("it hangs", cause));
    assertThat(read.getCause()).isExactlyInstanceOf(IOException.class).hasMessage(cause.toString());
    assertThat(read.getCause().getCause())
        .isExactlyInstanceOf(ArithmeticException.class)
        .hasMessage("by zero");
    assertThat(read.getCause().getSuppressed()[0]).isExactlyInstanceOf(RuntimeException.class);
  }
}
