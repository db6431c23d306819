/**
 * Which backend computes: the policy that a user asks for, the choice, and Java threads in the
 * place of a device that fails.
 *
 * <pre>
 * ServiceLoader ──▶ BackendProviders ──┐
 * BackendPolicy ───────────────────────┴─Backends.choose──▶ BackendChoice
 *                                          ──▶ Backend (FallbackBackend: device, threads)
 * </pre>
 */
package io.github.sparkattention.kernels.backends;
