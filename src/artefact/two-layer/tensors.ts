import type { Matrix } from '#core/matrix'
import type { TwoLayerTraining } from '#core/two-layer-training'
import type { TwoLayerMetadata } from './metadata.ts'

/** The arrays of a two-layer training by name; those of `stored` have the storage type, the others are float64. */
export function twoLayerArrays(training: TwoLayerTraining): {
  readonly stored: Readonly<Record<string, Float64Array>>
  readonly exact: Readonly<Record<string, Float64Array | Matrix>>
} {
  const { secondLabels, slope, basis, spectrum, witness } = training
  return {
    stored: { 'second.labels': secondLabels, 'linear.slope': slope },
    exact: {
      'directions.basis': basis,
      'directions.spectrum': spectrum,
      ...(witness && { 'witness.predictions': witness.predictions }),
    },
  }
}

/** How `decodeSet` reads checked arrays. */
export interface ArrayReader {
  stored(name: string, length: number | undefined): Promise<Float64Array>
  vector(name: string, length: number | undefined): Promise<Float64Array>
  matrix(name: string, rows: number | undefined, cols: number): Promise<Matrix>
}

/** @param inputSize d */
export async function readTwoLayerTraining(
  read: ArrayReader,
  metadata: TwoLayerMetadata,
  inputSize: number,
): Promise<TwoLayerTraining> {
  const { witness, secondPoints, ...rest } = metadata
  return {
    ...rest,
    secondPoints,
    secondLabels: await read.stored('second.labels', secondPoints.count > 0 ? secondPoints.count : undefined),
    slope: await read.stored('linear.slope', inputSize),
    basis: await read.matrix('directions.basis', undefined, inputSize),
    spectrum: await read.vector('directions.spectrum', undefined),
    ...(witness && {
      witness: { seed: witness.seed, predictions: await read.vector('witness.predictions', witness.count) },
    }),
  }
}
