/**
 * The command line: {@code attend} runs a layer over files, {@code devices} tells what there is to
 * compute with, and {@code demo} goes the whole way from text to context vectors.
 *
 * <pre>
 * arguments ──SparkAttention──▶ AttendCommand, with its groups of options
 * groups of options ──▶ AttentionStage ──RowJob──▶ files, Report
 * </pre>
 */
package io.github.sparkattention.job;
