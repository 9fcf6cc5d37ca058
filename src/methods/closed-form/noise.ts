import { identity, transpose, type Matrix } from '#core/matrix'
import type { Random } from '#core/random'
import type { Blas } from '#linalg/blas'
import { transposed } from '#linalg/tiles'
import { orthogonalComplement } from './complement.ts'
import type { Factored } from './factored.ts'
import type { LabelFrame } from './labels.ts'
import { normalMatrix, randomFrame } from './random-frame.ts'
import { beside } from './slices.ts'
import { spectrumOf, sureRank, truncated } from './spectrum.ts'

export interface NoiseSettings {
  /** Size of the noise, 1 for the smallest that leaves the condition number as it is. */
  readonly size: number
  /** λ_S, whose bound the noise must respect too. */
  readonly ridge: number
  /** Singular value of the noise where W is zero and gives no scale. */
  readonly scale: number
}

/**
 * D = Y_S⁺ W + β E Nᵀ for fixed labels: E orthonormal with Y_Sᵀ E = 0, N random orthonormal and orthogonal to Row(W),
 * so that the points are W⁺ Y_S + (1/β) N Eᵀ (Chen, Huang, Weng 2024, Theorem C.2, with orthonormal noise). With
 * β = ‖Y_S⁺ W‖ / size the condition number is that of Y_S⁺ W for every size from 1 to that number. Works for every
 * m ≥ ρ, above p too, and for a rank-deficient W, because D comes by its singular factors. Directions of W that are not
 * sure (`sureRank`) are left out.
 */
export async function orthonormalNoise(
  blas: Blas,
  random: Random,
  frame: LabelFrame,
  { size, ridge, scale }: NoiseSettings,
): Promise<Factored> {
  const spectrum = await spectrumOf(blas, frame.m)
  const { u, values, vt } = await truncated(spectrum, sureRank(spectrum))
  const v = transpose(vt)
  const pairs = await extend(blas, random, { u: await blas.gemm(frame.a, u), v }, frame.a)
  const wanted = values.length === 0 ? 1 / scale : values[0] / size
  const noise = ridge === 0 ? wanted : Math.min(wanted, 1 / (2 * Math.sqrt(ridge)))
  const all = new Float64Array(pairs.u.cols).fill(noise)
  all.set(values)
  return { ...pairs, values: all }
}

/**
 * D = Y_S⁺ W + (I − Y_S⁺ Y_S) Z of Algorithm 1 of Chen, Huang, Weng 2024 with the noise of their code:
 * Z = 0.1 · std(Y_S⁺ W) · N(0, 1). Where λ_S > 0 asks for less, Z shrinks until the bound holds.
 */
export async function paperNoise(
  blas: Blas,
  random: Random,
  frame: LabelFrame,
  { size, ridge, scale }: NoiseSettings,
): Promise<Factored> {
  const { a, m } = frame
  const base = await blas.gemm(a, m)
  const deviation = standardDeviation(base.data) || 1 / scale
  const noise = await normalMatrix(random, base.rows, base.cols)
  for (let i = 0; i < noise.data.length; i++) noise.data[i] *= 0.1 * size * deviation
  await blas.gemm(a, await blas.gemm(a, noise, { transposeA: true }), { alpha: -1, beta: 1, c: noise })
  const share = ridge === 0 ? 1 : await admissibleShare(blas, base, noise, ridge)
  for (let i = 0; i < base.data.length; i++) base.data[i] += share * noise.data[i]
  const { u, values, vt } = await spectrumOf(blas, base)
  return { u, values, v: await transposed(vt) }
}

/** The largest share of the noise, at most 1, that certainly keeps ‖base + share · noise‖₂ ≤ 1/(2√λ_S). */
async function admissibleShare(blas: Blas, base: Matrix, noise: Matrix, ridge: number): Promise<number> {
  const [baseNorm, noiseNorm] = [await spectralNorm(blas, base), await spectralNorm(blas, noise)]
  if (noiseNorm === 0) return 1
  // The columns of the two parts are orthogonal, so their squared norms bound that of the sum.
  const room = Math.max(0, (1 - 1e-12) / (4 * ridge) - baseNorm ** 2)
  return Math.min(1, Math.sqrt(room) / noiseNorm)
}

/** Paired orthonormal columns: u of the points' space (m rows), v of the inputs' space (p rows). */
interface Pairing {
  readonly u: Matrix
  readonly v: Matrix
}

/** Adds as many random pairs as fit: to u orthogonal to `taken`, which spans u; to v orthogonal to v. */
async function extend(blas: Blas, random: Random, { u, v }: Pairing, taken: Matrix): Promise<Pairing> {
  const left = await orthogonalComplement(blas, taken)
  const right = await orthogonalComplement(blas, v)
  const count = Math.min(left.size, right.size)
  // One random side is enough: of E R Nᵀ with a random rotation R, either side may keep its basis.
  const [e, n] =
    left.size > count
      ? [await randomFrame(blas, random, left.size, count), identity(count)]
      : [identity(count), await randomFrame(blas, random, right.size, count)]
  return { u: await beside(u, await left.expand(e)), v: await beside(v, await right.expand(n)) }
}

async function spectralNorm(blas: Blas, a: Matrix): Promise<number> {
  return (await spectrumOf(blas, a)).values[0] ?? 0
}

function standardDeviation(values: Float64Array): number {
  let mean = 0
  for (const value of values) mean += value / values.length
  let sum = 0
  for (const value of values) sum += (value - mean) ** 2
  return Math.sqrt(sum / values.length)
}
