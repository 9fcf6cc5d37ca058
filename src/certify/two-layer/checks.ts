import type { Certificate, Check, TwoLayerClaim } from '#core/certificate'
import { relativeError } from '#core/matrix'
import type { TwoLayerTraining } from '#core/two-layer-training'
import type { StoredArtefact } from '#artefact/read'
import { figure } from '#artefact/report/figures'
import type { Blas } from '#linalg/blas'
import { storedNumbers } from '#models/two-layer/memory'
import { basisOfPivots, pivotedBasis } from '#models/two-layer/subspace'
import { studentPredictions } from '#models/two-layer/witness'
import { faultText } from '../folder-checks.ts'
import { claimStudents } from './certify.ts'

/** Two correct students of one file differ by the rounding of one solve with condition number about 10⁵. */
const witnessTolerance = 1e-6
/** The stored basis is that of the points before they were rounded to float32. */
const basisTolerance = 1e-4

/** What a folder alone can show: its student, its subspace, its numbers, and that the claim follows from its figures. */
export async function checkTwoLayerFolder(
  stored: StoredArtefact<TwoLayerTraining>,
  certificate: Certificate | undefined,
  blas: Blas,
): Promise<Check[]> {
  const checks = [await checkWitness(stored, blas), ...checkSubspace(stored)]
  if (certificate === undefined) return checks
  if (certificate.kind !== 'two-layer') {
    return [
      ...checks,
      { name: 'the certificate is about two-layer networks', ok: false, measured: 'it is not', needed: 'it is' },
    ]
  }
  return [...checks, ...checkStatements(stored, certificate)]
}

async function checkWitness(
  { set }: StoredArtefact<TwoLayerTraining>,
  blas: Blas,
): Promise<Check> {
  const name = 'the student trained from the file predicts what its witness recorded'
  const needed = `largest difference at most ${figure(witnessTolerance)} of their spread`
  const { witness } = set.training
  if (witness === undefined) return { name, ok: false, measured: 'no witness', needed }
  try {
    const wanted = witness.predictions
    const found = await studentPredictions(set, witness.seed, wanted.length, blas)
    const spread = deviation(wanted) || 1
    const difference = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i])), 0) / spread
    return { name, ok: difference <= witnessTolerance, measured: difference, needed }
  } catch (error) {
    return { name, ok: false, measured: faultText(error), needed }
  }
}

function checkSubspace({ set }: StoredArtefact<TwoLayerTraining>): Check[] {
  const { points, training, options } = set
  const { mode, pivots } = training.secondPoints
  if (mode === 'full') return []
  const tolerance = typeof options.rankTolerance === 'number' ? options.rankTolerance : 0.15
  const found = pivotedBasis(points, tolerance)
  const inRange = pivots.every((pivot) => pivot < points.rows)
  const distance =
    inRange && pivots.length === training.basis.rows
      ? relativeError(basisOfPivots(points, pivots), training.basis)
      : Infinity
  return [
    {
      name: 'the points span as many directions as the labels were made for',
      ok: found.pivots.length === pivots.length && training.basis.rows === pivots.length,
      measured: found.pivots.length,
      needed: `${pivots.length}`,
    },
    {
      name: 'the stored directions are those of the points',
      ok: distance <= basisTolerance,
      measured: distance,
      needed: `relative distance at most ${figure(basisTolerance)}`,
    },
  ]
}

function checkStatements(stored: StoredArtefact<TwoLayerTraining>, stated: TwoLayerClaim): Check[] {
  const again = claimStudents(stored, stated, stated.preconditions)
  const numbers: readonly (keyof TwoLayerClaim)[] = [
    'claim',
    'median',
    'lowest',
    'highest',
    'width',
    'rank',
    'floats',
    'points',
    'examples',
    'holds',
  ]
  const other = numbers.find((name) => stated[name] !== again[name])
  const measurable = new Map<string, number | undefined>([
    ['enough-examples', stored.run.data.examples],
    ['enough-points', stored.set.points.rows],
    ['hessian-rank', stored.set.training.basis.rows],
    ['few-steps', numberOf(stored.set.options.steps)],
  ])
  const wrong = stated.preconditions.find(
    ({ id, measured }) => measurable.get(id) !== undefined && measurable.get(id) !== measured,
  )
  const counted = stored.run.comparison?.rows[0]?.score.n
  return [
    {
      name: 'the certificate states what follows from its own figures and the set',
      ok: other === undefined && stated.errors.length === stated.seeds.length,
      measured: other === undefined ? 'the same' : `${other} is ${String(stated[other])}, not ${String(again[other])}`,
      needed: 'the same claim, median, range, rank and count of numbers',
    },
    {
      name: 'as many numbers as stated are stored',
      ok: storedNumbers(stored.set.points, stored.set.training).total === stated.floats,
      measured: storedNumbers(stored.set.points, stored.set.training).total,
      needed: `${stated.floats}`,
    },
    {
      name: 'the stated preconditions are those of the set',
      ok: wrong === undefined,
      measured: wrong === undefined ? 'the same' : `${wrong.id}: ${measurable.get(wrong.id)}`,
      needed: wrong === undefined ? 'the same' : `${wrong.measured}`,
    },
    {
      name: 'the claim covers the examples that were scored',
      ok: counted === undefined || counted === stated.inputs,
      measured: stated.inputs,
      needed: `${counted ?? stated.inputs}`,
    },
    {
      name: 'the certificate says that its claim holds',
      ok: stated.holds,
      measured: stated.holds ? 'it holds' : 'students are no better than the best constant',
      needed: 'median error below that of the best constant',
    },
  ]
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
}
