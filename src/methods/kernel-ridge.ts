import type { RidgeSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Method } from '#core/method'
import type { FeatureMap } from '#features/feature-map'
import { rangePrecondition, requireInRange } from '#features/range'
import { storeFeatures } from '#features/stored'
import { featuresOf } from './feature-task.ts'
import { spectrumOf } from './closed-form/spectrum.ts'
import { reachPrecondition } from './kernel-ridge/reach.ts'
import { fewestPoints, isHomogeneous } from './non-surjective/count.ts'
import { ridge, type RidgeState } from './ridge.ts'
import { ridgeOptions, type RidgeOptions } from './ridge-options.ts'
import type { RidgeTask } from './ridge-task.ts'

export interface KernelRidgeState {
  readonly task: RidgeTask
  readonly inner: RidgeState
}

/**
 * Up to so many features the map is made ready to be inverted beside the construction, by one thread each; the inverse of a
 * wider one takes so much longer than the construction that it wants all threads.
 */
const widestBeside = 1024

/** Points whose features train ridge regression to exactly the model of the whole data: `ridge` behind a map. */
export const kernelRidge: Method<RidgeOptions, RidgeTask, KernelRidgeState, RidgeSet> = {
  id: 'kernel-ridge',
  title: 'Exact distillation for ridge regression on features',
  summary:
    'Points whose features give exactly the model of the whole data, by theorem and by inverting the map.',
  paper: ridge.paper,
  options: ridgeOptions,
  usesExamples: ridge.usesExamples,
  async preconditions(task, options) {
    const map = featuresOf(task, 'kernel-ridge')
    const range = map.projectOntoRange ? [await rangePrecondition(map, task.model.weight, task.blas)] : []
    return [reachPrecondition(map), ...range, ...(await ridge.preconditions(inFeatureSpace(task), options))]
  },
  /** @throws RetortError `usage/not-onto`, `check/weight-outside-range`, and as `ridge` does */
  async init(task, options, random) {
    const map = featuresOf(task, 'kernel-ridge')
    if (reachPrecondition(map).holds !== true) throw await notOnto(map, task)
    await requireInRange(map, task.model.weight, task.blas)
    if (options.variant === 'd-set' && isScaled(map)) throw scaledSet(map)
    const inner = inFeatureSpace(task)
    const lanes = map.featureSize <= widestBeside ? task.blas.apart : undefined
    if (lanes) map.prepareInverse?.(lanes)
    return { task, inner: await ridge.init({ ...inner, blas: lanes ?? inner.blas }, options, random) }
  },
  async step({ task, inner }) {
    const { state, progress, done } = await ridge.step(inner)
    return { state: { task, inner: state }, progress, done }
  },
  async finish({ task, inner }) {
    return behindMap(await ridge.finish(inner), task)
  },
}

/** The set of inputs whose features are those of a set made in feature space. */
async function behindMap(set: RidgeSet, task: RidgeTask): Promise<RidgeSet> {
  const map = featuresOf(task, 'kernel-ridge')
  const { blas, inputShape } = task
  const wanted = map.projectOntoRange ? await map.projectOntoRange(set.points, blas) : set.points
  const { points, scale, residual } = await map.rightInverse(wanted, blas)
  const { references: _mapped, training, labels, ...rest } = set
  const references = set.references && (await task.references(set.points.rows)).points
  return {
    ...rest,
    points,
    ...(references && { references }),
    labels: scale === 1 ? labels : scaledLabels(labels, training.bias, scale),
    inputShape,
    training: { ...training, ridge: training.ridge / scale ** 2 },
    features: storeFeatures(map),
    method: kernelRidge.id,
    options: { ...set.options, labelDivisor: scale, inversionResidual: residual },
  }
}

/**
 * Labels of points whose features are Φ/c: (Y − b)/c + b give W and b again, with λ_S/c² (the paper divides the
 * features alone, and gets c W).
 */
function scaledLabels({ rows, cols, data }: Matrix, bias: Float64Array, scale: number): Matrix {
  return matrix(
    rows,
    cols,
    data.map((value, at) => (value - bias[at % cols]) / scale + bias[at % cols]),
  )
}

/** The task of `ridge` on features: references are mapped, and points are vectors of features. */
function inFeatureSpace(task: RidgeTask): RidgeTask {
  const map = featuresOf(task, 'kernel-ridge')
  return {
    ...task,
    inputShape: [map.featureSize],
    async references(count) {
      const { points, ...rest } = await task.references(count)
      return { ...rest, points: await map.forward(points, task.blas) }
    },
  }
}

function isScaled({ surjective }: FeatureMap): boolean {
  return surjective.holds === 'never' && surjective.upToScale
}

function scaledSet({ id }: FeatureMap): RetortError {
  return new RetortError({
    code: 'usage/d-set-scale',
    message: `a set for every λ is not possible behind ${id}: its features are bounded, and the scale of the labels ties the set to one λ`,
    hint: 'For one λ use --method kernel-ridge --variant noise; for every λ an unbounded map: --features dense.',
    path: '--variant',
  })
}

async function notOnto(map: FeatureMap, { blas, model }: RidgeTask): Promise<RetortError> {
  const { rank } = await spectrumOf(blas, model.weight)
  const homogeneous = await isHomogeneous(map, blas)
  const { featureSize, inputSize, surjective } = map
  const { intercept } = model
  const points = fewestPoints({ inputSize, featureSize, rank, intercept, homogeneous })
  const enough = featureSize + (intercept ? 1 : 0)
  return new RetortError({
    code: 'usage/not-onto',
    message: `the map ${map.id} does not reach all of its ${featureSize} features: ${surjective.reason}`,
    why: `No closed form inverts it. By a dimension count ${points} points are necessary, and ${enough} are always enough.`,
    hint: `Use --method gauss-newton to search for few points, --method maalouf for ${enough} points, or ${featureSize > inputSize ? `--width ${inputSize}` : 'another --features-seed'}.`,
    path: '--features',
    values: { features: featureSize, inputs: inputSize, necessary: points },
  })
}
