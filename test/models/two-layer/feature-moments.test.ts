import { afterAll, describe, expect, it } from 'vitest'
import { matrix, relativeError } from '#core/matrix'
import { randomStream } from '#core/random'
import { createWasmBlas } from '#linalg/wasm/provider'
import { examplesInMemory } from '#models/two-layer/examples'
import { featureMoments } from '#models/two-layer/feature-moments'
import type { FirstLayer } from '#models/two-layer/first-layer'
import { features } from '#models/two-layer/first-layer'
import { column } from '#models/two-layer/linear-part'
import { lateBlas } from '../../linalg/late-blas.ts'

const blas = await createWasmBlas({ threads: 1 })
afterAll(() => blas.close())

const random = randomStream(8, 'moments')
const normals = (rows: number, cols: number) =>
  matrix(rows, cols, random.fillNormal(new Float64Array(rows * cols)))
const [n, d, m, p] = [45, 6, 2, 5]
const inputs = normals(n, d)
const targets = normals(n, 1).data
const linear = { offset: 0, slope: new Float64Array(d) }

async function layerOf(points: ReturnType<typeof normals>, scale: number): Promise<FirstLayer> {
  const pattern = normals(p, m)
  const rows = await blas.gemm(pattern, points, { alpha: scale })
  return { rows, mirrored: true, biases: normals(2 * p, 1).data, thin: { pattern, scale, points } }
}

const [one, other] = [normals(m, d), normals(m, d)]
const layers = {
  'one layer': [await layerOf(one, 1)],
  'two of the same points': [await layerOf(one, 1), await layerOf(one, 1)],
  'another step size': [await layerOf(one, 1), await layerOf(one, 0.3)],
  'other points': [await layerOf(one, 1), await layerOf(other, 1), await layerOf(one, 1)],
  'a wide one between': [await layerOf(one, 1), { ...(await layerOf(one, 1)), thin: undefined }],
}

describe.each(Object.entries(layers))('%s', (_, some) => {
  it.each([45, 10, 7])(
    'has the moments of its features, in blocks of %i rows that are multiplied late',
    async (rows) => {
      const passes = examplesInMemory(inputs, targets, rows)
      const found = await featureMoments(some, passes, linear, lateBlas(blas))
      for (const [j, layer] of some.entries()) {
        const phi = await features(layer, inputs, blas)
        const gram = await blas.syrk(phi, { transpose: true, alpha: 1 / n })
        const cross = await blas.gemm(phi, column(targets), { transposeA: true, alpha: 1 / n })
        expect(relativeError(found[j].gram, gram)).toBeLessThan(1e-14)
        expect(relativeError(column(found[j].cross), cross)).toBeLessThan(1e-13)
      }
    },
  )
})
