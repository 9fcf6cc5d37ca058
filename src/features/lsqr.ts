import type { Matrix } from '#core/matrix'
import { matrix } from '#core/matrix'
import type { Watch } from '#core/progress'

/** A linear map known only by what it does to rows. */
export interface Operator {
  readonly inputs: number
  readonly outputs: number
  /** n × inputs to n × outputs. */
  apply(rows: Matrix): Promise<Matrix>
  /** n × outputs to n × inputs. */
  applyTransposed(rows: Matrix): Promise<Matrix>
}

export interface LsqrOptions {
  readonly watch?: Watch
  /** Default: 4 · min(inputs, outputs) + 100, at most 5000. */
  readonly iterations?: number
}

/**
 * The minimum-norm least-squares solution for every row, iteratively: LSQR (Paige, Saunders, "LSQR: an algorithm for
 * sparse linear equations and sparse least squares", ACM TOMS 8 (1982)), all rows in step. It stops when every row has
 * converged to rounding, or at the iteration limit; the caller measures what is left.
 * @param targets n × outputs
 * @returns n × inputs
 */
export async function lsqr(operator: Operator, targets: Matrix, options: LsqrOptions = {}): Promise<Matrix> {
  const { inputs, outputs } = operator
  const n = targets.rows
  const report = options.watch?.report
  const limit = options.iterations ?? Math.min(5000, 4 * Math.min(inputs, outputs) + 100)
  const solution = matrix(n, inputs)

  const u = matrix(n, outputs, targets.data.slice())
  const beta = normalise(u)
  const v = await operator.applyTransposed(u)
  const alpha = normalise(v)
  const w = matrix(n, inputs, v.data.slice())
  const phiBar = beta.slice()
  const rhoBar = alpha.slice()
  const size = beta.slice()
  const frobenius = alpha.map((value) => value * value)
  const active = Uint8Array.from(beta, (value, i) => (value > 0 && alpha[i] > 0 ? 1 : 0))

  for (let iteration = 0; iteration < limit && active.includes(1); iteration++) {
    options.watch?.signal?.throwIfAborted()
    replace(u, await operator.apply(v), alpha)
    const nextBeta = normalise(u)
    replace(v, await operator.applyTransposed(u), nextBeta)
    const nextAlpha = normalise(v)
    for (let i = 0; i < n; i++) {
      if (active[i] === 0) continue
      const rho = Math.hypot(rhoBar[i], nextBeta[i])
      const cosine = rhoBar[i] / rho
      const sine = nextBeta[i] / rho
      const theta = sine * nextAlpha[i]
      const phi = cosine * phiBar[i]
      rhoBar[i] = -cosine * nextAlpha[i]
      phiBar[i] *= sine
      for (let at = i * inputs; at < (i + 1) * inputs; at++) {
        solution.data[at] += (phi / rho) * w.data[at]
        w.data[at] = v.data[at] - (theta / rho) * w.data[at]
      }
      frobenius[i] += nextAlpha[i] ** 2 + nextBeta[i] ** 2
      // |φ̄| is the residual, |φ̄ α c| the norm of its image under the transpose.
      const consistent = Math.abs(phiBar[i]) <= Number.EPSILON * size[i]
      const orthogonal = nextAlpha[i] * Math.abs(cosine) <= Number.EPSILON * Math.sqrt(frobenius[i])
      if (consistent || orthogonal) active[i] = 0
    }
    alpha.set(nextAlpha)
    beta.set(nextBeta)
    report?.({ stage: 'inverse', done: iteration + 1, total: limit, unit: 'iterations' })
  }
  return solution
}

/** Scales every row to length one; returns the lengths. A zero row stays. */
function normalise(a: Matrix): Float64Array {
  const lengths = new Float64Array(a.rows)
  for (let i = 0; i < a.rows; i++) {
    let sum = 0
    for (let at = i * a.cols; at < (i + 1) * a.cols; at++) sum += a.data[at] * a.data[at]
    lengths[i] = Math.sqrt(sum)
    if (sum === 0) continue
    for (let at = i * a.cols; at < (i + 1) * a.cols; at++) a.data[at] /= lengths[i]
  }
  return lengths
}

/** a ← image − factor ∘ a, row by row. */
function replace(a: Matrix, image: Matrix, factors: Float64Array): void {
  for (let i = 0, at = 0; i < a.rows; i++) {
    for (let j = 0; j < a.cols; j++, at++) a.data[at] = image.data[at] - factors[i] * a.data[at]
  }
}
