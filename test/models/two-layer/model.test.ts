import { afterAll, expect, it } from 'vitest'
import { matrix, relativeError } from '#core/matrix'
import { randomStream } from '#core/random'
import { createWasmBlas } from '#linalg/wasm/provider'
import { column } from '#models/two-layer/linear-part'
import type { TwoLayerModel } from '#models/two-layer/model'
import { predictTwoLayer, predictTwoLayerModels } from '#models/two-layer/model'

const blas = await createWasmBlas({ threads: 1 })
afterAll(() => blas.close())

const random = randomStream(4, 'models')
const normals = (rows: number, cols: number) =>
  matrix(rows, cols, random.fillNormal(new Float64Array(rows * cols)))
const [d, m, p] = [5, 2, 3]

/** On rows that are combinations of the points, thin or not. */
async function modelOf(points: ReturnType<typeof normals>, slope: Float64Array, isThin: boolean) {
  const pattern = normals(p, m)
  const first = {
    rows: await blas.gemm(pattern, points),
    mirrored: true,
    biases: normals(1, 2 * p).data,
    ...(isThin && { thin: { pattern, scale: 1, points } }),
  }
  return { first, second: normals(1, 2 * p).data, linear: { offset: 0.5, slope } } satisfies TwoLayerModel
}

it('predicts with several models what each predicts alone, whatever stands beside it', async () => {
  const [points, others] = [normals(m, d), normals(m, d)]
  const [slope, steeper] = [normals(d, 1).data, normals(d, 1).data]
  const models = [
    await modelOf(points, slope, true),
    await modelOf(points, slope, true),
    await modelOf(points, steeper, true),
    await modelOf(others, steeper, true),
    await modelOf(others, slope, false),
    await modelOf(points, slope, false),
  ]
  const inputs = normals(2050, d)
  const together = await predictTwoLayerModels(models, inputs, blas)
  for (const [i, model] of models.entries()) {
    const alone = await predictTwoLayer(model, inputs, blas)
    expect(relativeError(column(together[i]), column(alone))).toBeLessThan(1e-14)
  }
})
