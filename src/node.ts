/**
 * What needs a file system: artefact folders, certificates and the whole pipeline.
 * @module
 */
export type { ReadArtefact, StoredArtefact } from '#artefact/read'
export { readArtefact } from '#artefact/read'
export type { StagedArtefact, StageRequest } from '#artefact/stage'
export { stageArtefact } from '#artefact/stage'
export type { Certified, CertifyOptions } from '#certify/certify'
export { certify } from '#certify/certify'
export type { Verification, VerifyOptions } from '#certify/verify'
export { verifyArtefact } from '#certify/verify'
export type { Configuration } from '#cli/settings'
export { defineConfig } from '#cli/settings'
export type { DistillResult } from '#engine/distill'
export { distillDataset } from '#engine/distill'
export type { DistillRequest } from '#engine/request'
export type { TwoLayerRequest, TwoLayerResult } from '#engine/two-layer/distill'
export { distillTwoLayerDataset } from '#engine/two-layer/distill'
export { evaluateTwoLayer, remeasureTwoLayer } from '#engine/two-layer/remeasure'
export type { Fit, FitContext } from '#engine/fit'
export { fitOriginal } from '#engine/fit'
export { writeStatistics } from '#statistics/write-statistics'
export { mergeStatisticsFiles } from '#statistics/merge-files'
