package io.github.sparkattention.job;

import java.util.Locale;
import java.util.regex.Pattern;

/** Says a setting's name as the command line does: {@code --num-heads} for numHeads. */
final class OptionNames {
  private static final Pattern SETTING =
      Pattern.compile(
          "\\b(dIn|dOut|numHeads|numKvHeads|contextLength|slidingWindow|softcap|scale|batchTokens"
              + "|partitions)\\b");

  private OptionNames() {}

  static String in(String message) {
    return SETTING
        .matcher(message)
        .replaceAll(
            found -> "--" + found.group().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
  }
}
