import { afterAll, beforeAll, expect, it } from 'vitest'
import { matrix, matrixOf, relativeError, rowsOf, takeRows } from '#core/matrix'
import { createKernel } from '#kernels/index'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { predictKernelRidge, relativeRidge, trainKernelRidge, withRidge } from '#models/kernel-ridge'
import { streamedLeastSquares } from '#models/streamed-least-squares'
import { gaussian } from '../conformance/feature-map.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas({})).blas
})
afterAll(() => blas.close())

const kernel = createKernel({ id: 'ntk', parameters: { depth: 2 } })

it('predicts what solving K α = Y by elimination predicts', async () => {
  const points = gaussian(6, 4, 'points')
  const labels = gaussian(6, 3, 'labels')
  const inputs = gaussian(9, 4, 'inputs')
  const offset = Float64Array.of(1, -2, 0.5)
  for (const ridge of [0, 0.3]) {
    const model = await trainKernelRidge(kernel, { points, labels, ridge, offset }, blas)
    const gram = withRidge(await kernel.symmetricGram(points, blas), ridge)
    const dual = await blas.solve(gram, labels)
    const expected = await blas.gemm(await kernel.gram(inputs, points, blas), dual)
    expected.data.forEach((value, at) => (expected.data[at] = value + offset[at % 3]))
    expect(relativeError(await predictKernelRidge(model, inputs, blas), expected)).toBeLessThan(1e-11)
    if (ridge > 0) continue
    const fitted = await predictKernelRidge(model, points, blas)
    fitted.data.forEach((value, at) => expect(value - offset[at % 3]).toBeCloseTo(labels.data[at], 7))
  }
})

it('is a number where everything is one', async () => {
  const set = { points: matrixOf([[2]]), labels: matrixOf([[3]]), ridge: 1, offset: Float64Array.of(0) }
  const model = await trainKernelRidge(createKernel({ id: 'rbf', parameters: { sigma: 1 } }), set, blas)
  const [value] = (await predictKernelRidge(model, matrixOf([[2]]), blas)).data
  expect(value).toBeCloseTo(1.5, 15)
  expect((await predictKernelRidge(model, matrix(0, 1), blas)).rows).toBe(0)
})

it('streams many inputs', async () => {
  const points = gaussian(700, 3, 'points')
  const set = { points, labels: gaussian(700, 2, 'labels'), ridge: 1, offset: new Float64Array(2) }
  const model = await trainKernelRidge(kernel, set, blas)
  const inputs = gaussian(3200, 3, 'many')
  const whole = await predictKernelRidge(model, inputs, blas)
  const part = await predictKernelRidge(model, rowsOf(inputs, 3100, 3200), blas)
  expect(relativeError(part, rowsOf(whole, 3100, 3200))).toBeLessThan(1e-10)
  const controller = new AbortController()
  controller.abort()
  await expect(predictKernelRidge(model, inputs, blas, { signal: controller.signal })).rejects.toThrow()
})

it('refuses equal points without a ridge, and points that are not finite', async () => {
  const points = takeRows(gaussian(3, 4, 'points'), [0, 1, 2, 0, 1, 2])
  const set = { points, labels: gaussian(6, 1, 'labels'), offset: new Float64Array(1) }
  const linear = createKernel({ id: 'rbf', parameters: { sigma: 1 } })
  await expect(trainKernelRidge(linear, { ...set, ridge: -1e-12 }, blas)).rejects.toMatchObject({
    code: 'check/not-positive',
  })
  points.data[3] = NaN
  await expect(trainKernelRidge(kernel, { ...set, ridge: 1 }, blas)).rejects.toMatchObject({
    code: 'check/not-positive',
    message: 'the kernel of the points is not finite',
  })
})

it('has a relative ridge that scales with the kernel', async () => {
  const gram = await kernel.symmetricGram(gaussian(5, 4, 'points'), blas)
  const larger = matrix(
    5,
    5,
    gram.data.map((value) => 7 * value),
  )
  expect(relativeRidge(larger, 1e-3) / relativeRidge(gram, 1e-3)).toBeCloseTo(7, 12)
})

it.each([
  ['tall', 50, 7, 7],
  ['of low rank', 50, 7, 3],
  ['wide', 4, 7, 4],
  ['1 × 1', 1, 1, 1],
])('solves streamed least squares: %s', async (_, n, m, rank) => {
  const a = await blas.gemm(gaussian(n, rank, 'left'), gaussian(rank, m, 'right'))
  const b = gaussian(n, 2, 'b')
  const expected = await blas.leastSquares(a, b)
  for (const size of [1, 3, 50]) {
    const system = streamedLeastSquares(m, 2, blas)
    for (let from = 0; from < n; from += size) {
      const to = Math.min(n, from + size)
      await system.add(rowsOf(a, from, to), rowsOf(b, from, to))
    }
    const { solution, rank: found } = await system.solve()
    expect(found).toBe(Math.min(rank, n, m))
    expect(relativeError(solution, expected.x)).toBeLessThan(1e-10)
  }
})
