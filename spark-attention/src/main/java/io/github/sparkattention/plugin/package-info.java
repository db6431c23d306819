/**
 * The plugin: opens each executor's backend when the executor starts, gives metrics to Spark's
 * metric system, and tells the driver, which keeps tables of executors, devices and metrics.
 *
 * <pre>
 * ExecutorSide ──ExecutorReport──▶ DriverSide ──▶ ExecutorTable ──▶ AttentionPlugin.executors()
 * </pre>
 */
package io.github.sparkattention.plugin;
