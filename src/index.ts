/**
 * Retort in Node and in the browser: datasets, statistics, models, methods and scores. What needs a file system
 * (artefact folders, the whole pipeline) is in `retort/node`.
 * @module
 */

// What every room shares
export { RetortError } from '#core/errors'
export type { ErrorCode } from '#core/errors'
export type {
  Batch,
  BatchOptions,
  Dataset,
  InputArray,
  Preprocessing,
  Split,
  Target,
  Truth,
} from '#core/dataset'
export { inputSize, targetSize } from '#core/dataset'
export type { DistilledSet, RidgeSet, RidgeTraining, Training } from '#core/distilled-set'
export type { KernelDescription, KernelTraining } from '#core/kernel-training'
export type { StoredFeatures } from '#core/stored-features'
export type { TwoLayerTraining } from '#core/two-layer-training'
export type { Matrix, Matrix32 } from '#core/matrix'
export { identity, matrix, matrix32, matrixOf, relativeError } from '#core/matrix'
export type { Method, Paper, Step } from '#core/method'
export type { Precondition } from '#core/precondition'
export type { Progress, Report, Watch } from '#core/progress'
export type { Random } from '#core/random'
export { randomStream } from '#core/random'
export type { Certificate, CertificateClaim, Check, MeasuredClaim, RidgeClaim } from '#core/certificate'
export type { Comparison, ComparisonRow, Score } from '#core/evaluation'

// Linear algebra
export type { Blas } from '#linalg/blas'
export { DidNotConverge, NotPositiveDefinite, Singular } from '#linalg/blas'
export type { BlasChoice, BlasRequest } from '#linalg/provider'
export { chooseBlas } from '#linalg/provider'

// Data
export type { Place, Source } from '#data/source'
export { openDataset, openPlace } from '#data/open'
export { blobSource, urlSource } from '#data/web-source'
export { generators, openGenerator, parseGeneratorSpec } from '#data/generators/index'
export type { MultiIndexOptions } from '#data/generators/multi-index'
export { multiIndexDataset } from '#data/generators/multi-index'
export type { ChosenClasses } from '#data/chosen-classes'
export { chosenClasses } from '#data/chosen-classes'
export { normalisedDataset } from '#data/normalised'
export { givenChannel, preprocess, undoPreprocessing, unitPreprocessing } from '#data/preprocessing'

// Statistics
export type { Statistics } from '#statistics/statistics'
export type { CollectedStatistics, CollectOptions, Shard } from '#statistics/collect'
export { collectStatistics } from '#statistics/collect'
export type { StatisticsRecord } from '#statistics/record'
export { finishRecord, mergeRecords } from '#statistics/record'
export { removeExamples } from '#statistics/removal'
export { measurePreprocessing } from '#statistics/preprocessing'
export { transformStatistics } from '#statistics/transform'

// Models
export type { RidgeModel } from '#models/ridge-model'
export type { RidgePath } from '#models/ridge'
export { fitRidge, fitRidgePath, ridgeGrid } from '#models/ridge'
export { chooseRidge } from '#models/ridge-choice'
export { trainRidgeOnPoints } from '#models/ridge-points'
export { argmaxRows, predict } from '#models/prediction'
export type { GlmFamily, GlmFit, GlmTable } from '#models/glm'
export { fitGlm, glmFamilies, glmTable } from '#models/glm'
export type { TwoLayerModel } from '#models/two-layer/model'
export { predictTwoLayer } from '#models/two-layer/model'
export type { StudentSettings, TwoLayerPoints } from '#models/two-layer/student'
export { trainStudent } from '#models/two-layer/student'

// Kernels
export type { Kernel } from '#kernels/kernel'
export { createKernel, kernels } from '#kernels/index'
export { featureKernel } from '#kernels/features'
export { medianDistance } from '#kernels/median-distance'
export type { KernelModel } from '#models/kernel-ridge'
export { predictKernelRidge, relativeRidge, trainKernelRidge } from '#models/kernel-ridge'

// Methods
export { methods } from '#methods/index'
export type { KernelSet, KernelTask } from '#methods/kernel-task'
export type { KipOptions } from '#methods/kip/options'
export type { RidgeOptions } from '#methods/ridge-options'
export type { RidgeTask } from '#methods/ridge-task'
export { distillRidge } from '#methods/ridge'
export type { TwoLayerOptions } from '#methods/two-layer-options'
export type { TwoLayerTask } from '#methods/two-layer-task'
export { distillTwoLayer } from '#methods/two-layer'
export { mergeDSets } from '#methods/ridge/d-set'
export type { GaussNewtonOptions } from '#methods/gauss-newton-options'
export { distillGaussNewton } from '#methods/gauss-newton'
export type { MaaloufOptions } from '#methods/maalouf'
export { distillMaalouf } from '#methods/maalouf'
export { distillIzzoZou } from '#methods/izzo-zou'
export type { SinglePair } from '#methods/izzo-zou/single-pair'
export { singlePair, trainOnPair } from '#methods/izzo-zou/single-pair'

// Scores
export { scoreModels } from '#evaluate/score'
export { compare } from '#evaluate/compare'
export { wilsonInterval } from '#evaluate/intervals'
