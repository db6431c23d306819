package io.github.sparkattention.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The compilers that are asked: clang, and ptxas where it is at hand.
 *
 * @param clang name or path of clang
 * @param folder where their files go
 */
record CodeTools(String clang, Path folder) {
  /** What the device code calls, by what clang has for NVIDIA's GPUs. */
  private static final String BUILTINS =
      """
      #define CLK_LOCAL_MEM_FENCE 1
      #define barrier(flags) __syncthreads()
      #define get_local_id(d) ((int) __nvvm_read_ptx_sreg_tid_x())
      #define get_group_id(d) ((int) __nvvm_read_ptx_sreg_ctaid_x())
      #define get_num_groups(d) ((int) __nvvm_read_ptx_sreg_nctaid_x())
      #define get_global_id(d) (get_group_id(d) * (int) __nvvm_read_ptx_sreg_ntid_x() + get_local_id(d))
      #define get_global_size(d) (get_num_groups(d) * (int) __nvvm_read_ptx_sreg_ntid_x())
      #define fma(a, b, c) __builtin_fmaf(a, b, c)
      #define fabs(a) __builtin_fabsf(a)
      #define as_int(a) __builtin_astype(a, int)
      #define as_float(a) __builtin_astype(a, float)
      typedef float float2 __attribute__((ext_vector_type(2)));
      #define as_float2(a) __builtin_astype(a, float2)
      static void vstore2(float2 v, int n, float *p) { p[2 * n] = v.x; p[2 * n + 1] = v.y; }
      static __attribute__((overloadable)) int min(int a, int b) { return a < b ? a : b; }
      static __attribute__((overloadable)) int max(int a, int b) { return a > b ? a : b; }
      static __attribute__((overloadable)) long min(long a, long b) { return a < b ? a : b; }
      static __attribute__((overloadable)) long max(long a, long b) { return a > b ? a : b; }
      """;

  /** The head of a function, as Aparapi writes it. */
  private static final Pattern FUNCTION =
      Pattern.compile("^\\w+ \\w+\\(This \\*this", Pattern.MULTILINE);

  private static final Pattern STACK =
      Pattern.compile("properties for run\\s+(\\d+) bytes stack frame, (\\d+) bytes spill stores");
  private static final Pattern REGISTERS = Pattern.compile("Used (\\d+) registers");

  /**
   * What ptxas makes of the device code for one kind of GPU.
   *
   * @param gpu the kind
   * @param registers registers of a work item
   * @param stack bytes of a work item's stack
   * @param spills bytes that it stores for want of registers
   * @param code the machine code
   */
  record Assembled(String gpu, int registers, int stack, int spills, MachineCode code) {}

  /** What clang takes: the text with its builtins, and no function but for its callers. */
  static String source(String text) {
    return BUILTINS + FUNCTION.matcher(text).replaceAll("static $0");
  }

  /**
   * Compiles to PTX. Like OpenCL drivers, and unlike clang by itself, it puts each function into
   * its callers.
   *
   * @param name what its files are called
   * @param source what {@link #source} gives
   */
  String compile(String name, String source) throws IOException, InterruptedException {
    Path from = Files.writeString(folder.resolve(name + ".cl"), source);
    Path to = folder.resolve(name + ".ptx");
    run(
        List.of(
            clang,
            "--target=nvptx64-nvidia-nvcl",
            "-march=sm_80",
            "-xcl",
            "-cl-std=CL1.2",
            "-cl-no-stdinc",
            "-Wno-everything",
            "-O3",
            "-gline-directives-only",
            "-gdwarf-4",
            "-mllvm",
            "-inline-threshold=1000000",
            "-S",
            from.toString(),
            "-o",
            to.toString()));
    // Lines are wanted for the report; ptxas takes them for a wish to compile nothing well.
    String ptx = Files.readString(to).replace(", debug", "");
    Files.writeString(to, ptx);
    return ptx;
  }

  /** Whether ptxas is at hand. */
  static boolean hasPtxas() throws InterruptedException {
    try {
      run(List.of("ptxas", "--version"));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Compiles PTX to machine code.
   *
   * @param name as it was called before
   * @param gpu the kind of GPU
   */
  Assembled assemble(String name, String gpu) throws IOException, InterruptedException {
    Path from = folder.resolve(name + ".ptx");
    Path to = folder.resolve(name + "." + gpu + ".cubin");
    String said = run(List.of("ptxas", "-v", "-arch=" + gpu, from.toString(), "-o", to.toString()));
    Matcher registers = REGISTERS.matcher(said);
    Matcher stack = STACK.matcher(said);
    if (!registers.find() || !stack.find()) {
      throw new IOException("ptxas says nothing of registers and stack: " + said.strip());
    }
    return new Assembled(
        gpu,
        Integer.parseInt(registers.group(1)),
        Integer.parseInt(stack.group(1)),
        Integer.parseInt(stack.group(2)),
        new MachineCode(Files.readAllBytes(to), "run", gpu));
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    if (status != 0) {
      throw new IOException(
          String.format(
              "%s ended with status %d: %s",
              command.get(0), status, said.lines().findFirst().orElse("it said nothing")));
    }
    return said;
  }
}
