package io.github.sparkattention.kernels;

import java.util.List;

/**
 * The devices of this machine that a backend can compute on.
 *
 * @param devices all of them; empty if there are none
 * @param absence why there are none, in one sentence without a full stop; null if there are some
 */
public record Devices(List<Device> devices, String absence) {}
