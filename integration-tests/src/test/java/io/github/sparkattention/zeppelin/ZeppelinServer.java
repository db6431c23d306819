package io.github.sparkattention.zeppelin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sparkattention.it.cluster.SparkHome;
import io.github.sparkattention.it.cluster.SparkProcess;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A real Zeppelin server in a process and a folder of its own, spoken to over its REST interface.
 */
final class ZeppelinServer implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** What the process of the interpreter needs besides Spark. */
  private static final Pattern INTERPRETER =
      Pattern.compile(
          ".*/(test-classes|(commons-lang|scala-compiler|spark3?-shims|spark-interpreter|zeppelin)"
              + "-[^/]*)");

  private final HttpClient client = HttpClient.newHttpClient();
  private final SparkProcess process;
  private final URI api;

  /** Starts a server and waits until it answers. */
  ZeppelinServer(Path home, SparkHome spark) throws IOException, InterruptedException {
    layOut(home);
    int port = freePort();
    api = URI.create("http://127.0.0.1:" + port + "/api/");
    List<String> jvmArgs =
        List.of(
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-Dzeppelin.server.addr=127.0.0.1",
            "-Dzeppelin.server.port=" + port,
            "-Dzeppelin.war=" + home.resolve("web"),
            "-Dzeppelin.angular.war=" + home.resolve("web"),
            "-Dzeppelin.war.tempdir=" + home.resolve("webapps"),
            "-Dzeppelin.search.enable=false",
            "-Dzeppelin.notebook.storage=org.apache.zeppelin.notebook.repo.VFSNotebookRepo",
            "-Dzeppelin.interpreter.connect.timeout=" + SparkProcess.PATIENCE.toMillis(),
            "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
            "-cp",
            classPath());
    process =
        SparkProcess.start(
            environment(home, spark), jvmArgs, "org.apache.zeppelin.server.ZeppelinServer");
    try {
      process.awaitLine("Done, zeppelin server started");
    } catch (AssertionError e) {
      process.close();
      throw e;
    }
  }

  /** What the module notebooks has written. */
  private static String classPath() throws IOException {
    Path file =
        Path.of(System.getProperty("basedir", ""))
            .toAbsolutePath()
            .resolveSibling("notebooks/target/zeppelin-server.classpath");
    return Files.readString(file).strip();
  }

  private static void layOut(Path home) throws IOException {
    for (String name : List.of("web/WEB-INF", "webapps", "conf", "interpreter/spark/scala-2.12")) {
      Files.createDirectories(home.resolve(name));
    }
    Files.writeString(home.resolve("web/WEB-INF/web.xml"), "<web-app/>");
    copy("interpreter-setting.json", home.resolve("interpreter/spark/interpreter-setting.json"));
    Path script = home.resolve("bin/interpreter.sh");
    copy("interpreter.sh", script);
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
  }

  private static void copy(String resource, Path file) throws IOException {
    Files.createDirectories(file.getParent());
    try (InputStream in = ZeppelinServer.class.getResourceAsStream("/zeppelin/" + resource)) {
      Files.copy(in, file);
    }
  }

  /** What the server needs, and what interpreter.sh does, which inherits it. */
  private static Map<String, String> environment(Path home, SparkHome spark) throws IOException {
    Path jvmArgs = home.resolve("conf/jvm.args");
    Files.writeString(
        jvmArgs,
        String.join("\n", SparkProcess.moduleArgs())
            + "\n-Xmx1g\n-XX:TieredStopAtLevel=1\n-Djava.io.tmpdir="
            + System.getProperty("java.io.tmpdir"));
    List<String> interpreter =
        SparkHome.classPath().stream()
            .filter(entry -> INTERPRETER.matcher(entry).matches())
            .toList();
    Map<String, String> environment = new HashMap<>(spark.environment());
    environment.put("ZEPPELIN_HOME", home.toString());
    environment.put("ZEPPELIN_LOCAL_IP", "127.0.0.1");
    // Else the server stops when its standard input does.
    environment.put("ZEPPELIN_IDENT_STRING", "notes");
    environment.put(
        "INTERPRETER_JAVA", Path.of(System.getProperty("java.home"), "bin/java").toString());
    environment.put("INTERPRETER_JVM_ARGS", jvmArgs.toString());
    environment.put(
        "INTERPRETER_CLASS_PATH", String.join(":", interpreter) + ":" + spark.folder() + "/jars/*");
    environment.put(
        "INTERPRETER_JAR",
        interpreter.stream()
            .filter(e -> e.contains("interpreter-shaded"))
            .findFirst()
            .orElseThrow());
    return environment;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** Adds properties to the settings of the interpreter that is named spark. */
  void configureSpark(Map<String, String> properties) throws IOException, InterruptedException {
    ObjectNode setting = (ObjectNode) get("interpreter/setting/spark");
    ObjectNode all = (ObjectNode) setting.get("properties");
    properties.forEach(
        (name, value) ->
            all.putObject(name).put("name", name).put("value", value).put("type", "string"));
    send("PUT", "interpreter/setting/spark", setting.toString());
  }

  /** Imports a note and returns the id that it has here. */
  String importNote(JsonNode note) throws IOException, InterruptedException {
    return send("POST", "notebook/import", note.toString()).textValue();
  }

  /** Runs all paragraphs of a note until the last one has ended or one has failed. */
  List<Paragraph> run(String noteId) throws IOException, InterruptedException {
    send("POST", "notebook/job/" + noteId + "?blocking=true", "");
    return Note.paragraphs(get("notebook/" + noteId));
  }

  JsonNode get(String path) throws IOException, InterruptedException {
    return send("GET", path, "");
  }

  private JsonNode send(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve(path))
            .method(method, BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new AssertionError(method + " " + path + ": " + response.body() + "\n" + process);
    }
    return MAPPER.readTree(response.body()).get("body");
  }

  /** Kills the server and all that it has started, and waits until they are gone. */
  @Override
  public void close() {
    process.close();
  }
}
