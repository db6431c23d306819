/**
 * The benchmarks: how fast the kernels are beside libtorch and ONNX Runtime on the same machine.
 *
 * <pre>
 * BenchmarkCase ──Workload──▶ PreparedCase of each Contender ──Agreement──▶ Rounds ──▶ Report
 * </pre>
 *
 * <p>All contenders compute the same case in one process, in turns, with the same number of
 * threads. Nothing here decides whether a build passes.
 */
package io.github.sparkattention.bench;
