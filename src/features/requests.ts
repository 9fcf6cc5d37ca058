import type { ZodType } from 'zod'
import { RetortError } from '#core/errors'
import type { Matrix } from '#core/matrix'
import { toFloat64 } from '#core/matrix'
import { firstNotFinite } from '#data/elements'
import type { FeatureMapRequest } from './feature-map.ts'

/** Options of a map with defaults filled in. @throws RetortError `config/feature-map` */
export function parseOptions<T>(id: string, schema: ZodType<T>, options: unknown): T {
  const result = schema.safeParse(options ?? {})
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw unfit(id, `${issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''}${issue.message}`)
}

/** A setting or shape that the map cannot take. */
export function unfit(id: string, message: string, values: RetortError['values'] = {}): RetortError {
  return new RetortError({
    code: 'config/feature-map',
    message: `feature map ${id}: ${message}`,
    hint: 'Change the setting; see docs/feature-maps.md for what each map takes.',
    values: { featureMap: id, ...values },
  })
}

export function inputSizeOf(inputShape: readonly number[]): number {
  return inputShape.reduce((product, side) => product * side, 1)
}

/**
 * Named weights of a request, checked for shape and finiteness, or drawn from its seed where it has none.
 * @throws RetortError `data/weights` for a name that is missing, a wrong shape or a number that is not finite
 */
export async function weightsFor(
  id: string,
  request: FeatureMapRequest,
  shapes: Readonly<Record<string, readonly [rows: number, cols: number]>>,
  draw: (name: string, rows: number, cols: number, seed: number) => Promise<Matrix>,
): Promise<Record<string, Matrix>> {
  const result: Record<string, Matrix> = {}
  for (const [name, [rows, cols]] of Object.entries(shapes)) {
    if (request.weights) {
      result[name] = given(id, request.weights, name, rows, cols)
    } else if (request.seed !== undefined) {
      result[name] = await draw(name, rows, cols, request.seed)
    } else {
      throw new RangeError(`feature map ${id} needs a seed or weights`)
    }
  }
  return result
}

function given(
  id: string,
  weights: NonNullable<FeatureMapRequest['weights']>,
  name: string,
  rows: number,
  cols: number,
): Matrix {
  if (!Object.hasOwn(weights, name)) {
    throw weightsFault(
      id,
      name,
      `is missing; the weights hold ${Object.keys(weights).join(', ') || 'nothing'}`,
    )
  }
  const found = weights[name]
  if (found.rows !== rows || found.cols !== cols) {
    throw weightsFault(id, name, `is ${found.rows} × ${found.cols}; the map needs ${rows} × ${cols}`)
  }
  const at = firstNotFinite(found.data, 0, found.data.length)
  if (at >= 0) throw weightsFault(id, name, `holds ${found.data[at]} at position ${at}`)
  return toFloat64(found)
}

function weightsFault(id: string, name: string, fault: string): RetortError {
  return new RetortError({
    code: 'data/weights',
    message: `weights of feature map ${id}: ${name} ${fault}`,
    why: 'A feature map with other weights is another map, and what was distilled for one is worthless for the other.',
    hint: 'Give the weights that the options describe; docs/feature-maps.md lists their names and shapes.',
    path: name,
    values: { featureMap: id, tensor: name },
  })
}
