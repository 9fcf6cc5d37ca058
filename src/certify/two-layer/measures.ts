import type { Measure, MeasuredClaim } from '#core/certificate'
import type { TwoLayerSet } from '#core/distilled-set'
import { relativeError } from '#core/matrix'
import type { TwoLayerTraining } from '#core/two-layer-training'
import type { StoredArtefact } from '#artefact/read'
import { figure, plural } from '#artefact/report/figures'
import type { Blas } from '#linalg/blas'
import { preconditionsOfSet } from '#methods/two-layer/preconditions'
import { storedNumbers } from '#models/two-layer/memory'
import { basisOfPivots, pivotedBasis } from '#models/two-layer/subspace'
import { studentPredictions } from '#models/two-layer/witness'

/** What fresh students did on the scored split. */
export interface MeasuredStudents {
  readonly seeds: readonly number[]
  /** Of each seed: mean squared error over the variance of the targets, or the share of wrong classes. */
  readonly errors: readonly number[]
  readonly metric: 'r2' | 'accuracy'
  readonly split: 'test' | 'hold-out'
  /** Examples of that split. */
  readonly inputs: number
  /** The error of the best constant. */
  readonly chance: number
  /** Curvature over that of noise, where the method measured it. */
  readonly curvature?: number
}

/** Of the data that students were measured on. */
export interface Source {
  readonly provenance: string
  readonly examples: number
}

/** Two correct students of one file differ by the rounding of one solve with condition number about 10⁵. */
const witnessTolerance = 1e-6
/** The stored basis is that of the points before they were rounded to the storage type. */
const basisTolerance = 1e-4
/** Another machine rounds otherwise: relative to the error. */
const errorTolerance = 1e-5

/**
 * The claim of a two-layer set, measured on the file as it was read back: its witness, its subspace, what it stores, and
 * with `students` how well fresh networks do that are trained on it alone. It holds where their median is better than the
 * best constant; the preconditions stand beside it.
 */
export async function measureTwoLayer(
  stored: StoredArtefact<TwoLayerTraining>,
  blas: Blas,
  students?: MeasuredStudents & { readonly source?: Source },
): Promise<MeasuredClaim> {
  const { set, storage, run } = stored
  const { provenance, examples } = students?.source ?? {
    provenance: set.provenance,
    examples: run.data.examples,
  }
  const measures = [...(await folderMeasures(set, blas)), ...(students ? studentMeasures(students) : [])]
  return {
    schemaVersion: 1,
    kind: 'measured',
    preconditions: preconditionsOfSet(set, run.data.examples),
    claim: students ? claimText(set, students) : '',
    points: set.points.rows,
    examples,
    storage,
    provenance,
    measures,
    holds: measures.every(({ value, largest }) => largest === undefined || value <= largest),
  }
}

async function folderMeasures(set: TwoLayerSet, blas: Blas): Promise<Measure[]> {
  const { points, training, options } = set
  const { mode, pivots } = training.secondPoints
  const measures: Measure[] = [
    {
      id: 'witness',
      statement:
        'the student trained from the file predicts what its witness recorded; largest difference over their spread',
      value: await witnessDifference(set, blas),
      tolerance: witnessTolerance,
      largest: witnessTolerance,
      from: 'folder',
    },
    {
      id: 'numbers',
      statement: 'numbers that a student needs',
      value: storedNumbers(points, training).total,
      tolerance: 0,
      from: 'folder',
    },
    {
      id: 'width',
      statement: 'width L that the labels were made for',
      value: training.width,
      tolerance: 0,
      from: 'folder',
    },
  ]
  if (mode === 'full') return measures
  const tolerance = typeof options.rankTolerance === 'number' ? options.rankTolerance : 0.15
  const inRange = pivots.length === training.basis.rows && pivots.every((pivot) => pivot < points.rows)
  return [
    ...measures,
    {
      id: 'rank',
      statement: 'directions that the points span',
      value: pivotedBasis(points, tolerance).pivots.length,
      tolerance: 0,
      largest: pivots.length,
      from: 'folder',
    },
    {
      id: 'directions',
      statement: 'relative distance of the stored directions from those of the points',
      value: inRange ? relativeError(basisOfPivots(points, pivots), training.basis) : 1,
      tolerance: basisTolerance,
      largest: basisTolerance,
      from: 'folder',
    },
  ]
}

async function witnessDifference(set: TwoLayerSet, blas: Blas): Promise<number> {
  const { witness } = set.training
  if (witness === undefined) return 1
  const wanted = witness.predictions
  const found = await studentPredictions(set, witness.seed, wanted.length, blas)
  const mean = wanted.reduce((sum, value) => sum + value, 0) / wanted.length
  const spread = Math.sqrt(wanted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / wanted.length)
  const largest = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0)
  return largest / (spread || 1)
}

function studentMeasures({ errors, metric, inputs, chance, curvature, split }: MeasuredStudents): Measure[] {
  const what =
    metric === 'r2' ? 'relative error of fresh students' : 'share of wrong classes of fresh students'
  const tolerance = (error: number) =>
    metric === 'r2' ? errorTolerance * error : Math.max(1, 1e-3 * inputs) / inputs
  const { median, lowest, highest } = spreadOf(errors)
  const error = (id: string, name: string, value: number, largest?: number): Measure => ({
    id,
    statement: `${what}: ${name}`,
    value,
    tolerance: tolerance(value),
    ...(largest !== undefined && { largest }),
    from: 'data',
  })
  return [
    error('error-median', 'median', median, chance),
    error('error-lowest', 'lowest', lowest),
    error('error-highest', 'highest', highest),
    {
      id: 'inputs',
      statement: `examples of the ${split} split that they were scored on`,
      value: inputs,
      tolerance: 0,
      from: 'data',
    },
    ...(curvature === undefined
      ? []
      : [
          {
            id: 'curvature',
            statement: 'curvature of the target over that of noise',
            value: curvature,
            tolerance: 1e-6 * curvature,
            from: 'data' as const,
          },
        ]),
  ]
}

/** Median, least and largest; of an even number the upper of the two middle values. */
export function spreadOf(errors: readonly number[]): { median: number; lowest: number; highest: number } {
  const sorted = errors.toSorted((a, b) => a - b)
  return { median: sorted[sorted.length >> 1], lowest: sorted[0], highest: sorted[sorted.length - 1] }
}

function claimText(
  { training }: TwoLayerSet,
  { seeds, errors, metric, split, inputs }: MeasuredStudents,
): string {
  const { median, lowest, highest } = spreadOf(errors)
  const what = metric === 'r2' ? 'a relative error' : 'a share of wrong classes'
  const single = seeds.length === 1
  const which = single
    ? `The network of width ${training.width} and seed ${seeds[0]}`
    : `Fresh networks of width ${training.width} with seeds ${seeds[0]} to ${seeds[seeds.length - 1]}`
  const found = single ? figure(median) : `median ${figure(median)} [${figure(lowest)}, ${figure(highest)}]`
  return `${which}, trained on this file alone, ${single ? 'reaches' : 'reach'} ${what} of ${found} on the ${plural(inputs, 'example')} of the ${split} split.`
}
