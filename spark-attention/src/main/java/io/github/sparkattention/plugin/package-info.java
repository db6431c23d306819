/**
 * What one executor JVM shares between its tasks: the backend, which owns the cores or the device,
 * and the layers prepared on it; and the plugin, which opens the backend when an executor starts
 * and tells the driver of it.
 *
 * <pre>
 * BackendProviders ──────────────┐
 * SparkConf ──AttentionSettings──┤
 * resources ──AssignedGpus───────┴▶ SharedBackends, each opened once ──▶ ExecutorBackend, by policy
 * task ──ExecutorBackend.lease──▶ LayerLease ──layer()──▶ forward ──close()──▶ back to LayerCache
 *                                                             its last user gone: ──▶ IdleLayers
 * ExecutorSide ──ExecutorReport──▶ DriverSide ──▶ ExecutorTable ──▶ AttentionPlugin.executors()
 * </pre>
 */
package io.github.sparkattention.plugin;
