package io.github.sparkattention.kernels.internal.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.aparapi.internal.exception.AparapiException;
import com.aparapi.internal.model.ClassModel;
import com.aparapi.internal.model.Entrypoint;
import com.aparapi.internal.writer.KernelWriter;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The OpenCL text that Aparapi makes of the device code; this needs neither a device nor libOpenCL.
 */
class ProgramKernelTextTest {
  private static final String METHOD =
      "io_github_sparkattention_kernels_internal_device_ProgramKernel__";
  private static final String TILES =
      "io_github_sparkattention_kernels_internal_device_LocalTiles__";
  private static final String BARRIER = "barrier(CLK_LOCAL_MEM_FENCE);";

  private static Entrypoint entrypoint;
  private static String text;

  @BeforeAll
  static void translate() throws AparapiException {
    entrypoint = ClassModel.createClassModel(ProgramKernel.class).getEntrypoint("run", null);
    text = KernelWriter.writeToString(entrypoint);
  }

  /** Walking these constants of a class file is what BCEL from 6.8 on refuses. */
  @Test
  void constantsThatTakeTwoEntriesOfTheConstantPoolAreTranslated() {
    assertThat(text).contains(0xD2511F53L + "L * ((long)", "& " + 0xFFFFFFFFL + "L)");
  }

  @Test
  void eachPassLooksItsStepUpInOneKernel() {
    assertThat(text).containsOnlyOnce("__kernel void run(").contains("int passid");
    assertThat(body("__kernel void run("))
        .containsSubsequence(
            "launch[",
            METHOD + "multiply(this",
            METHOD + "attend(this",
            METHOD + "writeWeights(this",
            METHOD + "embed(this",
            METHOD + "normalize(this",
            METHOD + "rotate(this",
            METHOD + "scoreIds(this");
  }

  /**
   * The text has no prototypes, and Aparapi orders functions in a few rounds: a long chain of calls
   * to a function that is called near the kernel, too, may end out of order.
   */
  @Test
  void eachFunctionIsThereBeforeThoseThatCallIt() {
    Set<String> defined = new TreeSet<>();
    Matcher name = Pattern.compile("\\bio_github_\\w+__(\\w+)\\((This \\*)?").matcher(text);
    while (name.find()) {
      if (name.group(2) != null) {
        defined.add(name.group(1));
      } else {
        assertThat(defined).contains(name.group(1));
      }
    }
    assertThat(defined)
        .contains("multiply", "attend", "scoreIds", "activate", "ratio", "group", "items");
  }

  @Test
  void whatMustNotReachADeviceIsLeftOut() {
    assertThat(text).doesNotContainIgnoringCase("tripwire").doesNotContain("RUNS_IN_JAVA");
  }

  @Test
  void nothingIsComputedInDouble() {
    assertThat(text).doesNotContainPattern("\\bdouble\\b").doesNotContain("cl_khr_fp64");
    assertThat(entrypoint.requiresDoublePragma()).isFalse();
  }

