import type { ReluNetwork } from '#kernels/relu-recursion'
import { randomStream } from '#core/random'

/**
 * K(x, z) straight from the formulas of Cho & Saul 2009 and Jacot et al. 2018 with Math.acos: the independent
 * reference.
 */
export function pairKernel(
  id: 'nngp' | 'ntk',
  { depth, weightDeviation, biasDeviation }: ReluNetwork,
  x: ArrayLike<number>,
  z: ArrayLike<number>,
): number {
  const weight = weightDeviation ** 2
  const bias = biasDeviation ** 2
  const start = (a: ArrayLike<number>, b: ArrayLike<number>) => (weight * dot(a, b)) / a.length + bias
  let [k, xx, zz] = [start(x, z), start(x, x), start(z, z)]
  let t = k
  for (let l = 0; l < depth; l++) {
    const cosine = Math.max(-1, Math.min(1, k / Math.sqrt(xx * zz)))
    const angle = Math.acos(cosine)
    const slope = (weight * (Math.PI - angle)) / (2 * Math.PI)
    k =
      ((weight * Math.sqrt(xx * zz)) / (2 * Math.PI)) *
        (Math.sin(angle) + (Math.PI - angle) * Math.cos(angle)) +
      bias
    t = k + t * slope
    xx = (weight * xx) / 2 + bias
    zz = (weight * zz) / 2 + bias
  }
  return id === 'ntk' ? t : k
}

/**
 * The same kernels measured on one random network of finite width: the covariance of the last pre-activations over
 * their units, and the inner product of the gradients of one output. Both tend to the kernels as the width grows.
 */
export function measuredKernels(
  { depth, weightDeviation, biasDeviation }: ReluNetwork,
  width: number,
  x: ArrayLike<number>,
  z: ArrayLike<number>,
): { nngp: number; ntk: number } {
  const random = randomStream(3, 'wide-network')
  const pairs: { x: Float64Array; z: Float64Array }[] = [{ x: Float64Array.from(x), z: Float64Array.from(z) }]
  const slopes: { x: Float64Array; z: Float64Array }[] = []
  const weights: Float64Array[] = []
  for (let l = 0; l < depth; l++) {
    const inputs = pairs[l]
    const size = inputs.x.length
    const drawn = random.fillNormal(new Float64Array(width * size))
    const next = { x: new Float64Array(width), z: new Float64Array(width) }
    const slope = { x: new Float64Array(width), z: new Float64Array(width) }
    for (let i = 0; i < width; i++) {
      const row = drawn.subarray(i * size, (i + 1) * size)
      const shift = biasDeviation * random.normal()
      for (const side of ['x', 'z'] as const) {
        const value = (weightDeviation / Math.sqrt(size)) * dot(row, inputs[side]) + shift
        next[side][i] = Math.max(0, value)
        slope[side][i] = value > 0 ? 1 : 0
      }
    }
    pairs.push(next)
    slopes.push(slope)
    weights.push(drawn)
  }
  const last = pairs[depth]
  const covariance = (pair: { x: Float64Array; z: Float64Array }) =>
    (weightDeviation ** 2 * dot(pair.x, pair.z)) / pair.x.length + biasDeviation ** 2
  let tangent = covariance(last)
  const output = random.fillNormal(new Float64Array(width))
  const scale = weightDeviation / Math.sqrt(width)
  let delta = { x: output.map((value) => scale * value), z: output.map((value) => scale * value) }
  for (let l = depth - 1; l >= 0; l--) {
    const behind = {
      x: delta.x.map((value, i) => value * slopes[l].x[i]),
      z: delta.z.map((value, i) => value * slopes[l].z[i]),
    }
    tangent += dot(behind.x, behind.z) * covariance(pairs[l])
    const size = pairs[l].x.length
    delta = { x: new Float64Array(size), z: new Float64Array(size) }
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < size; j++) {
        const weight = (weightDeviation / Math.sqrt(size)) * weights[l][i * size + j]
        delta.x[j] += weight * behind.x[i]
        delta.z[j] += weight * behind.z[i]
      }
    }
  }
  return { nngp: covariance(last), ntk: tangent }
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
