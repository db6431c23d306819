package io.github.sparkattention.it.cluster;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Serializable;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * A gate at which tasks, in whatever JVM of this machine, stop until the test has done to them what
 * it wants to and lets them pass. A gate that is closed (as a resource) stands open.
 */
public final class Gate implements AutoCloseable {
  private final ServerSocket server;
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();

  /** Puts up a gate. */
  public Gate() throws IOException {
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread guard = new Thread(this::guard, "gate");
    guard.setDaemon(true);
    guard.start();
  }

  private void guard() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        var reader =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        String[] words = reader.readLine().split(" ", -1);
        arrivals.add(new Arrival(socket, Long.parseLong(words[0]), words[1]));
      } catch (IOException e) {
        // The gate was closed, or a task was killed on its way to it: nobody waits.
      }
    }
  }

  /** Where tasks find the gate. */
  public int port() {
    return server.getLocalPort();
  }

  /** A condition that holds for every row; first attempts of tasks stop at those with these ids. */
  Column at(Long... ids) {
    return condition(Set.of(ids));
  }

  /** A condition that holds for every row; first attempts of tasks stop at each. */
  Column atEveryRow() {
    return condition(Set.of());
  }

  private Column condition(Set<Long> ids) {
    return functions
        .udf(new StopAt(port(), ids), DataTypes.BooleanType)
        .asNondeterministic()
        .apply(functions.col("id"));
  }

  /** Waits for the next task to arrive. */
  public Arrival await() throws InterruptedException {
    Arrival arrival = arrivals.poll(SparkProcess.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (arrival == null) {
      throw new AssertionError("no task came to the gate");
    }
    return arrival;
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Arrival waiting : arrivals) {
      waiting.pass();
    }
  }

  /** Stops the calling task at the gate of a port. */
  static void stop(int port) throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    // A channel, so that who kills the task can interrupt it.
    try (SocketChannel channel = SocketChannel.open(address)) {
      String executor = SparkEnv.get().executorId();
      String message = ProcessHandle.current().pid() + " " + executor + "\n";
      channel.write(ByteBuffer.wrap(message.getBytes(StandardCharsets.UTF_8)));
      ByteBuffer answer = ByteBuffer.allocate(1);
      if (channel.read(answer) > 0) {
        throw new IllegalStateException("turned back at the gate");
      }
    } catch (ConnectException e) {
      // It stands open.
    }
  }

  /**
   * A task that waits at the gate.
   *
   * @param socket its connection
   * @param pid the process of its executor
   * @param executor the id of its executor
   */
  public record Arrival(Socket socket, long pid, String executor) {
    /** Lets the task go on. */
    public void pass() throws IOException {
      socket.close();
    }

    /** Makes the task throw an exception. */
    void turnBack() throws IOException {
      socket.getOutputStream().write('x');
      socket.close();
    }

    /** Kills the executor, as kill -9 does. */
    void killExecutor() {
      ProcessHandle executorProcess = ProcessHandle.of(pid).orElseThrow();
      executorProcess.destroyForcibly();
      executorProcess.onExit().join();
    }
  }

  /** With no ids, at every row. */
  private record StopAt(int port, Set<Long> ids) implements UDF1<Long, Boolean>, Serializable {
    @Override
    public Boolean call(Long id) throws IOException {
      boolean stops = ids.isEmpty() || ids.contains(id);
      if (stops && TaskContext.get().attemptNumber() == 0) {
        stop(port);
      }
      return true;
    }
  }
}
