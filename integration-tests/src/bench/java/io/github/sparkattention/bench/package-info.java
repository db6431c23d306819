/**
 * The benchmarks: how fast the kernels are beside libtorch and ONNX Runtime on the same machine,
 * and how fast OpenCL devices are beside Java threads.
 *
 * <pre>
 * BenchmarkCase ──Workload──▶ PreparedCase of each Contender ──Agreement──▶ Rounds ──▶ Report
 * BenchmarkCase ──Workload──▶ OpenClCase of a TimedDevice ──equal bits──▶ Rounds ──▶ OpenClReport
 * </pre>
 *
 * <p>All contenders compute the same case in one process, in turns, with the same number of
 * threads. Nothing here decides whether a build passes.
 */
package io.github.sparkattention.bench;
