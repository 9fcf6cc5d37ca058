import type { Matrix } from '#core/matrix'
import { copyOf, frobeniusNorm, matrix } from '#core/matrix'
import { turn } from '#core/turn'
import type { Blas } from '#linalg/blas'

/** Solves x·a = b approximately for rows b. */
export type ApproximateSolver = (b: Matrix) => Promise<Matrix>

/** Corrections at most; each gains the digits that the solver has. */
const mostSteps = 8

/**
 * Iterative refinement with residuals of about twice float64's precision: the solution x of x·a = b to nearly the last
 * bit of float64, as long as the solver has any digit right (Wilkinson 1963; Higham, "Accuracy and Stability of
 * Numerical Algorithms", 2002, ch. 12). So the same a and b give the same x on every machine, up to rounding.
 * @param a symmetric, p × p
 * @param b k × p
 * @returns k × p; the solver's own answer where refinement gains nothing
 */
export async function refinedSolve(
  a: Matrix,
  b: Matrix,
  solver: ApproximateSolver,
  blas: Blas,
): Promise<Matrix> {
  let solution = await solver(b)
  let last = 1
  for (let step = 0; step < mostSteps; step++) {
    const correction = await solver(await preciseResidual(a, b, solution, blas))
    const size = frobeniusNorm(correction) / frobeniusNorm(solution)
    // No digit is gained any more: either all are right or the solver has none to give.
    if (!(size < last / 2)) break
    const refined = copyOf(solution)
    for (let t = 0; t < refined.data.length; t++) refined.data[t] += correction.data[t]
    solution = refined
    last = size
    // The next correction would be about size² of the solution.
    if (size * size < Number.EPSILON / 8) break
  }
  return solution
}

/**
 * b − x·a with an error of about 2⁻⁹⁰ |x|·|a|, by the error-free splitting of Ozaki, Ogita, Oishi & Rump ("Error-free
 * transformations of matrix multiplication", 2012): leading digits so short that their products add up exactly in
 * float64, whatever the order of summation; only far smaller products are rounded.
 */
export async function preciseResidual(a: Matrix, b: Matrix, x: Matrix, blas: Blas): Promise<Matrix> {
  const p = a.rows
  const bits = Math.floor((53 - Math.ceil(Math.log2(Math.max(2, p)))) / 2)
  const scales = rowScales(a)
  const slice = (rows: Matrix, own: boolean, first: number, last: number) =>
    digitsOf(rows, own ? rowScales(rows) : scales, own, bits, first, last)
  const x1 = await slice(x, true, 0, 1)
  const x2 = await slice(x, true, 1, 2)
  const x3 = await slice(x, true, 2, Infinity)
  const high = copyOf(b)
  const low = matrix(b.rows, b.cols)
  const subtract = async (left: Matrix, right: Matrix): Promise<void> => {
    const product = await blas.gemm(left, right)
    for (let t = 0; t < high.data.length; t++) {
      const sum = high.data[t] - product.data[t]
      const part = sum - high.data[t]
      low.data[t] += high.data[t] - (sum - part) - (product.data[t] + part)
      high.data[t] = sum
    }
  }
  const a1 = await slice(a, false, 0, 1)
  await subtract(x1, a1)
  await subtract(x2, a1)
  const a2 = await slice(a, false, 1, 2)
  await subtract(x1, a2)
  // From here on products are 2^(−2·bits) of the first, and their rounding does not matter.
  await subtract(x2, await slice(a, false, 1, Infinity))
  await subtract(x1, await slice(a, false, 2, Infinity))
  await subtract(x3, a)
  for (let t = 0; t < high.data.length; t++) high.data[t] += low.data[t]
  return high
}

/** A power of two not below any magnitude of each row; rows of zeros get 1. For symmetric matrices: of each column. */
function rowScales({ rows, cols, data }: Matrix): Float64Array {
  const scales = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    let largest = 0
    for (let j = i * cols; j < (i + 1) * cols; j++) largest = Math.max(largest, Math.abs(data[j]))
    scales[i] = largest === 0 ? 1 : 2 ** Math.ceil(Math.log2(largest))
  }
  return scales
}

/**
 * Digits first..last (of `bits` bits each) of every entry below its row's scale (`byRow`) or its column's; `last`
 * Infinity keeps all that remains. Exact.
 */
async function digitsOf(
  { rows, cols, data }: Matrix,
  scales: Float64Array,
  byRow: boolean,
  bits: number,
  first: number,
  last: number,
): Promise<Matrix> {
  const result = matrix(rows, cols)
  // Adding and subtracting 1.5 · 2^52 units rounds to a multiple of the unit.
  const rounder = (digits: number) => 1.5 * 2 ** (52 - bits * digits)
  const below = first === 0 ? 0 : rounder(first)
  const upTo = Number.isFinite(last) ? rounder(last) : 0
  let since = performance.now()
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const t = i * cols + j
      const value = data[t]
      const scale = byRow ? scales[i] : scales[j]
      const above = below === 0 ? 0 : value + below * scale - below * scale
      const kept = upTo === 0 ? value : value + upTo * scale - upTo * scale
      result.data[t] = kept - above
    }
    if ((i & 31) !== 31 || performance.now() - since < 10) continue
    await turn()
    since = performance.now()
  }
  return result
}
