package io.github.sparkattention.plugin;

import java.io.Serializable;

/**
 * Why an executor can't start.
 *
 * @param executorId the executor's id
 * @param host the executor's host
 * @param reason the error's message
 */
record ExecutorRefusal(String executorId, String host, String reason) implements Serializable {}
