import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'

/**
 * Points whose singular value decomposition is known exactly: columns of Hadamard matrices (sizes powers of 4) and
 * singular values that are powers of two, so that every entry of X = U diag(s) Vᵀ + 1 cᵀ is a float64 without rounding
 * and the ridge solution is known to its last digits for any condition number.
 */
export interface KnownPoints {
  readonly points: Matrix
  readonly labels: Matrix
  readonly singularValues: readonly number[]
  /** W and b of ridge regression on them. */
  solution(ridge: number, intercept: boolean): { weight: Matrix; bias: Float64Array }
}

/** @param condition largest over smallest singular value, a power of two */
export function knownPoints(
  {
    m,
    p,
    rank,
    condition,
    k = 3,
    offset = 0,
  }: {
    m: number
    p: number
    rank: number
    condition: number
    k?: number
    offset?: number
  },
  seed = 1,
): KnownPoints {
  const random = randomStream(seed, 'known points')
  const steps = Math.log2(condition)
  const singularValues = Array.from({ length: rank }, (_, i) =>
    rank === 1 ? 1 : 2 ** -Math.round((steps * i) / (rank - 1)),
  )
  // Column 0 of U is constant: left out, X and Y are centred but for what is added.
  const u = (i: number, j: number) => hadamard(i, j + 1) / Math.sqrt(m)
  const v = (i: number, j: number) => hadamard(i, j) / Math.sqrt(p)
  const centre = Array.from({ length: p }, () => (offset * (random.integer(17) - 8)) / 8)
  const labelCentre = Array.from({ length: k }, () => (offset === 0 ? 0 : random.integer(9) / 4))
  const points = matrix(m, p)
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < p; j++) {
      let sum = centre[j]
      for (let r = 0; r < rank; r++) sum += u(i, r) * singularValues[r] * v(j, r)
      points.data[i * p + j] = sum
    }
  }
  // Labels are combinations of all columns of U but the constant one.
  const coefficients = Array.from({ length: k }, () =>
    Array.from({ length: m - 1 }, () => random.integer(33) - 16),
  )
  const labels = matrix(m, k)
  for (let i = 0; i < m; i++) {
    for (let c = 0; c < k; c++) {
      labels.data[i * k + c] = coefficients[c].reduce((sum, a, r) => sum + a * u(i, r), labelCentre[c])
    }
  }
  return {
    points,
    labels,
    singularValues,
    solution(ridge, intercept) {
      if (!intercept && offset !== 0) throw new Error('known only about the mean')
      const weight = matrix(k, p)
      for (let c = 0; c < k; c++) {
        for (let j = 0; j < p; j++) {
          // Ascending size, so that the sum is rounded once in effect.
          let sum = 0
          for (let r = 0; r < rank; r++) {
            const s = singularValues[r]
            sum += (coefficients[c][r] * v(j, r)) / (s + ridge / s)
          }
          weight.data[c * p + j] = sum
        }
      }
      const bias = Float64Array.from(labelCentre, (mean, c) =>
        intercept ? centre.reduce((sum, x, j) => sum - weight.data[c * p + j] * x, mean) : 0,
      )
      return { weight, bias }
    },
  }
}

/** Entry of the Sylvester–Hadamard matrix: the parity of the bits that i and j share. */
function hadamard(i: number, j: number): number {
  let bits = i & j
  let sign = 1
  for (; bits; bits &= bits - 1) sign = -sign
  return sign
}
