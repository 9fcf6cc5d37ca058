import { z } from 'zod'
import { RetortError } from '#core/errors'
import { gaussNewtonOptions } from '#methods/gauss-newton-options'
import type { MethodId, RidgeMethodId } from '#methods/index'
import { izzoZouOptions } from '#methods/izzo-zou'
import { labelSolveOptions, type LabelSolveOptions } from '#methods/kernel-label-solve'
import { ridgeLabelSolveOptions } from '#methods/ridge-label-solve'
import { kipOptions, kipVariants, type KipOptions } from '#methods/kip/options'
import { maaloufOptions } from '#methods/maalouf'
import { ridgeOptions, type RidgeOptions } from '#methods/ridge-options'
import { twoLayerOptions, type TwoLayerOptions } from '#methods/two-layer-options'
import { kebab } from './flags.ts'

/** `--ridge` and `--width` are flags of the fit and of features; two-layer networks take them as theirs. */
const { ridge: _ridge, width: _width, ...twoLayerFlags } = twoLayerOptions.shape

const ridgeVariants = ridgeOptions.shape.variant.unwrap().options

/** Flags of all methods; a name that several share is one flag. Each method has its own default for `--steps`. */
export const methodFlags = {
  method: z
    .enum([
      'auto',
      'ridge',
      'kernel-ridge',
      'gauss-newton',
      'maalouf',
      'izzo-zou',
      'kip',
      'label-solve',
      'two-layer',
    ])
    .default('auto')
    .describe('distillation method; auto: ridge, or kernel-ridge with --features'),
  // Once for the order of the help, and once more because its description of a shared flag is the general one.
  ...ridgeOptions.shape,
  ...gaussNewtonOptions.shape,
  ...maaloufOptions.shape,
  ...ridgeLabelSolveOptions.shape,
  ...kipOptions.shape,
  ...twoLayerFlags,
  ...ridgeOptions.shape,
  variant: z
    .enum([...ridgeVariants, ...kipVariants])
    .optional()
    .describe(
      'ridge: noise (default), realistic near real examples, d-set exact for every λ, paper-* as published; kip: its loss from batches, from statistics of features (default with --features), or as the authors of ridge compare',
    ),
  steps: z.int().min(0).optional().describe('steps of an iterative method'),
}

/** What each method takes. */
export const methodShapes: Readonly<Record<MethodId, z.ZodRawShape>> = {
  ridge: ridgeOptions.shape,
  'kernel-ridge': ridgeOptions.shape,
  'gauss-newton': gaussNewtonOptions.shape,
  maalouf: maaloufOptions.shape,
  'izzo-zou': izzoZouOptions.shape,
  kip: kipOptions.shape,
  'label-solve': labelSolveOptions.shape,
  'ridge-label-solve': ridgeLabelSolveOptions.shape,
  'two-layer': twoLayerOptions.shape,
}

const flagSchema = z.object(methodFlags)
type MethodFlags = z.output<typeof flagSchema>

/** Flags of other rooms that decide about a method or that one takes as its own. */
interface SharedFlags {
  readonly features: string
  readonly ridge: number | 'auto'
  readonly width?: number
}

/** The method, by the family of models that it distils for, with the options that it takes. */
export type MethodSettings =
  | { readonly family: 'ridge'; readonly method: RidgeMethodId; readonly methodOptions: object }
  | { readonly family: 'kernel'; readonly method: 'kip'; readonly methodOptions: KipOptions }
  | { readonly family: 'kernel'; readonly method: 'label-solve'; readonly methodOptions: LabelSolveOptions }
  | { readonly family: 'two-layer'; readonly method: 'two-layer'; readonly methodOptions: TwoLayerOptions }

/**
 * The flags that the method takes, checked.
 * @throws RetortError `usage/other-method` for a flag that was given and that only another method takes,
 * `usage/invalid-value` for a value that it does not take
 */
export function methodSettings(options: MethodFlags & SharedFlags): MethodSettings {
  const method = methodOf(options)
  refuseForeign(method, options)
  if (method === 'ridge' && options.features !== 'none')
    throw otherMethod('features', method, ['kernel-ridge'])
  if (method === 'kip') {
    return { family: 'kernel', method, methodOptions: parsed(z.object(kipOptions.shape), options) }
  }
  if (method === 'label-solve') {
    return { family: 'kernel', method, methodOptions: parsed(z.object(labelSolveOptions.shape), options) }
  }
  if (method !== 'two-layer') {
    return { family: 'ridge', method, methodOptions: parsed(z.object(methodShapes[method]), options) }
  }
  if (options.features !== 'none') throw otherMethod('features', method, ['kernel-ridge'])
  const { ridge, ...rest } = options
  const own = { ...rest, ...(ridge !== 'auto' && { ridge }) }
  return { family: 'two-layer', method, methodOptions: parsed(z.object(twoLayerOptions.shape), own) }
}

const ridgeSchema = z.object(ridgeOptions.shape)

/** Those of `ridge`, whatever the method. */
export function ridgeOptionsOf(options: MethodFlags): RidgeOptions {
  return ridgeSchema.parse(options)
}

function methodOf({ method, features, kernel }: MethodFlags & SharedFlags): MethodId {
  if (method === 'label-solve' && kernel === undefined) return 'ridge-label-solve'
  if (method !== 'auto') return method
  return features === 'none' ? 'ridge' : 'kernel-ridge'
}

function parsed<T>(schema: z.ZodType<T>, options: object): T {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const result = schema.safeParse(Object.fromEntries(given))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const flag = `--${kebab(String(issue.path[0]))}`
  throw new RetortError({
    code: 'usage/invalid-value',
    message: `${flag}: ${issue.message}`,
    hint: 'Run: retort distill --help',
    path: flag,
  })
}

function refuseForeign(method: MethodId, options: MethodFlags): void {
  const usual = new Map<string, unknown>(Object.entries(flagSchema.parse({})))
  for (const [name, value] of Object.entries(flagSchema.parse(options))) {
    if (name === 'method' || value === undefined || value === usual.get(name)) continue
    if (Object.hasOwn(methodShapes[method], name)) continue
    const takers = Object.entries(methodShapes).filter(([, shape]) => Object.hasOwn(shape, name))
    throw otherMethod(
      name,
      method,
      takers.map(([id]) => id),
    )
  }
}

/** A method as it is asked for: `--kernel` tells the two kinds of label-solve apart. */
export function asTyped(method: string): string {
  if (method === 'label-solve') return 'label-solve with --kernel'
  return method === 'ridge-label-solve' ? 'label-solve' : method
}

function otherMethod(name: string, method: MethodId, takers: readonly string[]): RetortError {
  const flag = `--${kebab(name)}`
  return new RetortError({
    code: 'usage/other-method',
    message: `${flag} is no setting of method ${asTyped(method)}`,
    hint: `Leave it out, or use --method ${takers.map(asTyped).join(' or ')}.`,
    path: flag,
    values: { method, flag: kebab(name) },
  })
}
