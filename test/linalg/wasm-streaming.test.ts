import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomStream } from '#core/random'
import type { FloatArray, Matrix } from '#linalg/blas'
import { kernelFor } from '#linalg/wasm/job'
import { loadModule } from '#linalg/wasm/module'
import { streamProduct } from '#linalg/wasm/streaming'
import { TeamLane } from '#linalg/wasm/team-lane'
import { startSharedTeam, startSingleThread } from '#linalg/wasm/team'
import { createWasmBlas } from '#linalg/wasm/provider'
import { detectCapabilities } from '#linalg/wasm/capabilities'
import { distance, mapped, product } from '../conformance/blas-checks.ts'

const random = randomStream(20261121, 'streaming')
const build = detectCapabilities().relaxedSimd ? 'relaxed' : 'simd'

function normal(rows: number, cols: number): Matrix {
  return { rows, cols, data: random.fillNormal(new Float64Array(rows * cols)) }
}

function expectClose(c: Matrix<FloatArray>, expected: Matrix<FloatArray>, inner: number): void {
  const size = distance(
    expected,
    mapped(expected, () => 0),
  )
  expect(distance(c, expected)).toBeLessThan(inner * 2 ** -52 * Math.max(1, size))
}

describe.each([
  { name: 'threads on shared memory', shared: true },
  { name: 'one thread, blocks sent as messages', shared: false },
])('products in blocks: $name', ({ shared }) => {
  let lane: TeamLane
  beforeAll(async () => {
    const module = await loadModule(build, shared)
    lane = new TeamLane(() => (shared ? startSharedTeam(module, 2) : startSingleThread(module)))
  })
  afterAll(() => lane.close())

  const flags = [false, true].flatMap((a) => [false, true].map((b) => ({ transposeA: a, transposeB: b })))
  test.each(flags)('gemm, every side cut: $transposeA, $transposeB', async ({ transposeA, transposeB }) => {
    for (const [rows, inner, cols] of [
      [100, 90, 110],
      [400, 20, 30],
      [20, 700, 30],
      [7, 5, 900],
    ]) {
      const a = transposeA ? normal(inner, rows) : normal(rows, inner)
      const b = transposeB ? normal(cols, inner) : normal(inner, cols)
      for (const beta of [0, -0.5]) {
        const c = normal(rows, cols)
        const exact = product(a, b, { transposeA, transposeB })
        const expected = mapped(exact, (value, row, col) => 2 * value + beta * c.data[row * cols + col])
        await streamProduct(
          lane,
          {
            shape: { rows, cols, inner },
            a,
            transposeA,
            b,
            transposeB,
            c,
            beta,
            kernel: kernelFor('gemm', c.data),
            arguments: ({ block, ...step }) => [
              ...[block.rows, block.cols, block.inner, Number(transposeA), Number(transposeB)],
              ...[2, step.a, step.b, step.beta, step.c],
            ],
          },
          2 ** 15,
        )
        expectClose(c, expected, inner)
      }
    }
  })

  test.each([false, true])('syrk, the inner side cut: transpose %s', async (transpose) => {
    const [size, inner] = [40, 1000]
    const a = transpose ? normal(inner, size) : normal(size, inner)
    const c = normal(size, size)
    const start = mapped(
      c,
      (value, row, col) => c.data[Math.max(row, col) * size + Math.min(row, col)] + 0 * value,
    )
    c.data.set(start.data)
    const exact = product(a, a, { transposeA: transpose, transposeB: !transpose })
    const expected = mapped(exact, (value, row, col) => value - start.data[row * size + col])
    await streamProduct(
      lane,
      {
        shape: { rows: size, cols: size, inner },
        a,
        transposeA: transpose,
        transposeB: false,
        c,
        beta: -1,
        kernel: kernelFor('syrk', c.data),
        arguments: ({ block, last, ...step }) => [
          ...[size, block.inner, Number(transpose), Number(last)],
          ...[1, step.a, step.beta, step.c],
        ],
      },
      2 ** 15,
    )
    expectClose(c, expected, inner)
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < i; j++) expect(c.data[i * size + j]).toBe(c.data[j * size + i])
    }
  })
})

test('a product beyond the streaming limit agrees with its parts', async () => {
  const blas = await createWasmBlas({ threads: 2 })
  try {
    const [rows, inner] = [40, 300_000]
    const data = Float64Array.from({ length: rows * inner }, (_, i) => ((i * 7919) % 17) - 8)
    const a = { rows: inner, cols: rows, data }
    const whole = await blas.syrk(a, { transpose: true })
    const sum = { rows, cols: rows, data: new Float64Array(rows * rows) }
    for (let start = 0; start < inner; start += 50_000) {
      const part = { rows: 50_000, cols: rows, data: data.subarray(start * rows, (start + 50_000) * rows) }
      await blas.gemm(part, part, { transposeA: true, beta: 1, c: sum })
    }
    // Integers: both are exact.
    expect(whole.data).toEqual(sum.data)
  } finally {
    await blas.close()
  }
})
