package io.github.sparkattention.internal.executor;

import java.io.Serializable;
import java.time.Instant;

/**
 * What an executor computes attention on.
 *
 * @param executorId the executor's id; {@code driver} where the driver computes itself
 * @param host the executor's host
 * @param backend the backend's description, such as {@code Java threads (8 threads, plain Java)}
 * @param device name of the device, or null on Java threads
 * @param deviceMemory bytes of the device's memory; 0 on Java threads
 * @param fallback whether Java threads compute since the device that {@code auto} prefers is not
 *     there
 * @param reason why it is this backend, as the end of a sentence that begins with "since"
 * @param since when it was opened, by the executor's clock
 */
public record ExecutorReport(
    String executorId,
    String host,
    String backend,
    String device,
    long deviceMemory,
    boolean fallback,
    String reason,
    Instant since)
    implements Serializable {}