  /** The functions whose last bit a device may choose have no place in the numeric contract. */
  @Test
  void noFunctionOfADevicesOwnPrecisionIsCalled() {
    assertThat(text)
        .doesNotContainPattern("\\b(native_|half_)?(exp2?|exp10|log2?|pow|tanh|r?sqrt|recip)\\(")
        .doesNotContainPattern("\\b(mad|mad24|fdim|native_divide|half_divide)\\(");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multiply",
        "score",
        "attend",
        "scoreShort",
        "addShortValues",
        "weigh",
        "ratio",
        "reciprocalOfOneToTwo",
        "activate",
        "geluErf",
        "sigmoid",
        "normalize",
        "inverseRoot",
        "rotate",
        "multiplyIds"
      })
  void sumsOfProductsAreFused(String method) {
    assertThat(body(METHOD + method + "(This *this")).contains("fma(");
  }

  /** Each is a division of ints, by which items and groups find their place in a tile. */
  @Test
  void nothingButAnIndexIsDivided() {
    Pattern division =
        Pattern.compile("(\\w+\\(\\w[\\w, ]*\\)|\\w+|- 1\\)|% turned\\)) / (?:this->)?(\\w+)");
    Set<String> divisions = new TreeSet<>();
    int count = 0;
    for (int start = 0; start < text.length(); ) {
      int close = text.indexOf("\n}", start);
      int end = close < 0 ? text.length() : close + 2;
      String function = text.substring(start, end);
      for (Matcher found = division.matcher(function); found.find(); count++) {
        divisions.add(found.group());
        assertThat(function)
            .doesNotContainPattern("float " + Pattern.quote(found.group(1)) + "\\b")
            .doesNotContainPattern("float " + found.group(2) + "\\b");
      }
      start = end;
    }
    int keys = ProgramKernel.KEYS;
    assertThat(divisions)
        .containsExactlyInAnyOrder(
            "item / " + TILES + "items",
            "e / " + ProgramKernel.DEPTH,
            "e / " + TILES + "itemKeys",
            "item / " + TILES + "keyItems",
            TILES + "group(this) / " + TILES + "keyItems",
            TILES + "tile(this) / " + TILES + "queryItems",
            "at / 2",
            "first / 2",
            "i / 2",
            "j / 2",
            "key / 2",
            "e / " + TILES + "halfTile",
            "- 1) / " + TILES + "tile",
            keys + " / " + TILES + "keyItems",
            ProgramKernel.RESULTS * keys + " / " + TILES + "items",
            TILES + "items(this) / " + ProgramKernel.FEWEST_ITEMS,
            ProgramKernel.BANKS + " / " + TILES + "keyItems",
            "get_group_id(0) / across",
            "group / numHeads",
            "head / this->steps",
            "step / " + ProgramKernel.STEP_INTS,
            "e / width",
            "e / turned",
            "item / " + ProgramKernel.ACCUMULATORS,
            TILES + "group(this) / " + ProgramKernel.ACCUMULATORS,
            "get_group_id(0) / segments",
            "% turned) / pairs",
            METHOD + "firstKey(this, query, window) / " + keys);
    assertThat(text).contains("int " + METHOD + "firstKey(", "__global int *steps;");
    assertThat(text.chars().filter(c -> c == '/')).as("all divisions").hasSize(count);
  }

  @ParameterizedTest
  @CsvSource({
    "tileA, long",
    "tileB, long",
    "scores, long",
    "maximum, float",
    "total, float",
    "rescale, float"
  })
  void whatAGroupSharesIsInItsLocalMemory(String array, String type) {
    assertThat(text)
        .contains("__local " + type + " *" + array + ", ")
        .doesNotContainPattern("__global \\w+ \\*" + array + "\\b");
  }

  /** Aparapi writes what it has no name for as a function of its own, with the body in Java. */
  @Test
  void functionsThatOpenClHasAreCalledByTheirNamesThere() {
    assertThat(text)
        .contains(")as_int(", "(as_float(", " vstore2(as_float2(this->tile")
        .doesNotContainPattern("(?i)__(as(int|float2?)|vstore2)\\(");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "input",
        "weights",
        "activations",
        "results",
        "steps",
        "launch",
        "parts",
        "rotations"
      })
  void whatPassesShareIsInGlobalMemory(String array) {
    assertThat(text).containsPattern("__global (float|int) \\*" + array + ", ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"multiply", "score", "weigh", "attend", "finish", "joined", "multiplyIds"})
  void whoeverWritesLocalMemoryWaitsForTheGroup(String method) {
    String body = body(METHOD + method + "(This *this");
    Matcher write =
        Pattern.compile("this->(tileA|tileB|scores|maximum|total|rescale)\\[.*\\] +=[^=]")
            .matcher(body);
    int last = -1;
    while (write.find()) {
      last = write.start();
    }
    assertThat(last).isNotNegative();
    assertThat(body.indexOf(BARRIER, last)).isGreaterThan(last);
  }

  /** Aparapi makes a buffer that it sees nobody write by its field's name read-only. */
  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void everyArrayThatAPassWritesIsDeclaredAsWritten(WorkGroup group) throws AparapiException {
    Entrypoint run =
        ClassModel.createClassModel(ProgramKernels.of(group).getClass()).getEntrypoint("run", null);
    String written = KernelWriter.writeToString(run);
    Set<String> arrays = new TreeSet<>();
    Matcher write = Pattern.compile("this->(\\w+)\\[.*\\] +=[^=]").matcher(written);
    while (write.find()) {
      arrays.add(write.group(1));
    }
    assertThat(arrays)
        .contains("activations", "results", "attentionWeights", "statistics", "parts", "tileA");
    assertThat(run.getArrayFieldAssignments())
        .containsAll(arrays)
        .doesNotContain("input", "weights", "powers", "steps", "stepFloats", "launch", "rotations");
    // And nothing can be written by another name, since no function is given an array.
    assertThat(written).doesNotContainPattern("\\w+__\\w+\\([^)]*__global");
  }

  /** A barrier that some items of a group pass by hangs a GPU. */
  @Test
  void noItemLeavesAheadOfABarrier() {
    // The last statement of a function, or of the block that is the kernel's.
    assertThat(text.lines().filter(line -> line.contains("return;")))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).isIn("   return;", "      return;"));
    assertThat(text).doesNotContainPattern("\\b(break|continue|goto)\\b");
  }

  private static String body(String signature) {
    int start = text.lastIndexOf(signature);
    assertThat(start).as(signature).isNotNegative();
    return text.substring(start, text.indexOf("\n}\n", start));
  }
}
