/**
 * What one executor JVM shares between its tasks: the backend, which owns the cores or the device,
 * and the programs prepared on it. Works without the plugin.
 *
 * <pre>
 * SparkConf ──AttentionSettings──┐
 * resources ──AssignedGpus───────┴▶ SharedBackends, each opened once ──▶ ExecutorBackend, by policy
 * task ──ExecutorBackend.lease──▶ Lease ──program()──▶ begin ──close()──▶ back to PreparedPrograms
 * </pre>
 */
package io.github.sparkattention.internal.executor;
