import type { FloatArray, Matrix } from '#core/matrix'
import { matrix, matrix32 } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'

/** One row of the benchmark, in the words that the NumPy peer understands too. */
export interface Work {
  readonly kind: 'gemm' | 'gram' | 'cholesky' | 'eigen' | 'svd'
  readonly type: 'float32' | 'float64'
  readonly rows: number
  readonly cols: number
}

const types = ['float32', 'float64'] as const

export const works: readonly Work[] = [
  ...[256, 1024, 2048].flatMap((size) =>
    types.map((type): Work => ({ kind: 'gemm', type, rows: size, cols: size })),
  ),
  ...types.map((type): Work => ({ kind: 'gram', type, rows: 60_000, cols: 784 })),
  { kind: 'cholesky', type: 'float64', rows: 1000, cols: 1000 },
  { kind: 'cholesky', type: 'float64', rows: 3000, cols: 3000 },
  { kind: 'eigen', type: 'float64', rows: 784, cols: 784 },
  { kind: 'svd', type: 'float64', rows: 784, cols: 784 },
]

export function titleOf({ kind, type, rows, cols }: Work): string {
  const title = {
    gemm: 'gemm',
    gram: 'Gram (syrk)',
    cholesky: 'Cholesky',
    eigen: 'symmetric eigen',
    svd: 'SVD',
  }[kind]
  return `${title} ${rows === cols ? rows : `${cols}×${rows}`}, ${type}`
}

/** Builds the operands once, and the place of a product; the result does the work on a provider. */
export function prepare({ kind, type, rows, cols }: Work): (blas: Blas) => Promise<unknown> {
  return type === 'float32'
    ? operation(kind, normal(matrix32(rows, cols)), () => matrix32(rows, cols))
    : operation(kind, normal(matrix(rows, cols)), () => matrix(rows, cols))
}

function operation<A extends FloatArray>(
  kind: Work['kind'],
  a: Matrix<A>,
  zero: () => Matrix<A>,
): (blas: Blas) => Promise<unknown> {
  if (kind === 'gemm') {
    const b = normal(zero())
    const c = zero()
    return (blas) => blas.gemm(a, b, { c })
  }
  if (kind === 'gram') return (blas) => blas.syrk(a, { transpose: true })
  if (kind === 'svd') return (blas) => blas.svd(a)
  const symmetric = zero()
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.cols; j++) {
      symmetric.data[i * a.cols + j] = (a.data[i * a.cols + j] + a.data[j * a.cols + i]) / 2
    }
    // Above the spectral radius of the rest, 2·√(size/2) for large sizes.
    if (kind === 'cholesky') symmetric.data[i * a.cols + i] += 4 * Math.sqrt(a.rows)
  }
  return kind === 'cholesky' ? (blas) => blas.cholesky(symmetric) : (blas) => blas.eigenSymmetric(symmetric)
}

/** Random rows, repeated: the time does not depend on them, and drawing them all would take longer. */
function normal<A extends FloatArray>(a: Matrix<A>): Matrix<A> {
  const block = randomStream(0, 'bench').fillNormal(new Float64Array(Math.min(a.rows, 1000) * a.cols))
  for (let start = 0; start < a.data.length; start += block.length) {
    a.data.set(block.subarray(0, Math.min(block.length, a.data.length - start)), start)
  }
  return a
}
