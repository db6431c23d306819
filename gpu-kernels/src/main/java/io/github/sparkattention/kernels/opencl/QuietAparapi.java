package io.github.sparkattention.kernels.opencl;

import com.aparapi.Config;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.logging.Filter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/**
 * Runs calls of Aparapi without its console output: it logs a missing driver as SEVERE, though that
 * is an ordinary state here, and changes the levels of the application's root handlers.
 */
final class QuietAparapi {
  private QuietAparapi() {}

  static <T> T call(Supplier<T> call) {
    Map<Handler, Level> levels = new LinkedHashMap<>();
    for (Handler handler : LogManager.getLogManager().getLogger("").getHandlers()) {
      levels.put(handler, handler.getLevel());
    }
    // A filter, since Aparapi sets its logger's level itself.
    Logger aparapi = Logger.getLogger(Config.getLoggerName());
    Filter filter = aparapi.getFilter();
    aparapi.setFilter(record -> false);
    try {
      return call.get();
    } finally {
      aparapi.setFilter(filter);
      levels.forEach(Handler::setLevel);
    }
  }
}
