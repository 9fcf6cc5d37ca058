import { z } from 'zod'
import type { AnyMatrix } from '#core/matrix'
import type { StoredFeatures } from '#core/stored-features'
import type { TensorInput } from '#data/formats/safetensors'
import { givenMatrix } from './tensor-inputs.ts'
import type { TensorReader } from './tensor-reader.ts'

/** What the metadata says of a set's feature map. */
export const featuresSchema = z.strictObject({
  id: z.string(),
  inputShape: z.array(z.int().positive()).min(1),
  parameters: z.record(z.string(), z.json()),
  seed: z.int().optional(),
  featureSize: z.int().positive(),
  /** Shape of each weight. */
  weights: z.record(z.string(), z.tuple([z.int(), z.int()])),
})

export function featuresMetadata({ weights, ...features }: StoredFeatures): object {
  const shapes = Object.entries(weights).map(([name, { rows, cols }]) => [name, [rows, cols]])
  return { ...features, weights: Object.fromEntries(shapes) }
}

/** The weights of the map, in the element type that it has them in. */
export function featureTensors({ weights }: StoredFeatures): Record<string, TensorInput> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [
      tensorName(name),
      givenMatrix(tensorName(name), weight),
    ]),
  )
}

export async function readFeatures(
  read: TensorReader,
  { weights: shapes, ...features }: z.output<typeof featuresSchema>,
): Promise<StoredFeatures> {
  const weights: Record<string, AnyMatrix> = {}
  for (const [name, [rows, cols]] of Object.entries(shapes)) {
    weights[name] = await read.anyMatrix(tensorName(name), rows, cols)
  }
  return { ...features, weights }
}

function tensorName(weight: string): string {
  return `features.${weight}`
}
