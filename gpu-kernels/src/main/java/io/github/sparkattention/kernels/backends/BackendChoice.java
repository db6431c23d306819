package io.github.sparkattention.kernels.backends;

import io.github.sparkattention.kernels.Backend;

/**
 * What a policy came to.
 *
 * @param backend what computes
 * @param fallback whether Java threads compute since the device that the policy prefers is not
 *     there
 * @param reason why, as the end of a sentence that begins with "since"
 */
public record BackendChoice(Backend backend, boolean fallback, String reason) {}
