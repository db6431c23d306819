package io.github.sparkattention.kernels;

/**
 * What a policy came to.
 *
 * @param backend what computes
 * @param fallback whether Java threads compute since the device that the policy prefers is not
 *     there
 * @param reason why, as the end of a sentence that begins with "since"
 */
public record BackendChoice(AttentionBackend backend, boolean fallback, String reason) {}
