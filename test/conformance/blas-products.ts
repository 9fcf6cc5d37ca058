import type { FloatArray, Matrix } from '#linalg/blas'
import type { BlasCase } from './blas-case.ts'
import {
  check,
  checkElementType,
  checkSameBits,
  checkShape,
  mapped,
  product,
  rejection,
} from './blas-checks.ts'
import type { Precision } from './blas-matrices.ts'
import { integers, normal, randomFor } from './blas-matrices.ts'

/** rows, inner, cols: tiny, thin, and around the edges of register tiles and cache blocks. */
const shapes = [
  [1, 1, 1],
  [1, 5, 1],
  [5, 1, 7],
  [1, 64, 3],
  [3, 1, 1],
  [1, 1, 9],
  [7, 1000, 5],
  [31, 63, 65],
  [64, 64, 64],
  [65, 127, 33],
  [127, 129, 31],
  [129, 65, 257],
  [257, 31, 127],
  [300, 2, 300],
] as const

const scalings = [
  { alpha: 1, beta: 0 },
  { alpha: -0.75, beta: 1 },
  { alpha: 2.5, beta: -0.5 },
  { alpha: 0, beta: 1 },
] as const

export function productCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  return [...gemmCases(precision), ...syrkCases(precision), ...edgeCases(precision)]
}

function gemmCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  return shapes.map(([rows, inner, cols], index) => ({
    name: `gemm ${rows} × ${inner} × ${cols}, all transposes and scalings`,
    async run(blas) {
      const random = randomFor('gemm', index)
      for (const transposeA of [false, true]) {
        for (const transposeB of [false, true]) {
          const a = transposeA
            ? precision.matrix(inner, rows, normal(random, inner * rows))
            : precision.matrix(rows, inner, normal(random, rows * inner))
          const b = transposeB
            ? precision.matrix(cols, inner, normal(random, cols * inner))
            : precision.matrix(inner, cols, normal(random, inner * cols))
          const before = [a.data.slice(), b.data.slice()]
          const fresh = await blas.gemm(a, b, { transposeA, transposeB })
          checkElementType(fresh, precision)
          checkProduct(fresh, a, b, { transposeA, transposeB })
          for (const { alpha, beta } of scalings) {
            const start = precision.matrix(rows, cols, normal(random, rows * cols))
            const c = precision.matrix(rows, cols, start.data)
            const result = await blas.gemm(a, b, { transposeA, transposeB, alpha, beta, c })
            check(result.data === c.data, 'the given c is not what is returned')
            checkProduct(c, a, b, { transposeA, transposeB, alpha, beta, start })
          }
          checkSameBits(a.data, before[0], 'operand a was changed')
          checkSameBits(b.data, before[1], 'operand b was changed')
        }
      }
    },
  }))
}

function syrkCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  return shapes.map(([size, inner], index) => ({
    name: `syrk of ${size} × ${inner}, both sides and all scalings`,
    async run(blas) {
      const random = randomFor('syrk', index)
      for (const transpose of [false, true]) {
        const a = transpose
          ? precision.matrix(inner, size, normal(random, inner * size))
          : precision.matrix(size, inner, normal(random, size * inner))
        const factors = { transposeA: transpose, transposeB: !transpose }
        const fresh = await blas.syrk(a, { transpose })
        checkElementType(fresh, precision)
        checkProduct(fresh, a, a, factors)
        checkSymmetric(fresh)
        for (const { alpha, beta } of scalings) {
          const start = symmetric(precision, size, normal(random, size * size))
          const c = precision.matrix(size, size, start.data)
          const result = await blas.syrk(a, { transpose, alpha, beta, c })
          check(result.data === c.data, 'the given c is not what is returned')
          checkProduct(c, a, a, { ...factors, alpha, beta, start })
          checkSymmetric(c)
        }
      }
    },
  }))
}

