import { afterAll, describe, expect, it } from 'vitest'
import type { Batch } from '#core/dataset'
import type { Blas } from '#linalg/blas'
import { createAccumulator } from '#statistics/accumulator'
import { collectStatistics } from '#statistics/collect'
import type { StatisticsRecord } from '#statistics/record'
import { createRecord, finishRecord, mergeRecords, mostExactExamples } from '#statistics/record'
import { removeExamples } from '#statistics/removal'
import { transformStatistics } from '#statistics/transform'
import { availableBlas } from './blas.ts'
import { byteExamples, byteShape, datasetOf, pieces, shuffled, slice } from './samples.ts'

const providers = await availableBlas()
const [blas] = providers
afterAll(() => Promise.all(providers.map((provider) => provider.close())))

const width = 9
const classes = 4
const shape = byteShape(width, classes)
const examples = byteExamples(3000, width, classes)

async function recordOf(batches: Iterable<Batch>, by: Blas = blas): Promise<StatisticsRecord> {
  const accumulator = createAccumulator(shape, by)
  for (const batch of batches) await accumulator.add(batch)
  return (await accumulator.finish()).fit
}

/** Sums by integers of unlimited size. */
function reference({ count, inputs, targets }: Batch) {
  const gram = Array.from({ length: width * width }, () => 0n)
  const cross = Array.from({ length: classes * width }, () => 0n)
  for (let i = 0; i < count; i++) {
    const row = Array.from(inputs.subarray(i * width, (i + 1) * width), BigInt)
    for (let a = 0; a < width; a++) {
      cross[targets[i] * width + a] += row[a]
      for (let b = 0; b < width; b++) gram[a * width + b] += row[a] * row[b]
    }
  }
  return { gram: gram.map(Number), cross: cross.map(Number) }
}

