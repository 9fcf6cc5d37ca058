import { afterAll, describe, expect, it } from 'vitest'
import type { Batch } from '#core/dataset'
import { matrix } from '#core/matrix'
import { collectStatistics } from '#statistics/collect'
import { holdOutMembership } from '#statistics/hold-out'
import type { MappedOptions } from '#statistics/mapped'
import { collectMapped } from '#statistics/mapped'
import { availableBlas } from './blas.ts'
import { byteExamples, byteShape, datasetOf } from './samples.ts'

const [blas, ...others] = await availableBlas()
afterAll(() => Promise.all([blas, ...others].map((provider) => provider.close())))

const width = 5
const size = 3
const count = 9000
const bytes = byteExamples(count, width, 2)
const holdOut = { seed: 4, fraction: 0.1 }

/** φ(x) = (x₀ / 255, sin x₁, x₂ x₃ / 255²), written out. */
function features(inputs: ArrayLike<number>, at: number): number[] {
  return [inputs[at] / 255, Math.sin(inputs[at + 1]), (inputs[at + 2] * inputs[at + 3]) / 255 ** 2]
}

const map: MappedOptions['map'] = async (batch) => {
  const result = matrix(batch.count, size)
  for (let i = 0; i < batch.count; i++) result.data.set(features(batch.inputs, i * width), i * size)
  return async () => result
}

function collect(examples: Batch, change: Partial<MappedOptions> = {}) {
  const dataset = datasetOf(examples, byteShape(width, 2))
  const options = { blas, holdOut, featureSize: size, identity: 'a map', map, ...change }
  return collectMapped(dataset.splits.train, dataset, options)
}

/** The sums over some examples from their definition. */
function plain(examples: Batch, chosen: (index: number) => boolean) {
  const sums = {
    count: 0,
    gram: new Float64Array(9),
    cross: new Float64Array(6),
    inputSum: new Float64Array(3),
  }
  for (let i = 0; i < examples.count; i++) {
    if (!chosen(i)) continue
    const phi = features(examples.inputs, i * width)
    sums.count++
    phi.forEach((a, p) => {
      sums.inputSum[p] += a
      sums.cross[examples.targets[i] * size + p] += a
      phi.forEach((b, q) => (sums.gram[p * size + q] += a * b))
    })
  }
  return sums
}

function expectClose(found: Float64Array, wanted: Float64Array): void {
  expect(found.length).toBe(wanted.length)
  found.forEach((value, at) =>
    expect(Math.abs(value - wanted[at])).toBeLessThan(1e-11 * Math.abs(wanted[at]) + 1e-9),
  )
}

describe('statistics of mapped examples', () => {
  const isHeldOut = holdOutMembership(holdOut, count)

  it('are the plain sums, with and without what is held out', async () => {
    const { fit, whole } = await collect(bytes)
    for (const [found, chosen] of [
      [fit, (i: number) => !isHeldOut(i)],
      [whole, () => true],
    ] as const) {
      const wanted = plain(bytes, chosen)
      expect([found.count, found.inputSize, found.targetSize]).toEqual([wanted.count, size, 2])
      expectClose(found.gram.data, wanted.gram)
      expectClose(found.cross.data, wanted.cross)
      expectClose(found.inputSum, wanted.inputSum)
      const classes = [0, 1].map((c) => bytes.targets.filter((label, i) => label === c && chosen(i)).length)
      expect([...found.targetSum]).toEqual(classes)
      expect([...found.targetGram.data]).toEqual([classes[0], 0, 0, classes[1]])
    }
    expect(fit.count).toBeLessThan(whole.count)
  })

  it('give the held-out examples raw and mapped, in order', async () => {
    const { holdOutExamples, holdOutInputs } = await collect(bytes)
    expect(holdOutInputs.rows).toBe(holdOutExamples.count)
    for (let i = 0; i < holdOutExamples.count; i += 97) {
      expect([...holdOutInputs.data.subarray(i * size, (i + 1) * size)]).toEqual(
        features(holdOutExamples.inputs, i * width),
      )
    }
  })

  it('are the same bits each time', async () => {
    const [once, again] = [await collect(bytes), await collect(bytes)]
    expect(again.whole).toEqual(once.whole)
  })

  it('name the data, the map and the part', async () => {
    const provenance = async (examples: Batch, identity: string) =>
      (await collect(examples, { identity })).whole.provenance
    const original = await provenance(bytes, 'a map')
    const inputs = Uint8Array.from(bytes.inputs)
    inputs[12345] ^= 1
    const targets = Int32Array.from(bytes.targets as Int32Array)
    targets[77] = 1 - targets[77]
    expect(await provenance({ ...bytes, inputs }, 'a map')).not.toBe(original)
    expect(await provenance({ ...bytes, targets }, 'a map')).not.toBe(original)
    expect(await provenance(bytes, 'another map')).not.toBe(original)
    expect((await collect(bytes)).fit.provenance).not.toBe(original)
    const dataset = datasetOf(bytes, byteShape(width, 2))
    const raw = await collectStatistics(dataset.splits.train, dataset, { blas, holdOut })
    expect(raw.fit.count).toBe((await collect(bytes)).fit.count)
  })

  it('refuse a class that does not exist and a feature that is not finite, by example', async () => {
    const targets = Int32Array.from(bytes.targets as Int32Array)
    targets[8123] = 2
    await expect(collect({ ...bytes, targets })).rejects.toMatchObject({
      code: 'data/label-range',
      values: { example: 8123 },
    })
    const broken: MappedOptions['map'] = async (batch) => {
      const result = await (await map(batch))()
      if (batch.start === 4096) result.data[7 * size] = NaN
      return async () => result
    }
    await expect(collect(bytes, { map: broken })).rejects.toMatchObject({
      code: 'data/not-finite',
      values: { example: 4103 },
    })
  })

  it('stop when asked to', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    const pass = collect(bytes, {
      watch: { signal: controller.signal },
      visit: () => controller.abort(reason),
    })
    await expect(pass).rejects.toBe(reason)
  })
})
