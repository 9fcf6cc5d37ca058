import { arcCosineOverRoot } from './arc-cosine.ts'
import type { LayerBlock } from './relu-recursion.ts'

/** What `recall` keeps of one layer for the way back, one value per pair. */
export interface LayerTrace {
  readonly cosine: Float64Array
  readonly sine: Float64Array
  /** π − arccos c. */
  readonly arc: Float64Array
  /** t before the layer. */
  readonly tangent: Float64Array
}

export function layerTrace(pairs: number): LayerTrace {
  return {
    cosine: new Float64Array(pairs),
    sine: new Float64Array(pairs),
    arc: new Float64Array(pairs),
    tangent: new Float64Array(pairs),
  }
}

/** Closer pairs than this have no direction that rounding leaves: what has a kink there counts as flat. */
const leastSine = 1e-7

/**
 * `advance`, keeping what the way back needs.
 * @param diagonal whether left and right are the same rows: pairs (i, i) are then exactly equal
 */
export function recall(
  block: LayerBlock,
  k: Float64Array,
  t: Float64Array,
  trace: LayerTrace,
  diagonal: boolean,
): void {
  const { level, left, right, from, to, alpha, bias } = block
  const { cosine, sine, arc, tangent } = trace
  const cols = right.inverses[level].length
  for (let i = from, at = 0; i < to; i++) {
    const inverse = left.inverses[level][i]
    const scale = alpha * left.deviations[level][i]
    for (let j = 0; j < cols; j++, at++) {
      const equal = diagonal && i === j
      const c = equal ? 1 : k[at] * (inverse * right.inverses[level][j])
      const x = Math.abs(c)
      const root = Math.sqrt(Math.max(0, 1 - x))
      const half = Math.PI / 2 - root * arcCosineOverRoot(x)
      const a = Math.PI / 2 + half * (1 - 2 * Number(c < 0))
      const s = root * Math.sqrt(1 + x)
      cosine[at] = c
      sine[at] = s
      arc[at] = a
      tangent[at] = t[at]
      k[at] = scale * right.deviations[level][j] * (s + a * c) + bias
      t[at] = k[at] + alpha * t[at] * a
    }
  }
}

/**
 * The way back through one layer: gradients with respect to its k and t after it become those before it, in place.
 * With f = α √(q(x) q(z)) (s + a c): ∂f/∂k = α a, ∂f/∂√q(z) = α √q(x) s; and ∂a/∂c = 1/s.
 * @param ofVariances gradient with respect to q(z), one value per column, added to
 */
export function retreat(
  block: LayerBlock,
  ofK: Float64Array,
  ofT: Float64Array,
  { cosine, sine, arc, tangent }: LayerTrace,
  ofVariances: Float64Array,
): void {
  const { level, left, right, from, to, alpha } = block
  const inverses = right.inverses[level]
  const cols = inverses.length
  for (let i = from, at = 0; i < to; i++) {
    const deviation = left.deviations[level][i]
    const inverse = left.inverses[level][i]
    for (let j = 0; j < cols; j++, at++) {
      const s = sine[at]
      const through = ofK[at] + ofT[at]
      const ofArc = s < leastSine ? 0 : (alpha * ofT[at] * tangent[at]) / s
      const slope = alpha * arc[at]
      const ofDeviation = alpha * through * deviation * s - ofArc * cosine[at] * inverses[j]
      ofVariances[j] += 0.5 * ofDeviation * inverses[j]
      ofK[at] = through * slope + ofArc * inverse * inverses[j]
      ofT[at] *= slope
    }
  }
}