describe('exact statistics of bytes', () => {
  it('are the integer sums', async () => {
    const raw = await finishRecord(await recordOf([examples]))
    const statistics = await transformStatistics(raw, { name: 'none' }, blas)
    const { gram, cross } = reference(examples)
    expect(statistics.exact).toBe(true)
    expect(statistics.count).toBe(3000)
    expect(Array.from(statistics.gram.data)).toEqual(gram)
    expect(Array.from(statistics.cross.data)).toEqual(cross)
    for (let j = 0; j < width; j++) {
      let sum = 0
      for (let i = 0; i < 3000; i++) sum += examples.inputs[i * width + j]
      expect(statistics.inputSum[j]).toBe(sum)
    }
    const counts = Array.from({ length: classes }, (_, c) => examples.targets.filter((y) => y === c).length)
    expect(Array.from(statistics.targetSum)).toEqual(counts)
    expect(Array.from(statistics.targetGram.data)).toEqual(
      counts.flatMap((n, c) => counts.map((_, d) => (c === d ? n : 0))),
    )
  })

  it('stay exact at the extremes: full blocks of 0 and of 255', async () => {
    for (const value of [0, 255]) {
      const extreme = {
        start: 0,
        count: 2048,
        inputs: new Uint8Array(2048 * width).fill(value),
        targets: new Int32Array(2048),
      }
      const raw = await finishRecord(await recordOf([extreme]))
      const { gram } = await transformStatistics(raw, { name: 'none' }, blas)
      expect(new Set(gram.data)).toEqual(new Set([2048 * value * value]))
    }
    // 1024 squares of −128 fill float32's 24 bits; one more square, of 1, would be lost.
    const inputs = new Uint8Array(4100 * width)
    for (let i = 1024; i < 4100; i += 1025) inputs.fill(129, i * width, (i + 1) * width)
    const raw = await finishRecord(
      await recordOf([{ start: 0, count: 4100, inputs, targets: new Int32Array(4100) }]),
    )
    expect(new Set(raw.shiftedGram.data)).toEqual(new Set([4096 * 128 * 128 + 4]))
  })

  it.each(providers.map((provider) => [provider.id, provider] as const))(
    'are the same bits for any batch size, order and sharding (%s)',
    async (_, provider) => {
      const whole = await recordOf([examples])
      for (const size of [1, 7, 255, 1023, 1024, 2999]) {
        const inOrder = await recordOf(pieces(examples, size), provider)
        expect(inOrder, `batches of ${size}`).toEqual(whole)
        expect(await recordOf(shuffled(pieces(examples, size), size), provider)).toEqual(whole)
      }
      const dataset = datasetOf(examples, shape)
      for (let shards = 1; shards <= 5; shards++) {
        const parts: StatisticsRecord[] = []
        for (let index = 1; index <= shards; index++) {
          const { fit } = await collectStatistics(dataset.splits.train, dataset, {
            blas: provider,
            shard: { index, count: shards },
          })
          parts.push(fit)
        }
        const [first, ...rest] = shuffled(parts, shards)
        expect(await mergeRecords([first, ...rest]), `${shards} shards`).toEqual(whole)
      }
    },
  )

  it('split into fit and hold-out that add up to the whole, hash included', async () => {
    const dataset = datasetOf(examples, shape)
    const whole = await recordOf([examples])
    const { fit, holdOut, holdOutExamples } = await collectStatistics(dataset.splits.train, dataset, {
      blas,
      holdOut: { seed: 3, fraction: 0.2 },
    })
    expect(holdOut.count).toBe(holdOutExamples.count)
    expect(holdOut.count).toBeGreaterThan(500)
    expect(holdOut.count).toBeLessThan(700)
    expect(await mergeRecords([fit, holdOut])).toEqual(whole)
    expect(fit.added).not.toBe(whole.added)
    const held = await recordOf([{ start: 0, ...holdOutExamples }])
    expect(held.sums).toEqual(holdOut.sums)
    const all = await collectStatistics(dataset.splits.train, dataset, {
      blas,
      holdOut: { seed: 3, fraction: 1 },
    })
    expect(all.holdOut).toEqual(whole)
    expect(all.fit).toEqual(createRecord(shape))
  })

  it('change their hash with any byte, label, name or position', async () => {
    const original = (await finishRecord(await recordOf([examples]))).provenance
    const changedByte = slice(examples, 0, 3000)
    changedByte.inputs[17] ^= 1
    const changedLabel = slice(examples, 0, 3000)
    changedLabel.targets[2999] = (changedLabel.targets[2999] + 1) % classes
    const moved = { ...examples, start: 1024 }
    const few = slice(examples, 0, 10)
    const hashes = [0, 1, 5].map(async (start) => (await recordOf([{ ...few, start }])).added)
    expect(new Set(await Promise.all(hashes)).size).toBe(3)
    for (const other of [changedByte, changedLabel, moved, slice(examples, 0, 2999)]) {
      expect((await finishRecord(await recordOf([other]))).provenance).not.toBe(original)
    }
    const renamed = { ...shape, target: { ...shape.target, names: ['a', 'b', 'c', 'd'] } }
    const accumulator = createAccumulator(renamed, blas)
    await accumulator.add(examples)
    const { fit } = await accumulator.finish()
    expect((await finishRecord(fit)).provenance).not.toBe(original)
    expect(original).toMatch(/^[0-9a-f]{64}$/)
  })

  it('forget removed examples bit for bit', async () => {
    const kept = slice(examples, 0, 1700)
    const removed = slice(examples, 1700, 3000)
    const record = await recordOf([examples])
    for (const part of shuffled(pieces(removed, 111), 5)) await removeExamples(record, part, blas)
    const alone = await recordOf([kept])
    expect(record.sums).toEqual(alone.sums)
    expect(record.count).toBe(1700)
    expect(record.removed).not.toBe(0n)
    const atOnce = await recordOf([examples])
    await removeExamples(atOnce, removed, blas)
    expect(atOnce).toEqual(record)
    const merged = await mergeRecords([record, createRecord(shape), atOnce])
    expect(merged.removed).toBe(BigInt.asUintN(256, 2n * record.removed))
    expect(merged.added).toBe(BigInt.asUintN(256, 2n * record.added))
  })

  it('refuse to remove what cannot be there, and stay as they were', async () => {
    const record = await recordOf([slice(examples, 0, 100)])
    const before = structuredClone(record)
    const code = { code: 'data/not-in-statistics', exitCode: 3 }
    await expect(removeExamples(record, slice(examples, 0, 101), blas)).rejects.toMatchObject(code)
    const oneClass = { ...slice(examples, 0, 60), targets: new Int32Array(60).fill(2) }
    await expect(removeExamples(record, oneClass, blas)).rejects.toMatchObject(code)
    const dark = slice(examples, 0, 50)
    dark.inputs.fill(0)
    await expect(removeExamples(record, dark, blas)).rejects.toMatchObject(code)
    expect(record).toEqual(before)
  })

  it('refuse labels out of range, double examples and more examples than integers hold', async () => {
    const wrong = slice(examples, 0, 10)
    wrong.targets[4] = classes
    await expect(recordOf([wrong])).rejects.toMatchObject({
      code: 'data/label-range',
      message: expect.stringContaining('Example 4'),
    })
    await expect(recordOf([slice(examples, 0, 10), slice(examples, 9, 12)])).rejects.toThrow('added twice')
    const full = createRecord(shape)
    full.count = mostExactExamples
    await expect(mergeRecords([full, await recordOf([slice(examples, 0, 1)])])).rejects.toMatchObject({
      code: 'data/too-many-examples',
    })
    expect(mostExactExamples * 255 * 255).toBeLessThanOrEqual(2 ** 53)
  })

  it('refuse to merge statistics of other data', async () => {
    const others = [
      createRecord(byteShape(width + 1, classes)),
      createRecord(byteShape(width, classes + 1)),
      createRecord({ ...shape, elementType: 'float32' }),
      createRecord({ ...shape, inputShape: [3, 3, 1] }),
    ]
    for (const other of others) {
      await expect(mergeRecords([createRecord(shape), other])).rejects.toMatchObject({
        code: 'data/statistics-differ',
      })
    }
  })

  it('work for one example of one input and one class', async () => {
    const accumulator = createAccumulator(byteShape(1, 1), blas)
    await accumulator.add({ start: 0, count: 1, inputs: Uint8Array.of(7), targets: Int32Array.of(0) })
    const raw = await finishRecord((await accumulator.finish()).fit)
    const statistics = await transformStatistics(raw, { name: 'none' }, blas)
    expect(Array.from(statistics.gram.data)).toEqual([49])
    expect(Array.from(statistics.cross.data)).toEqual([7])
  })
})
