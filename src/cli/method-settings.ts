import { z } from 'zod'
import { RetortError } from '#core/errors'
import { featureSettings } from '#engine/settings'
import type { MethodId } from '#methods/index'
import { ridgeOptions, type RidgeOptions } from '#methods/ridge-options'
import { twoLayerOptions, type TwoLayerOptions } from '#methods/two-layer-options'
import { kebab } from './flags.ts'

/** `--ridge` and `--width` are flags of the fit and of features; two-layer networks take them as theirs. */
const { ridge: _ridge, width: _width, points: _points, ...twoLayerFlags } = twoLayerOptions.shape

/** Flags of all methods; a name that several share is one flag. */
export const methodFlags = {
  method: z
    .enum(['auto', 'ridge', 'kernel-ridge', 'two-layer'])
    .default('auto')
    .describe('distillation method; auto: ridge, or kernel-ridge with --features'),
  ...ridgeOptions.shape,
  ...twoLayerFlags,
}

/** The method and the options that it takes. */
export type MethodSettings =
  | { readonly method: 'ridge' | 'kernel-ridge'; readonly methodOptions: RidgeOptions }
  | { readonly method: 'two-layer'; readonly methodOptions: TwoLayerOptions }

const shapes: Readonly<Record<MethodId, z.ZodRawShape>> = {
  ridge: ridgeOptions.shape,
  'kernel-ridge': ridgeOptions.shape,
  'two-layer': { ...twoLayerOptions.shape, features: z.literal('none') },
}

const flagSchema = z.object({ ...methodFlags, features: featureSettings.features })
type MethodFlags = z.output<typeof flagSchema> & {
  readonly ridge: number | 'auto'
  readonly width?: number
}

/**
 * The flags that the method takes, checked.
 * @throws RetortError `usage/other-method` for a flag that was given and that another method takes,
 * `usage/invalid-value` for a value that it does not take
 */
export function methodSettings(options: MethodFlags): MethodSettings {
  const method = methodOf(options)
  refuseForeign(options, method)
  if (method !== 'two-layer') return { method, methodOptions: z.object(ridgeOptions.shape).parse(options) }
  const { ridge, ...rest } = options
  const parsed = z.object(twoLayerOptions.shape).safeParse({ ...rest, ...(ridge !== 'auto' && { ridge }) })
  if (parsed.success) return { method, methodOptions: parsed.data }
  const [issue] = parsed.error.issues
  const flag = `--${kebab(String(issue.path[0]))}`
  throw new RetortError({
    code: 'usage/invalid-value',
    message: `${flag}: ${issue.message}`,
    hint: 'Run: retort distill --help',
    path: flag,
  })
}

function methodOf({ method, features }: Pick<MethodFlags, 'method' | 'features'>): MethodId {
  if (method !== 'auto') return method
  return features === 'none' ? 'ridge' : 'kernel-ridge'
}

function refuseForeign(options: MethodFlags, method: MethodId): void {
  const usual = new Map<string, unknown>(Object.entries(flagSchema.parse({})))
  for (const [name, value] of Object.entries(flagSchema.parse(options))) {
    if (name === 'method' || value === usual.get(name)) continue
    if (name === 'features' && method !== 'two-layer') continue
    const takers = Object.entries(shapes).filter(([, shape]) => takes(shape, name, value))
    if (takers.some(([id]) => id === method)) continue
    throw new RetortError({
      code: 'usage/other-method',
      message: `--${kebab(name)} ${String(value)} is no setting of method ${method}`,
      hint: `Leave it out, or use --method ${takers.map(([id]) => id).join(' or ') || 'kernel-ridge'}.`,
      path: `--${kebab(name)}`,
      values: { method, flag: kebab(name) },
    })
  }
}

function takes(shape: z.ZodRawShape, name: string, value: unknown): boolean {
  return Object.hasOwn(shape, name) && z.safeParse(shape[name], value).success
}
