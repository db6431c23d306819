package io.github.sparkattention.it;

import io.github.sparkattention.it.CommandLineProcess.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A run of the demo, which the tests share since it takes long.
 *
 * @param folder what it was to write
 * @param result what it printed
 */
record DemoRun(Path folder, Result result) {
  private static final String FEW = "300";
  private static DemoRun shared;

  /** The demo with few sentences. */
  static synchronized DemoRun shared() throws IOException, InterruptedException {
    if (shared == null) {
      shared = run("--rows", FEW);
    }
    return shared;
  }

  /** The demo as users start it, with other arguments if there are any. */
  static DemoRun run(String... arguments) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("demo-run-").resolve("demo");
    String[] all = new String[arguments.length + 3];
    all[0] = "demo";
    all[1] = "--output";
    all[2] = folder.toString();
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return new DemoRun(folder, CommandLineProcess.run(all));
  }
}
