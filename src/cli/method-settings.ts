import { z } from 'zod'
import { RetortError } from '#core/errors'
import type { FeatureSettings } from '#engine/settings'
import type { MethodId } from '#methods/index'
import { labelSolveOptions, type LabelSolveOptions } from '#methods/kernel-label-solve'
import { kipOptions, kipVariants, type KipOptions } from '#methods/kip/options'
import { ridgeOptions, type RidgeOptions } from '#methods/ridge-options'
import { kebab } from './flags.ts'

const { points: _points, ipc: _ipc, variant: _variant, ...kipFlags } = kipOptions.shape
const ridgeVariants = ridgeOptions.shape.variant.unwrap().options

/** Flags of all methods; a name that several share is one flag. */
export const methodFlags = {
  method: z
    .enum(['auto', 'ridge', 'kernel-ridge', 'kip', 'label-solve'])
    .default('auto')
    .describe('distillation method; auto: ridge, or kernel-ridge with --features'),
  ...ridgeOptions.shape,
  variant: z
    .enum([...ridgeVariants, ...kipVariants])
    .optional()
    .describe(
      'ridge: noise (default), realistic near real examples, d-set exact for every λ, paper-* as published; kip: loss from batches, from statistics of features (default with --features), or as the authors of ridge compare',
    ),
  ...kipFlags,
}

/** The method and the options that it takes. */
export type MethodSettings =
  | { readonly method: 'ridge' | 'kernel-ridge'; readonly methodOptions: RidgeOptions }
  | { readonly method: 'kip'; readonly methodOptions: KipOptions }
  | { readonly method: 'label-solve'; readonly methodOptions: LabelSolveOptions }

const shapes: Readonly<Record<MethodId, z.ZodRawShape>> = {
  ridge: ridgeOptions.shape,
  'kernel-ridge': ridgeOptions.shape,
  kip: kipOptions.shape,
  'label-solve': labelSolveOptions.shape,
}

const flagSchema = z.object(methodFlags)
type MethodFlags = z.output<typeof flagSchema>

/**
 * The flags that the method takes, checked.
 * @throws RetortError `usage/other-method` for a flag that was given and that another method takes
 */
export function methodSettings(options: MethodFlags & Pick<FeatureSettings, 'features'>): MethodSettings {
  const { features } = options
  const auto = features === 'none' ? 'ridge' : 'kernel-ridge'
  const method = options.method === 'auto' ? auto : options.method
  refuseForeign(options, method)
  switch (method) {
    case 'ridge':
    case 'kernel-ridge':
      return { method, methodOptions: z.object(ridgeOptions.shape).parse(options) }
    case 'kip':
      return { method, methodOptions: z.object(kipOptions.shape).parse(options) }
    case 'label-solve':
      return { method, methodOptions: z.object(labelSolveOptions.shape).parse(options) }
  }
}

function refuseForeign(options: MethodFlags, method: MethodId): void {
  const usual = new Map<string, unknown>(Object.entries(flagSchema.parse({})))
  for (const [name, value] of Object.entries(flagSchema.parse(options))) {
    if (name === 'method' || value === usual.get(name)) continue
    const takers = Object.entries(shapes).filter(([, shape]) => takes(shape, name, value))
    if (takers.some(([id]) => id === method)) continue
    throw new RetortError({
      code: 'usage/other-method',
      message: `--${kebab(name)} ${String(value)} is no setting of method ${method}`,
      hint: `Leave it out, or use --method ${takers.map(([id]) => id).join(' or ')}.`,
      path: `--${kebab(name)}`,
      values: { method, flag: kebab(name) },
    })
  }
}

function takes(shape: z.ZodRawShape, name: string, value: unknown): boolean {
  return Object.hasOwn(shape, name) && z.safeParse(shape[name], value).success
}
