import { z } from 'zod'
import { RetortError } from '#core/errors'
import type { MethodId } from '#methods/index'
import { ridgeOptions } from '#methods/ridge-options'
import type { TwoLayerOptions } from '#methods/two-layer-options'
import { twoLayerOptions } from '#methods/two-layer-options'
import { kebab } from './flags.ts'

const { ridge: _secondRidge, ...twoLayerFlags } = twoLayerOptions.shape

/**
 * The flags of every method. One that several methods have (`points`) means the same in each; `--ridge` is the λ of the
 * original model, or of the second layer.
 */
export const methodFlags = {
  ...twoLayerFlags,
  ...ridgeOptions.shape,
  points: ridgeOptions.shape.points.describe(
    'number of points (default: ridge: one per class, or the rank of the model; two-layer: 2 r², or 8)',
  ),
}

const flagsOf: Readonly<Record<MethodId, readonly string[]>> = {
  ridge: Object.keys(ridgeOptions.shape),
  'two-layer': Object.keys(twoLayerOptions.shape),
}

const ridgeSchema = z.object(ridgeOptions.shape)
const twoLayerSchema = z.object(twoLayerOptions.shape)

export function ridgeOptionsOf(options: object): z.output<typeof ridgeSchema> {
  return ridgeSchema.parse(options)
}

export function twoLayerOptionsOf(options: object & { readonly ridge: number | 'auto' }): TwoLayerOptions {
  const { ridge, ...rest } = options
  return twoLayerSchema.parse({ ...rest, ...(ridge !== 'auto' && { ridge }) })
}

/**
 * Flags that only another method knows would be passed over in silence.
 * @throws RetortError `usage/other-method`
 */
export function refuseOtherFlags(method: MethodId, options: object, defaults: object): void {
  const usual = new Map<string, unknown>(Object.entries(defaults))
  const own = flagsOf[method]
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(methodFlags, name) || own.includes(name)) continue
    if (value === undefined || value === usual.get(name)) continue
    const other = method === 'ridge' ? 'two-layer' : 'ridge'
    throw new RetortError({
      code: 'usage/other-method',
      message: `--${kebab(name)} is a setting of --method ${other}, not of ${method}`,
      hint: `Leave out --${kebab(name)}, or add --method ${other}.`,
      path: `--${kebab(name)}`,
      values: { method, flag: name },
    })
  }
}
