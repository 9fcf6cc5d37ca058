import { afterAll, describe, expect, it } from 'vitest'
import type { Batch } from '#core/dataset'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import { createAccumulator } from '#statistics/accumulator'
import {
  addBinnedProduct,
  addBinnedSums,
  binnedValue,
  createBinnedSums,
  mostAddends,
} from '#statistics/binned-sums'
import { collectStatistics } from '#statistics/collect'
import type { StatisticsRecord } from '#statistics/record'
import { finishRecord, mergeRecords } from '#statistics/record'
import { removeExamples } from '#statistics/removal'
import { availableBlas } from './blas.ts'
import { datasetOf, floatExamples, floatShape, pieces, shuffled, slice } from './samples.ts'

const [blas, ...others] = await availableBlas()
afterAll(() => Promise.all([blas, ...others].map((provider) => provider.close())))

async function sumOf(values: readonly number[]) {
  const sums = createBinnedSums(1)
  for (const value of values) await addBinnedProduct(sums, matrix(1, 1, Float64Array.of(value)))
  return sums
}

/** The exact sum, rounded once: integers scaled by 2¹⁰⁷⁴. */
function exactSum(values: readonly number[]): number {
  let total = 0n
  for (const value of values) {
    const bits = new DataView(new ArrayBuffer(8))
    bits.setFloat64(0, value)
    const high = bits.getUint32(0)
    const exponent = (high >>> 20) & 0x7ff
    const mantissa = (BigInt(high & 0xfffff) << 32n) | BigInt(bits.getUint32(4))
    const integer = exponent === 0 ? mantissa : (mantissa | (1n << 52n)) << BigInt(exponent - 1)
    total += high >>> 31 ? -integer : integer
  }
  const sign = total < 0n ? -1 : 1
  let magnitude = total < 0n ? -total : total
  let shift = 0
  while (magnitude >= 1n << 1000n) {
    magnitude >>= 1n
    shift++
  }
  return (sign * Number(magnitude)) / 2 ** 537 / 2 ** (537 - shift)
}

describe('order-free sums', () => {
  it('do not depend on the order of their addends, nor on how they are grouped', async () => {
    const random = randomStream(1, 'addends')
    for (let trial = 0; trial < 30; trial++) {
      const spread = trial * 12
      const values = Array.from(
        { length: 60 },
        () => random.normal() * 2 ** (random.integer(2 * spread + 1) - spread),
      )
      const reference = await sumOf(values)
      for (let order = 0; order < 5; order++) {
        const permuted = shuffled(values, 100 * trial + order)
        expect(await sumOf(permuted)).toEqual(reference)
        const cut = random.integer(values.length)
        const left = await sumOf(permuted.slice(0, cut))
        await addBinnedSums(left, await sumOf(permuted.slice(cut)), 1)
        expect(left).toEqual(reference)
      }
      const largest = Math.max(...values.map(Math.abs))
      const error = Math.abs(binnedValue(reference, 0) - exactSum(values))
      expect(error / largest).toBeLessThan(60 * 2 ** -64 + 2 ** -52)
    }
  })

  it('are exact where ordinary sums are not', async () => {
    expect(binnedValue(await sumOf([1e16, 1, 1, -1e16]), 0)).toBe(2)
    expect(binnedValue(await sumOf([1, 1e100, 1, -1e100]), 0)).toBe(0)
    expect(binnedValue(await sumOf([-1, 2 ** -60]), 0)).toBe(-1 + 2 ** -60)
    expect(binnedValue(await sumOf([2 ** -40, -(2 ** -41), -(2 ** -41)]), 0)).toBe(0)
    expect(binnedValue(await sumOf([1, 2 ** -60, -1]), 0)).toBe(2 ** -60)
    expect(binnedValue(await sumOf([]), 0)).toBe(0)
  })

  it('reach from the smallest to the largest numbers', async () => {
    for (const value of [1.7e308, -1.7e308, 2 ** -940, -3 * 2 ** -950, 4294967296, 4294967295, 2 ** -32]) {
      expect(binnedValue(await sumOf([value]), 0)).toBe(value)
    }
    expect(binnedValue(await sumOf([1.7e308, -1.7e308]), 0)).toBe(0)
  })

  it('carry between places of either sign', async () => {
    const random = randomStream(2, 'carry')
    const values = Array.from({ length: 3000 }, () => -4294967295 - random.uniform())
    expect(binnedValue(await sumOf(values), 0)).toBe(exactSum(values))
    const mixed = values.map((value, i) => (i % 2 === 0 ? value : -value * (1 + 2 ** -30)))
    expect(binnedValue(await sumOf(mixed), 0)).toBe(exactSum(mixed))
  })

  it('refuse what is not finite, and too many addends', async () => {
    await expect(sumOf([1, NaN])).rejects.toThrow('NaN or infinite')
    await expect(sumOf([-Infinity])).rejects.toThrow('NaN or infinite')
    const full = createBinnedSums(1)
    full.addends = mostAddends
    await expect(addBinnedProduct(full, matrix(1, 1))).rejects.toThrow('too many')
  })
})

