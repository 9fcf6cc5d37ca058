import { z } from 'zod'
import type { Training } from '#core/distilled-set'
import type { TensorInput } from '#data/formats/safetensors'
import { exactMatrix, exactVector } from './tensor-inputs.ts'
import type { TensorReader } from './tensor-reader.ts'

/** What the metadata says of how a model is trained from the set; the arrays are tensors. */
export const trainingSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('ridge'),
    ridge: z.number().min(0),
    intercept: z.boolean(),
    originalRidge: z.union([z.number().min(0), z.literal('all')]),
  }),
  z.strictObject({
    kind: z.literal('kernel'),
    kernel: z.strictObject({
      id: z.enum(['rbf', 'nngp', 'ntk', 'features']),
      parameters: z.record(z.string(), z.json()),
    }),
    ridge: z.number().positive(),
    loss: z.number(),
  }),
  z.strictObject({
    kind: z.literal('two-layer'),
    activation: z.literal('relu'),
    width: z.int().positive(),
    step: z.number(),
    tied: z.boolean(),
    ridge: z.number().positive(),
    initialisation: z.union([z.literal('any'), z.strictObject({ seed: z.int() })]),
    secondPoints: z.strictObject({
      seed: z.int(),
      count: z.int().min(0),
      spread: z.number().positive(),
      mode: z.enum(['span', 'full']),
      pivots: z.array(z.int().min(0)),
    }),
    offset: z.number(),
    classes: z.strictObject({ positive: z.string(), negative: z.string() }).optional(),
    witness: z.strictObject({ seed: z.int(), count: z.int().positive() }).optional(),
  }),
])

type TrainingMetadata = z.output<typeof trainingSchema>

export function trainingMetadata(training: Training): object {
  switch (training.kind) {
    case 'ridge': {
      const { kind, ridge, intercept, originalRidge } = training
      return { kind, ridge, intercept, originalRidge }
    }
    case 'kernel': {
      const { kind, kernel, ridge, loss } = training
      return { kind, kernel, ridge, loss }
    }
    case 'two-layer': {
      const { kind, activation, width, step, tied, ridge, initialisation, secondPoints, offset, classes } =
        training
      const scalars = { kind, activation, width, step, tied, ridge, initialisation, secondPoints, offset }
      const witness = training.witness && {
        seed: training.witness.seed,
        count: training.witness.predictions.length,
      }
      return { ...scalars, ...(classes && { classes }), ...(witness && { witness }) }
    }
  }
}

/** The arrays of a training, float64. */
export function trainingTensors(training: Training): Record<string, TensorInput> {
  switch (training.kind) {
    case 'ridge':
      return {
        'model.weight': exactMatrix('model.weight', training.weight),
        'model.bias': exactVector('model.bias', training.bias),
      }
    case 'kernel':
      return { 'model.label-offset': exactVector('model.label-offset', training.labelOffset) }
    case 'two-layer':
      return {
        'second.labels': exactVector('second.labels', training.secondLabels),
        'model.slope': exactVector('model.slope', training.slope),
        spectrum: exactVector('spectrum', training.spectrum),
        basis: exactMatrix('basis', training.basis),
        ...(training.witness && {
          'witness.predictions': exactVector('witness.predictions', training.witness.predictions),
        }),
      }
  }
}

/** @param sizes k targets, d inputs, p features (d where the set has no feature map) */
export async function readTraining(
  read: TensorReader,
  metadata: TrainingMetadata,
  { targets, inputs, features }: { targets: number; inputs: number; features: number },
): Promise<Training> {
  switch (metadata.kind) {
    case 'ridge': {
      const weight = await read.matrix('model.weight', 'F64', targets, features)
      return { ...metadata, weight, bias: await read.vector('model.bias', targets) }
    }
    case 'kernel':
      return { ...metadata, labelOffset: await read.vector('model.label-offset', targets) }
    case 'two-layer': {
      const { witness, ...scalars } = metadata
      const { count } = metadata.secondPoints
      const secondLabels = await read.vector('second.labels', count > 0 ? count : metadata.width)
      const slope = await read.vector('model.slope', inputs)
      const spectrum = await read.vector('spectrum')
      return {
        ...scalars,
        secondLabels,
        slope,
        spectrum,
        basis: await read.matrix('basis', 'F64', undefined, inputs),
        ...(witness && {
          witness: {
            seed: witness.seed,
            predictions: await read.vector('witness.predictions', witness.count),
          },
        }),
      }
    }
  }
}
