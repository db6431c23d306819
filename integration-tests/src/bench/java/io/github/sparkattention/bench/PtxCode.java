package io.github.sparkattention.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** PTX, the assembler that NVIDIA's compilers take, as clang writes it with line numbers. */
final class PtxCode {
  private static final Pattern LABEL = Pattern.compile("(\\$\\w+):.*");
  private static final Pattern LINE = Pattern.compile("\\.loc\\s+\\d+ (\\d+) .*");
  private static final Pattern BRANCH =
      Pattern.compile("(?:@\\S+\\s+)?bra(?:\\.uni)?\\s+(\\$\\w+);.*");
  private static final Pattern DEPOT = Pattern.compile("\\.local .*__local_depot\\d+\\[(\\d+)];");

  /** What a function in the source looks like: Aparapi writes its head in one line. */
  private static final Pattern FUNCTION =
      Pattern.compile("^static \\w+ (?:\\w+__)?(\\w+)\\(This \\*this.*\\{$");

  private final List<String> lines;
  private final TreeMap<Integer, String> functions = new TreeMap<>();

  /**
   * Takes PTX apart.
   *
   * @param ptx the code
   * @param source what it was compiled from
   */
  PtxCode(String ptx, String source) {
    lines = ptx.lines().map(String::strip).toList();
    List<String> sourceLines = source.lines().toList();
    for (int i = 0; i < sourceLines.size(); i++) {
      Matcher head = FUNCTION.matcher(sourceLines.get(i));
      if (head.matches()) {
        functions.put(i + 1, head.group(1));
      }
    }
  }

  /** Bytes of private arrays that are in memory and not in registers. */
  int privateBytes() {
    int bytes = 0;
    for (String line : lines) {
      Matcher depot = DEPOT.matcher(line);
      bytes += depot.matches() ? Integer.parseInt(depot.group(1)) : 0;
    }
    return bytes;
  }

  /** The innermost loops, in the order of the code. */
  List<LoopMix> loops() {
    Map<String, Integer> labels = new HashMap<>();
    List<int[]> loops = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher label = LABEL.matcher(lines.get(i));
      if (label.matches()) {
        labels.put(label.group(1), i);
      }
      Matcher branch = BRANCH.matcher(lines.get(i));
      if (branch.matches() && labels.containsKey(branch.group(1))) {
        loops.add(new int[] {labels.get(branch.group(1)), i});
      }
    }
    return MachineCode.innermost(loops).stream()
        .map(loop -> mix(lines.subList(0, loop[0]), lines.subList(loop[0], loop[1] + 1)))
        .toList();
  }

  private LoopMix mix(List<String> before, List<String> loop) {
    List<LoopMix.Kind> kinds = new ArrayList<>();
    List<String> names = new ArrayList<>();
    String name = before.stream().reduce("–", this::nameAt);
    for (String line : loop) {
      name = nameAt(name, line);
      if (line.endsWith(";") && !line.startsWith(".")) {
        LoopMix.Kind kind = kind(line);
        kinds.add(kind);
        if (kind == LoopMix.Kind.FMA) {
          names.add(name);
        }
      }
    }
    return LoopMix.of(mostFrequent(names), kinds);
  }

  /** The function that lines are from after a line, if it says so. */
  private String nameAt(String name, String line) {
    Matcher location = LINE.matcher(line);
    if (!location.matches()) {
      return name;
    }
    Map.Entry<Integer, String> function = functions.floorEntry(Integer.valueOf(location.group(1)));
    return function == null ? "–" : function.getValue();
  }

  private static String mostFrequent(List<String> names) {
    return names.stream()
        .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse("–");
  }

  private static LoopMix.Kind kind(String line) {
    String instruction = line.startsWith("@") ? line.replaceFirst("^\\S+\\s+", "") : line;
    if (instruction.startsWith("fma.rn")) {
      return LoopMix.Kind.FMA;
    }
    if (instruction.startsWith("ld.shared")) {
      return LoopMix.Kind.LOCAL_LOAD;
    }
    if (instruction.startsWith("st.shared")) {
      return LoopMix.Kind.LOCAL_STORE;
    }
    if (instruction.startsWith("ld.global") || instruction.startsWith("st.global")) {
      return LoopMix.Kind.GLOBAL;
    }
    return instruction.startsWith("ld.local") || instruction.startsWith("st.local")
        ? LoopMix.Kind.PRIVATE
        : LoopMix.Kind.OTHER;
  }
}
