package io.github.sparkattention.it;

import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A headless Chromium with one page. {@code -Dsparkattention.require=chromium} turns a missing one
 * from a skip into a failure.
 */
final class Browser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  private final Process process;
  private final DevTools devTools;
  private final String session;

  private Browser(Process process, URI endpoint) {
    this.process = process;
    devTools = new DevTools(endpoint);
    String target =
        devTools.send("", "Target.createTarget", "url", "about:blank").get("targetId").asText();
    session =
        devTools
            .send("", "Target.attachToTarget", "targetId", target, "flatten", true)
            .get("sessionId")
            .asText();
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      send(domain + ".enable");
    }
  }

  /** Starts one with a new profile in a folder. */
  static Browser open(Path profile) throws IOException {
    Optional<Path> program = program();
    if (program.isEmpty()) {
      String absence = "there is none of " + String.join(", ", NAMES) + " on the PATH";
      if (System.getProperty("sparkattention.require", "").contains("chromium")) {
        fail("Tests in a browser are required, but %s.", absence);
      }
      Assumptions.abort("not run, since " + absence);
    }
    Process process =
        new ProcessBuilder(
                program.get().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--remote-debugging-address=127.0.0.1",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .start();
    try {
      return new Browser(process, endpoint(process));
    } catch (IOException | RuntimeException | Error e) {
      stop(process);
      throw e;
    }
  }

  private static Optional<Path> program() {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Where it listens, which is the first of importance that it says. */
  private static URI endpoint(Process process) throws IOException {
    String mark = "DevTools listening on ";
    StringBuilder said = new StringBuilder();
    BufferedReader lines = process.inputReader();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(mark)) {
        // Else it would stop once the pipe is full.
        Thread rest = new Thread(() -> lines.lines().forEach(unread -> {}), "chromium output");
        rest.setDaemon(true);
        rest.start();
        return URI.create(line.substring(mark.length()));
      }
      said.append(line).append('\n');
    }
    throw new IOException("Chromium has ended before it listened: " + said);
  }

  private JsonNode send(String method, Object... parameters) {
    return devTools.send(session, method, parameters);
  }

  void runScripts(boolean run) {
    send("Emulation.setScriptExecutionDisabled", "value", !run);
  }

  /** Sets the window's size, in CSS pixels, and whether people see their screen dark. */
  void emulate(int width, int height, boolean dark) {
    send(
        "Emulation.setDeviceMetricsOverride",
        "width",
        width,
        "height",
        height,
        "deviceScaleFactor",
        1,
        "mobile",
        false);
    send(
        "Emulation.setEmulatedMedia",
        "features",
        List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light")));
  }

  /** Opens a file, and forgets what was before. */
  void show(Path file) {
    devTools.forgetEvents();
    send("Page.navigate", "url", file.toUri().toString());
    await("loading " + file)
        .atMost(Duration.ofSeconds(60))
        .until(() -> !devTools.events("Page.loadEventFired").isEmpty());
  }

  /** The value of an expression. */
  JsonNode evaluate(String expression) {
    JsonNode answer = send("Runtime.evaluate", "expression", expression, "returnByValue", true);
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + answer.get("exceptionDetails"));
    }
    return answer.get("result").path("value");
  }

  /** Moves the mouse. */
  void moveTo(double x, double y) {
    send("Input.dispatchMouseEvent", "type", "mouseMoved", "x", x, "y", y);
  }

  /** A PNG of a part of the page, as wide and high as the expression's element. */
  byte[] picture(String element) {
    JsonNode box = evaluate("(e => e.getBoundingClientRect().toJSON())(" + element + ")");
    Map<String, Object> clip =
        Map.of(
            "x", box.get("x").asDouble(),
            "y", box.get("y").asDouble(),
            "width", box.get("width").asDouble(),
            "height", box.get("height").asDouble(),
            "scale", 1);
    JsonNode answer = send("Page.captureScreenshot", "clip", clip, "captureBeyondViewport", true);
    return Base64.getDecoder().decode(answer.get("data").asText());
  }

  /** What went wrong on the page since it was opened. */
  List<String> errors() {
    Stream<JsonNode> logged =
        devTools.events("Log.entryAdded").stream()
            .map(event -> event.get("entry"))
            .filter(entry -> entry.get("level").asText().equals("error"));
    Stream<JsonNode> written =
        devTools.events("Runtime.consoleAPICalled").stream()
            .filter(call -> call.get("type").asText().equals("error"));
    Stream<JsonNode> thrown = devTools.events("Runtime.exceptionThrown").stream();
    return Stream.of(logged, written, thrown)
        .flatMap(events -> events)
        .map(JsonNode::toString)
        .toList();
  }

  /** The addresses of all that was asked for since the page was opened, itself included. */
  List<String> requests() {
    return devTools.events("Network.requestWillBeSent").stream()
        .map(event -> event.get("request").get("url").asText())
        .toList();
  }

  @Override
  public void close() {
    devTools.close();
    stop(process);
  }

  private static void stop(Process process) {
    // Its helpers first, while they are still known as such.
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().orTimeout(60, TimeUnit.SECONDS).join();
  }
}