const width = 11
const targets = 2
const shape = floatShape(width, targets)
const examples = floatExamples(9000, width, targets)

async function recordOf(batches: Iterable<Batch>): Promise<StatisticsRecord> {
  const accumulator = createAccumulator(shape, blas)
  for (const batch of batches) await accumulator.add(batch)
  return (await accumulator.finish()).fit
}

describe('statistics of badly scaled floats', () => {
  it('are the same bits for any batch size, order and sharding', async () => {
    const whole = await recordOf([examples])
    for (const size of [1, 7, 255, 1023, 2048, 5000]) {
      expect(await recordOf(shuffled(pieces(examples, size), size)), `batches of ${size}`).toEqual(whole)
    }
    const dataset = datasetOf(examples, shape)
    const collect = (index: number, count: number) =>
      collectStatistics(dataset.splits.train, dataset, {
        blas,
        shard: { index, count },
        holdOut: { seed: 0, fraction: 0.1 },
      })
    const onePass = await collect(1, 1)
    for (let shards = 2; shards <= 5; shards++) {
      const parts = await Promise.all(Array.from({ length: shards }, (_, i) => collect(i + 1, shards)))
      const [first, ...rest] = shuffled(parts, shards)
      expect(await mergeRecords([first.fit, ...rest.map(({ fit }) => fit)])).toEqual(onePass.fit)
      expect(await mergeRecords([first.holdOut, ...rest.map(({ holdOut }) => holdOut)])).toEqual(
        onePass.holdOut,
      )
      expect(parts.flatMap(({ holdOutExamples }) => Array.from(holdOutExamples.inputs))).toEqual(
        Array.from(onePass.holdOutExamples.inputs),
      )
    }
  })

  it('are at least as close to the exact sums as rounding of one block allows', async () => {
    const raw = await finishRecord(await recordOf([examples]))
    for (let a = 0; a < width; a++) {
      for (let b = 0; b < width; b++) {
        const products: number[] = []
        for (let i = 0; i < examples.count; i++) {
          const [x, y] = [a, b].map((j) => examples.inputs[i * width + j] - shape.origin[j])
          products.push(x * y)
        }
        const scale = Math.sqrt(raw.shiftedGram.data[a * width + a] * raw.shiftedGram.data[b * width + b])
        const error = Math.abs(raw.shiftedGram.data[a * width + b] - exactSum(products))
        expect(error / scale).toBeLessThan(1e-14)
      }
    }
  })

  it('forget removed examples within rounding', async () => {
    const record = await recordOf([examples])
    await removeExamples(record, slice(examples, 5000, 9000), blas)
    const rest = await finishRecord(record)
    const alone = await finishRecord(await recordOf([slice(examples, 0, 5000)]))
    expect(rest.count).toBe(5000)
    const whole = await finishRecord(await recordOf([examples]))
    for (let a = 0; a < width; a++) {
      for (let b = 0; b < width; b++) {
        const t = a * width + b
        const scale = Math.sqrt(whole.shiftedGram.data[a * width + a] * whole.shiftedGram.data[b * width + b])
        expect(Math.abs(rest.shiftedGram.data[t] - alone.shiftedGram.data[t]) / scale).toBeLessThan(1e-14)
      }
    }
    expect(rest.targetSum).toHaveLength(targets)
  })

  it('name the example and column of a value that is not finite', async () => {
    const broken = slice(examples, 0, 4000)
    broken.inputs[3210 * width + 4] = NaN
    await expect(recordOf([broken])).rejects.toMatchObject({
      code: 'data/not-finite',
      message: expect.stringMatching(/Example 3210 holds NaN in column 5/),
    })
    const huge = slice(examples, 0, 4000)
    huge.inputs[7] = 1e200
    await expect(recordOf([huge])).rejects.toMatchObject({ code: 'data/overflow' })
  })

  it('find the same origin from any shard, and none for columns about zero', async () => {
    const dataset = datasetOf(examples, shape)
    const { fit } = await collectStatistics(dataset.splits.train, dataset, {
      blas,
      shard: { index: 2, count: 2 },
    })
    Array.from(fit.shape.origin).forEach((origin, j) => {
      if (j % 4 === 1 && j % 3 !== 0) expect(Math.abs(origin - 1e6)).toBeLessThan(1e5)
      else if (j % 4 !== 1) expect(origin).toBe(0)
    })
  })
})
