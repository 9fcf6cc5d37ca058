import { z } from 'zod'
import { storages } from '#core/storage'
import { preprocessingNames } from '#core/dataset'

/** How the original model is fitted: shared by `distill`, `advise`, `statistics` and `verify --data`. */
export const fitSettings = {
  preprocessing: z
    .enum(['auto', ...preprocessingNames])
    .default('auto')
    .describe('of the inputs; auto: channel for images, column for vectors'),
  normalise: z
    .boolean()
    .default(false)
    .describe(
      'first take from every example its own mean and divide it by its length, as KIP does before zca',
    ),
  mean: z
    .string()
    .optional()
    .describe('given mean per channel on the 0..1 scale, e.g. 0.1307 (default: measured)'),
  std: z.string().optional().describe('given standard deviation per channel on the 0..1 scale'),
  ridge: z
    .union([z.literal('auto'), z.number().min(0)])
    .default('auto')
    .describe('λ of the original model; auto: chosen on a hold-out'),
  intercept: z
    .enum(['auto', 'yes', 'no'])
    .default('auto')
    .describe('unpenalised intercept; auto: no for images, yes for vectors'),
  holdOut: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe(
      'share of the training examples that choose λ (default: 0.05, without a test split 0.2; about 20 to 10000 examples)',
    ),
  refit: z
    .boolean()
    .default(true)
    .describe('once λ is chosen, fit on the held-out examples too (where a test split does the scoring)'),
  seed: z.int().min(0).default(0).describe('seed of every random choice'),
}

/** The share of the training examples that is held out; undefined leaves it to the size of the dataset. */
export function holdOutFraction(holdOut: number | undefined, hasTest: boolean): number | undefined {
  return holdOut ?? (hasTest ? undefined : 0.2)
}

export type FitSettings = z.output<z.ZodObject<typeof fitSettings>>

const size = z.int().min(1)

/** Which feature map the models are on; each kind of map takes those of the settings that it has. */
export const featureSettings = {
  features: z
    .enum(['none', 'dense', 'conv', 'fourier', 'coupling', 'linear-net', 'network'])
    .default('none')
    .describe('feature map of the models; none: the inputs themselves'),
  width: size
    .optional()
    .describe('units of every layer, or number of Fourier features; two-layer: width L (default: 400)'),
  depth: size.optional().describe('number of layers'),
  slope: z.number().min(0).optional().describe('slope of LeakyReLU on negatives (default: 0.1)'),
  activation: z.enum(['leaky-relu', 'tanh', 'linear']).optional().describe('activation after every layer'),
  distribution: z.enum(['gaussian', 'orthogonal']).optional().describe('distribution of random weights'),
  bias: z.boolean().optional().describe('random biases'),
  variance: z.number().positive().optional().describe('σ² of the kernel that fourier approximates'),
  stretch: z.number().min(1).max(100).optional().describe('largest factor of one coupling layer'),
  channels: size.optional().describe('filters of every conv layer'),
  kernelSize: size.optional().describe('side of the filters of conv'),
  stride: size.optional().describe('step between positions of a filter'),
  padding: z.int().min(0).optional().describe('zeros added on every side'),
  featuresSeed: z.int().min(0).optional().describe('seed of the weights (default: --seed)'),
  weights: z
    .string()
    .optional()
    .describe('safetensors file with weights of your own, or that of an artefact'),
  layers: z.string().optional().describe('network: JSON list of layers, or a file that holds it'),
}

export type FeatureSettings = z.output<z.ZodObject<typeof featureSettings>>

/** Which files and columns are read. */
export const inputSettings = {
  target: z.string().optional().describe('target column, or columns separated by commas'),
  targetKind: z.enum(['class', 'real']).optional().describe('treat the target as classes or as numbers'),
  train: z.string().optional().describe('file of the training split'),
  test: z.string().optional().describe('file of the test split'),
  labels: z.string().optional().describe('file of the training labels, where they are apart'),
  testLabels: z.string().optional().describe('file of the test labels, where they are apart'),
  positive: z
    .string()
    .optional()
    .describe('this class against all others (or against --negative alone): two classes'),
  negative: z.string().optional().describe('the other class of a pair; all further examples are left out'),
}

export type InputSettings = z.output<z.ZodObject<typeof inputSettings>>

/** Settings of `distill` beside those of the method and of the fit. */
export const artefactSettings = {
  storage: z
    .enum(storages)
    .default('float32')
    .describe('element type of the stored points; uint16, uint8: on a grid, with labels solved for these'),
  storageErrors: z
    .enum(['auto', 'yes', 'no'])
    .default('auto')
    .describe('what would be left of W in each element type; auto: for at most 128 points'),
  baselines: z.boolean().default(true).describe('random, herding, k-means and k-center rows in the report'),
  timings: z
    .boolean()
    .default(false)
    .describe('write measured seconds and memory into the report (reruns then differ)'),
  force: z.boolean().default(false).describe('replace an output folder that is no artefact'),
}

export type ArtefactSettings = z.output<z.ZodObject<typeof artefactSettings>>
