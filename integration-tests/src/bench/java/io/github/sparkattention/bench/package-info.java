/**
 * The benchmarks: how fast the kernels are beside libtorch and ONNX Runtime on the same machine,
 * how fast OpenCL devices are beside Java threads, how fast the stage is beside other ways to
 * compute the same in Spark, what compilers make of the device code, and what the vectors of a
 * trained model are worth.
 *
 * <pre>
 * BenchmarkCase ──Workload──▶ PreparedCase of each Contender ──Agreement──▶ Rounds ──▶ Report
 * BenchmarkCase ──Workload──▶ OpenClCase of a TimedDevice ──equal bits──▶ Rounds ──▶ OpenClReport
 * BenchmarkCase ──TokenTable──▶ query of each SparkContender ──Agreement──▶ Rounds ──▶ SparkReport
 * DeviceText ──CodeTools──▶ PtxCode, MachineCode ──▶ LoopMix of each loop
 * mails ──MailComparison──▶ MailResult of each kind of vectors ──▶ MailReport
 * </pre>
 *
 * <p>All contenders compute the same case in one process, in turns, with the same number of
 * threads. Nothing here decides whether a build passes.
 */
package io.github.sparkattention.bench;
