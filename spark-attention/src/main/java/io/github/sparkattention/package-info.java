/**
 * The stages that a user names: {@link io.github.sparkattention.CausalAttention} and {@link
 * io.github.sparkattention.SelfAttention}, Spark ML transformers that add a column of context
 * vectors to a column of token embeddings.
 *
 * <pre>
 * ParamDeclaration ──▶ LayerParams, ColumnParams, AttentionParams ──▶ a stage's params
 * params, weights ──LayerResolver──▶ AttentionConfig, LayerWeights
 * Dataset ──AttentionStage.transform──▶ StageSchema.check ──▶ plan.BatchAttention ─▶ Dataset
 * save ──StageWriter──▶ attention.safetensors, then metadata ──StageReader──▶ load
 * </pre>
 */
package io.github.sparkattention;
