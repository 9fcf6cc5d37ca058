import { z } from 'zod'
import { RetortError } from '#core/errors'
import { gaussNewtonOptions } from '#methods/gauss-newton-options'
import type { MethodId } from '#methods/index'
import { izzoZouOptions } from '#methods/izzo-zou'
import { maaloufOptions } from '#methods/maalouf'
import { ridgeOptions, type RidgeOptions } from '#methods/ridge-options'
import { kebab } from './flags.ts'

/** Flags of all methods; a name that several share is one flag, and means the same in each. */
export const methodFlags = {
  method: z
    .enum(['auto', 'ridge', 'kernel-ridge', 'gauss-newton', 'maalouf', 'izzo-zou'])
    .default('auto')
    .describe('distillation method; auto: ridge, or kernel-ridge with --features'),
  ...gaussNewtonOptions.shape,
  ...maaloufOptions.shape,
  ...ridgeOptions.shape,
}

const shapes: Readonly<Record<MethodId, z.ZodRawShape>> = {
  ridge: ridgeOptions.shape,
  'kernel-ridge': ridgeOptions.shape,
  'gauss-newton': gaussNewtonOptions.shape,
  maalouf: maaloufOptions.shape,
  'izzo-zou': izzoZouOptions.shape,
}

const flagSchema = z.object(methodFlags)
export type MethodFlags = z.output<typeof flagSchema>

/** The method and the options that it takes. */
export interface MethodSettings {
  readonly method: MethodId
  readonly methodOptions: object
}

/**
 * The flags that the method takes.
 * @throws RetortError `usage/other-method` for a flag that was given and that only another method takes
 */
export function methodSettings(options: MethodFlags & { readonly features: string }): MethodSettings {
  const method = methodOf(options)
  refuseForeign(method, options)
  const own = shapes[method]
  const entries = Object.entries(options).filter(([name]) => Object.hasOwn(own, name))
  return { method, methodOptions: Object.fromEntries(entries) }
}

const ridgeSchema = z.object(ridgeOptions.shape)

/** Those of `ridge`, whatever the method. */
export function ridgeOptionsOf(options: MethodFlags): RidgeOptions {
  return ridgeSchema.parse(options)
}

function methodOf({ method, features }: MethodFlags & { readonly features: string }): MethodId {
  if (method !== 'auto') return method
  return features === 'none' ? 'ridge' : 'kernel-ridge'
}

function refuseForeign(method: MethodId, options: MethodFlags): void {
  const usual = new Map<string, unknown>(Object.entries(flagSchema.parse({})))
  for (const [name, value] of Object.entries(flagSchema.parse(options))) {
    if (name === 'method' || value === undefined || value === usual.get(name)) continue
    if (Object.hasOwn(shapes[method], name)) continue
    const takers = Object.entries(shapes).filter(([, shape]) => Object.hasOwn(shape, name))
    throw new RetortError({
      code: 'usage/other-method',
      message: `--${kebab(name)} is no setting of method ${method}`,
      hint: `Leave it out, or use --method ${takers.map(([id]) => id).join(' or ')}.`,
      path: `--${kebab(name)}`,
      values: { method, flag: kebab(name) },
    })
  }
}
