import type { Matrix } from '#core/matrix'
import { copyOf, frobeniusNorm, matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { byRows } from '#statistics/by-rows'

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
 * b − x·a with an error of about 2⁻⁷⁵ |x|·|a|, by the error-free splitting of Ozaki, Ogita, Oishi & Rump ("Error-free
 * transformations of matrix multiplication", 2012): leading digits so short that their products add up exactly in
 * float64, whatever the order of summation; only far smaller products are rounded.
 */
export async function preciseResidual(a: Matrix, b: Matrix, x: Matrix, blas: Blas): Promise<Matrix> {
  const p = a.rows
  const bits = Math.floor((53 - Math.ceil(Math.log2(Math.max(2, p)))) / 2)
  const rows = await splitter(x, bits, 'row')
  const columns = await splitter(a, bits, 'column')
  const x1 = await rows(0, 1, matrix(x.rows, x.cols))
  const x2 = await rows(1, 2, matrix(x.rows, x.cols))
  const x3 = await rows(2, Infinity, matrix(x.rows, x.cols))
  const residual = copyOf(b)
  // Whole products, not sums onto b: the leading ones cancel it and leave few digits to lose.
  const subtract = async (left: Matrix, right: Matrix): Promise<void> => {
    const product = await blas.gemm(left, right)
    for (let t = 0; t < residual.data.length; t++) residual.data[t] -= product.data[t]
  }
  const digits = matrix(p, p)
  await columns(0, 1, digits)
  await subtract(x1, digits)
  await subtract(x2, digits)
  await columns(1, 2, digits)
  await subtract(x1, digits)
  // From here on products are 2^(−2·bits) of the first, and their rounding does not matter.
  await columns(1, Infinity, digits)
  await subtract(x2, digits)
  await columns(2, Infinity, digits)
  await subtract(x1, digits)
  await subtract(x3, a)
  return residual
}

/** Writes digits first..last of every entry; `last` Infinity: all that remains. */
type Splitter = (first: number, last: number, into: Matrix) => Promise<Matrix>

/**
 * Cuts entries without error into digits of `bits` bits each, counted from a power of two not below any magnitude of
 * the entry's row or column.
 */
async function splitter(a: Matrix, bits: number, scaledBy: 'row' | 'column'): Promise<Splitter> {
  const { rows, cols, data } = a
  const byRow = scaledBy === 'row'
  const scales = new Float64Array(byRow ? rows : cols)
  await byRows(rows, cols, (i) => {
    for (let j = 0; j < cols; j++) {
      const s = byRow ? i : j
      scales[s] = Math.max(scales[s], Math.abs(data[i * cols + j]))
    }
  })
  scales.forEach((largest, s) => (scales[s] = largest === 0 ? 1 : 2 ** Math.ceil(Math.log2(largest))))
  // Adding and subtracting 1.5 · 2⁵² units rounds to a multiple of the unit.
  const rounder = (digits: number) => 1.5 * 2 ** (52 - bits * digits)
  const scalesOf = (i: number) => (byRow ? new Float64Array(cols).fill(scales[i]) : scales)
  return async (first, last, into) => {
    await byRows(rows, cols, (i) => {
      const from = i * cols
      const row = into.data.subarray(from, from + cols)
      row.set(data.subarray(from, from + cols))
      if (last < Infinity) roundTo(row, rounder(last), scalesOf(i))
      if (first > 0) subtractRounded(row, data, from, rounder(first), scalesOf(i))
    })
    return into
  }
}

/** Rounds each value to a multiple of the unit that its scale gives, in place. */
function roundTo(row: Float64Array, rounder: number, scales: Float64Array): void {
  for (let j = 0; j < row.length; j++) {
    const shift = rounder * scales[j]
    row[j] = row[j] + shift - shift
  }
}

/** Takes from a row the values at `from` on, rounded. */
function subtractRounded(
  row: Float64Array,
  data: Float64Array,
  from: number,
  rounder: number,
  scales: Float64Array,
): void {
  for (let j = 0; j < row.length; j++) {
    const shift = rounder * scales[j]
    row[j] -= data[from + j] + shift - shift
  }
}
