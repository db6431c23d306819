package io.github.sparkattention.internal.options;

import java.util.Locale;
import java.util.regex.Pattern;

/** Says a setting's name as the command line does: {@code --num-heads} for numHeads. */
public final class OptionNames {
  private static final Pattern SETTING =
      Pattern.compile(
          "\\b(dIn|dOut|numHeads|numKvHeads|contextLength|slidingWindow|softcap|scale|batchTokens"
              + "|partitions)\\b");

  private OptionNames() {}

  public static String in(String message) {
    return SETTING
        .matcher(message)
        .replaceAll(
            found -> "--" + found.group().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT));
  }
}
