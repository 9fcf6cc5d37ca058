import { matrix } from '#core/matrix'
import type { Precondition } from '#core/precondition'
import { randomStream } from '#core/random'
import type { FeatureMap, LayerCondition } from '#features/feature-map'
import type { Blas } from '#linalg/blas'
import { reachPrecondition } from '#methods/kernel-ridge/reach'
import { fewestPoints, isHomogeneous } from '#methods/non-surjective/count'

/** What can be said of a feature map before any example is read. */
export interface FeaturePlan {
  readonly id: string
  readonly inputSize: number
  readonly featureSize: number
  readonly preconditions: readonly Precondition[]
  /** Points by what they are enough for. */
  readonly minimum: readonly {
    readonly points: number
    readonly statement: string
    readonly theorem: string
  }[]
  readonly conditions: readonly LayerCondition[]
  /** Product of the layers' condition numbers: how far rounding of the points may grow; null where it is not known. */
  readonly condition: number | null
  /** The smallest element type that keeps the set exact, to its bound, at that condition. */
  readonly storage: 'float32' | 'float64'
  /** Of sending one example through the map, measured. */
  readonly secondsPerExample: number
}

/** Relative error of W that float32 sets on features are held to. */
const float32Bound = 1e-4
const probeRows = 256

/** @param rank that W has at most */
export async function planFeatures(
  map: FeatureMap,
  { rank, intercept }: { rank: number; intercept: boolean },
  blas: Blas,
): Promise<FeaturePlan> {
  const { id, inputSize, featureSize } = map
  const reach = reachPrecondition(map)
  const conditions = await map.conditions(blas)
  const condition =
    conditions.length === 0
      ? null
      : conditions.reduce((product, { largest, smallest }) => product * (largest / smallest), 1)
  return {
    id,
    inputSize,
    featureSize,
    preconditions: [reach],
    minimum: reach.holds === true ? onto(rank, intercept) : await notOnto(map, { rank, intercept }, blas),
    conditions,
    condition: condition !== null && Number.isFinite(condition) ? condition : null,
    storage: condition === null || condition * 2 ** -24 <= float32Bound ? 'float32' : 'float64',
    secondsPerExample: await forwardSeconds(map, blas),
  }
}

function onto(rank: number, intercept: boolean): FeaturePlan['minimum'] {
  return [
    {
      points: rank + (intercept ? 1 : 0),
      statement: `rank(W)${intercept ? ' + 1' : ''} ≤ ${rank + (intercept ? 1 : 0)}, as without a map: needed and enough`,
      theorem: 'Chen, Huang, Weng 2024, Theorem 5.1 and Examples 5.1–5.4',
    },
  ]
}

async function notOnto(
  map: FeatureMap,
  { rank, intercept }: { rank: number; intercept: boolean },
  blas: Blas,
): Promise<FeaturePlan['minimum']> {
  const { inputSize, featureSize } = map
  const homogeneous = await isHomogeneous(map, blas)
  const enough = featureSize + (intercept ? 1 : 0)
  return [
    {
      points: fewestPoints({ inputSize, featureSize, rank, intercept, homogeneous }),
      statement: 'needed, for almost every W of full rank; --method gauss-newton searches from here',
      theorem: 'count of dimensions, docs/theory.md',
    },
    {
      points: enough,
      statement: 'always enough, with solved labels: --method maalouf',
      theorem: 'Maalouf et al. 2023; Chen, Huang, Weng 2024, Theorem 4.2',
    },
  ]
}

async function forwardSeconds(map: FeatureMap, blas: Blas): Promise<number> {
  const rows = matrix(probeRows, map.inputSize)
  randomStream(0, 'probe').fillNormal(rows.data)
  await map.forward(rows, blas)
  const begin = performance.now()
  await map.forward(rows, blas)
  return (performance.now() - begin) / 1000 / probeRows
}
