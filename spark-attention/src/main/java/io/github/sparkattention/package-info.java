/**
 * The stages that a user names: {@link io.github.sparkattention.CausalAttention} and {@link
 * io.github.sparkattention.SelfAttention}, Spark ML transformers that add a column of context
 * vectors to a column of token embeddings, and {@link io.github.sparkattention.LanguageModel},
 * which runs a whole transformer on a column of ids.
 *
 * <pre>
 * ParamDeclaration ──▶ LayerParams, ColumnParams, AttentionParams, BatchParams ──▶ a stage's params
 *                  └─▶ ModelParams, ModelColumnParams, BatchParams ─────────────▶ a model's params
 * params, weights ──LayerResolver──▶ AttentionConfig, LayerWeights
 * params, files ──ModelResolver, ModelResults──▶ ModelConfig, ModelProgram, columns
 * Dataset ──AttentionStage.transform──▶ stages.StageSchema ──▶ plan.BatchAttention ─▶ Dataset
 * save ──StageWriter──▶ attention.safetensors, then metadata ──StageReader──▶ load
 * </pre>
 */
package io.github.sparkattention;
