import { afterAll, describe, expect, it } from 'vitest'
import { matrix, relativeError } from '#core/matrix'
import { randomStream } from '#core/random'
import { createWasmBlas } from '#linalg/wasm/provider'
import { createCentredExamples } from '#models/two-layer/centred-examples'
import { examplesInMemory } from '#models/two-layer/examples'
import { featureMoments } from '#models/two-layer/feature-moments'
import type { FirstLayer } from '#models/two-layer/first-layer'
import { features, projections } from '#models/two-layer/first-layer'
import { createKeptProjections } from '#models/two-layer/kept-projections'
import { column } from '#models/two-layer/linear-part'
import { createRoom } from '#models/two-layer/room'
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

it('leaves projections that a second pass finds again', async () => {
  const room = createRoom()
  const passes = examplesInMemory(inputs, targets, 10)
  for (const layer of [layers['one layer'][0], { ...layers['one layer'][0], thin: undefined }]) {
    const along = await createKeptProjections(layer, passes, blas, room)
    expect(along.all?.rows).toBe(layer.thin && n)
    const [found] = await featureMoments([layer], passes, linear, blas, { along })
    const [wanted] = await featureMoments([layer], passes, linear, blas)
    expect(relativeError(found.gram, wanted.gram)).toBeLessThan(1e-14)
    let block = 0
    for await (const { inputs: rows } of passes()) {
      const [again, fresh] = [await along.of(block++, rows), await projections(layer, rows, blas)]
      expect(relativeError(again, fresh)).toBeLessThan(1e-15)
    }
  }
  const streamed = () => passes()
  const { all } = await createKeptProjections(layers['one layer'][0], streamed, blas, room)
  expect(all).toBeUndefined()
})

it('takes the linear part out of examples in memory once, and of no others', async () => {
  const part = { offset: 0.5, slope: normals(d, 1).data }
  const passes = examplesInMemory(inputs, targets, 10)
  let reads = 0
  const counted = Object.assign(
    () => {
      reads++
      return passes()
    },
    { held: passes.held },
  )
  const centred = createCentredExamples(counted, blas)
  const [one] = layers['one layer']
  const [wanted] = await featureMoments([one], passes, part, blas)
  for (let turn = 0; turn < 2; turn++) {
    const { passes: rest, linear: nothing } = await centred(part)
    expect(nothing.slope.every((value) => value === 0)).toBe(true)
    const [found] = await featureMoments([one], rest, nothing, blas)
    expect(found).toEqual(wanted)
  }
  expect(reads).toBe(1)
  const moved = await centred({ ...part, offset: 0 })
  const [high, low] = [moved, await centred(part)].map(({ passes: { held } }) => held?.targets[0] ?? NaN)
  expect(high - low).toBeCloseTo(0.5, 12)
  const streamed = () => passes()
  expect(await createCentredExamples(streamed, blas)(part)).toEqual({ passes: streamed, linear: part })
})

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

  // One block, fewer and more than are added up in float32 together.
  it.each([45, 10, 2])('has them from float32 products, in blocks of %i rows', async (rows) => {
    const passes = examplesInMemory(inputs, targets, rows)
    const found = await featureMoments(some, passes, linear, lateBlas(blas), { products: 'float32' })
    const exact = await featureMoments(some, passes, linear, blas)
    for (const [j, { gram, cross }] of exact.entries()) {
      expect(relativeError(found[j].gram, gram)).toBeLessThan(1e-6)
      expect(relativeError(column(found[j].cross), column(cross))).toBeLessThan(1e-6)
    }
  })
})