function edgeCases<A extends FloatArray>(precision: Precision<A>): BlasCase[] {
  return [
    {
      name: 'integer products whose sums stay below 2²⁴ are exact',
      async run(blas) {
        const random = randomFor('exact')
        const a = precision.matrix(67, 1000, integers(random, 67 * 1000, 128))
        const b = precision.matrix(1000, 71, integers(random, 1000 * 71, 128))
        checkSameBits((await blas.gemm(a, b)).data, product(a, b).data, 'gemm')
        const gram = product(a, a, { transposeB: true })
        checkSameBits((await blas.syrk(a)).data, gram.data, 'syrk')
        const at = product(precision.matrix(1, 1, [1]), precision.matrix(1, 1, [1]))
        check(at.data[0] === 1, 'the reference itself is wrong')
      },
    },
    {
      name: 'products of empty matrices: no rows, no columns, nothing between',
      async run(blas) {
        const empty = (rows: number, cols: number) => precision.matrix(rows, cols)
        checkShape(await blas.gemm(empty(0, 3), empty(3, 4)), 0, 4, '0 × 3 · 3 × 4')
        checkShape(await blas.gemm(empty(2, 3), empty(3, 0)), 2, 0, '2 × 3 · 3 × 0')
        const none = await blas.gemm(empty(2, 0), empty(0, 3))
        checkSameBits(none.data, [0, 0, 0, 0, 0, 0], '2 × 0 · 0 × 3')
        const c = precision.matrix(2, 2, [1, 2, 2, 4])
        await blas.gemm(empty(2, 0), empty(0, 2), { beta: 3, c })
        checkSameBits(c.data, [3, 6, 6, 12], 'beta·c with nothing between')
        await blas.syrk(empty(2, 0), { beta: 0.5, c })
        checkSameBits(c.data, [1.5, 3, 3, 6], 'syrk: beta·c with nothing between')
        checkShape(await blas.syrk(empty(0, 5)), 0, 0, 'syrk of 0 × 5')
        checkSameBits((await blas.syrk(empty(5, 2), { transpose: true })).data, [0, 0, 0, 0], 'syrk of zeros')
      },
    },
    {
      name: 'beta 0 forgets what c held, NaN too',
      async run(blas) {
        const random = randomFor('forget')
        for (const inner of [0, 1, 40]) {
          const a = precision.matrix(33, inner, normal(random, 33 * inner))
          const c = precision.matrix(33, 33, new Float64Array(33 * 33).fill(NaN))
          checkProduct(await blas.gemm(a, a, { transposeB: true, beta: 0, c }), a, a, { transposeB: true })
          c.data.fill(NaN)
          checkProduct(await blas.syrk(a, { beta: 0, c }), a, a, { transposeB: true })
        }
      },
    },
    {
      name: 'views into a larger array are read and written in place, and nothing beside them',
      async run(blas) {
        const random = randomFor('views')
        const store = precision.matrix(1, 400, normal(random, 400))
        const a = { rows: 9, cols: 7, data: subarray(store, 3, 63) }
        const b = { rows: 7, cols: 5, data: subarray(store, 101, 35) }
        const c = { rows: 9, cols: 5, data: subarray(store, 201, 45) }
        const before = store.data.slice()
        await blas.gemm(a, b, { c })
        checkProduct(c, a, b, {})
        const outside = (_: number, i: number) => i < 201 || i >= 246
        checkSameBits(store.data.filter(outside), before.filter(outside), 'outside the view')
      },
    },
    {
      name: 'NaN and infinity pass through a product',
      async run(blas) {
        const a = precision.matrix(2, 2, [1, NaN, Infinity, 1])
        const c = await blas.gemm(a, precision.matrix(2, 2, [1, 1, 1, 1]))
        check(Number.isNaN(c.data[0]) && c.data[2] === Infinity, `got ${c.data.join(', ')}`)
      },
    },
    {
      name: 'shapes that do not fit are a RangeError',
      async run(blas) {
        const a = precision.matrix(2, 3)
        await rejection(blas.gemm(a, a), RangeError)
        await rejection(blas.gemm(a, precision.matrix(3, 2), { c: precision.matrix(2, 3) }), RangeError)
        await rejection(blas.gemm({ ...a, rows: 3 }, precision.matrix(3, 2)), RangeError)
        await rejection(blas.syrk(a, { c: precision.matrix(3, 3) }), RangeError)
        const square = precision.matrix(2, 2)
        await rejection(blas.gemm(square, precision.matrix(2, 2), { c: square }), RangeError)
      },
    },
  ]
}

interface ProductOptions {
  transposeA?: boolean
  transposeB?: boolean
  alpha?: number
  beta?: number
  start?: Matrix<FloatArray>
}

/** Every element within the rounding bound of a sum of products, |error| ≤ (inner + 3)·ε·(|alpha|·|a|·|b| + |beta·c|). */
function checkProduct(
  c: Matrix<FloatArray>,
  a: Matrix<FloatArray>,
  b: Matrix<FloatArray>,
  options: ProductOptions,
): void {
  const { alpha = 1, beta = 0, start } = options
  const exact = product(a, b, options)
  const sizes = product(mapped(a, Math.abs), mapped(b, Math.abs), options)
  const inner = options.transposeA ? a.rows : a.cols
  const epsilon = c.data instanceof Float32Array ? 2 ** -23 : 2 ** -52
  checkShape(c, exact.rows, exact.cols, 'the product')
  for (let i = 0; i < exact.data.length; i++) {
    const added = start ? beta * start.data[i] : 0
    const bound = (inner + 3) * epsilon * (Math.abs(alpha) * sizes.data[i] + Math.abs(added))
    const error = Math.abs(c.data[i] - (alpha * exact.data[i] + added))
    check(error <= bound, `element ${i} is ${c.data[i]}, off by ${error}, more than ${bound}`)
  }
}

function checkSymmetric(c: Matrix<FloatArray>): void {
  for (let i = 0; i < c.rows; i++) {
    for (let j = 0; j < i; j++) {
      const [low, high] = [c.data[i * c.cols + j], c.data[j * c.cols + i]]
      check(Object.is(low, high), `(${i}, ${j}) is ${low}, (${j}, ${i}) is ${high}`)
    }
  }
}

function symmetric<A extends FloatArray>(
  precision: Precision<A>,
  size: number,
  values: Float64Array,
): Matrix<A> {
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) values[j * size + i] = values[i * size + j]
  return precision.matrix(size, size, values)
}

function subarray<A extends FloatArray>(store: Matrix<A>, start: number, length: number): A
function subarray(store: Matrix<FloatArray>, start: number, length: number): FloatArray {
  return store.data.subarray(start, start + length)
}
