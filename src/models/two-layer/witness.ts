import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { TwoLayerTraining, Witness } from '#core/two-layer-training'
import type { Blas } from '#linalg/blas'
import { predictTwoLayer } from './model.ts'
import type { TwoLayerPoints } from './student.ts'
import { trainStudent } from './student.ts'

const count = 64

/** Seed of the student that stands for all: 0, or that of the only initialisation that the labels serve. */
export function firstSeed({ initialisation }: Pick<TwoLayerTraining, 'initialisation'>): number {
  return initialisation === 'any' ? 0 : initialisation.seed
}

/** Inputs that a witness speaks of, count × d. */
export function witnessInputs(seed: number, rows: number, inputSize: number): Matrix {
  return matrix(rows, inputSize, randomStream(seed, 'witness').fillNormal(new Float64Array(rows * inputSize)))
}

/** Trains the first student of a set as it is stored, and records what it predicts. */
export async function witnessOf(set: TwoLayerPoints, seed: number, blas: Blas): Promise<Witness> {
  const predictions = await studentPredictions(set, seed, count, blas)
  return { seed, predictions }
}

/** What the first student predicts now. */
export async function studentPredictions(
  set: TwoLayerPoints,
  seed: number,
  rows: number,
  blas: Blas,
): Promise<Float64Array> {
  const student = await trainStudent(set, { seed: firstSeed(set.training) }, blas)
  return predictTwoLayer(student, witnessInputs(seed, rows, set.points.cols), blas)
}
