/**
 * What one executor JVM shares between its tasks: the backend, which owns the cores or the device,
 * and the layers prepared on it.
 *
 * <pre>
 * SparkConf ──AttentionSettings──┐
 * TaskContext ──AssignedGpus─────┴▶ Backends.open, once
 * task ──ExecutorBackend.lease──▶ LayerLease ──layer()──▶ forward ──close()──▶ back to LayerCache
 * </pre>
 */
package io.github.sparkattention.plugin;
