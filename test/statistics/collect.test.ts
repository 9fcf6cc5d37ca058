import { afterAll, describe, expect, it } from 'vitest'
import type { Progress } from '#core/progress'
import { blockRowsOf } from '#statistics/canonical-blocks'
import { collectStatistics, shardRange } from '#statistics/collect'
import { holdOutMembership, holdOutShare } from '#statistics/hold-out'
import { availableBlas } from './blas.ts'
import { byteExamples, byteShape, datasetOf } from './samples.ts'

const [blas, ...others] = await availableBlas()
afterAll(() => Promise.all([blas, ...others].map((provider) => provider.close())))

// Wide, so that the pass takes several batches.
const width = 2000
const examples = byteExamples(5000, width, 3)
const dataset = datasetOf(examples, byteShape(width, 3))
const { train } = dataset.splits

describe('collectStatistics', () => {
  it('shows every example once, in order, and reports', async () => {
    const reports: Progress[] = []
    let seen = 0
    await collectStatistics(train, dataset, {
      blas,
      visit(batch) {
        expect(batch.start).toBe(seen)
        expect(batch.inputs[0]).toBe(examples.inputs[seen * width])
        seen += batch.count
      },
      watch: { report: (progress) => reports.push(progress) },
    })
    expect(seen).toBe(5000)
    expect(reports.length).toBeGreaterThan(2)
    expect(reports[0]).toEqual({ stage: 'statistics', done: 0, total: 5000, unit: 'examples' })
    expect(reports.at(-1)?.done).toBe(5000)
  })

  it('stops when asked to', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    let batches = 0
    const pass = collectStatistics(train, dataset, {
      blas,
      visit: () => {
        if (++batches === 2) controller.abort(reason)
      },
      watch: { signal: controller.signal },
    })
    await expect(pass).rejects.toBe(reason)
    expect(batches).toBe(2)
  })

  it('gives records of nothing for an empty shard', async () => {
    const { fit, holdOut, holdOutExamples } = await collectStatistics(train, dataset, {
      blas,
      shard: { index: 1, count: 9 },
      holdOut: { seed: 0 },
    })
    expect([fit.count, holdOut.count, holdOutExamples.count]).toEqual([0, 0, 0])
  })
})

describe('shards', () => {
  it('cover a split once, in whole blocks, as evenly as these allow', () => {
    for (const elementType of ['uint8', 'float64'] as const) {
      const blockRows = blockRowsOf(elementType)
      for (const count of [0, 1, blockRows, 60_000, 1_234_567]) {
        for (const shards of [1, 2, 3, 7, 64]) {
          const ranges = Array.from({ length: shards }, (_, i) =>
            shardRange({ index: i + 1, count: shards }, count, blockRows),
          )
          expect(ranges[0].start).toBe(0)
          expect(ranges.at(-1)?.end).toBe(count)
          ranges.slice(1).forEach(({ start }, i) => {
            expect(start).toBe(ranges[i].end)
            expect(start % blockRows === 0 || start === count).toBe(true)
          })
          const sizes = ranges.map(({ start, end }) => end - start)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(2 * blockRows)
        }
      }
    }
    expect(() => shardRange({ index: 0, count: 2 }, 10, 4)).toThrow(RangeError)
    expect(() => shardRange({ index: 3, count: 2 }, 10, 4)).toThrow(RangeError)
  })
})

describe('the hold-out', () => {
  it('is 5 %, or about 10 000 of many examples', () => {
    expect(holdOutShare({ seed: 0 }, 60_000)).toBe(0.05)
    expect(holdOutShare({ seed: 0 }, 10_000_000)).toBe(0.001)
    expect(holdOutShare({ seed: 0, fraction: 0.2, limit: 50 }, 1000)).toBe(0.05)
    const isHeldOut = holdOutMembership({ seed: 0 }, 1_000_000)
    let count = 0
    for (let i = 0; i < 1_000_000; i++) if (isHeldOut(i)) count++
    // Six standard deviations of a binomial count.
    expect(Math.abs(count - 10_000)).toBeLessThan(600)
  })

  it('is another one for another seed', () => {
    const [a, b] = [0, 1].map((seed) => holdOutMembership({ seed, fraction: 0.5 }, 1000))
    const both = Array.from({ length: 1000 }, (_, i) => a(i) === b(i)).filter(Boolean).length
    expect(Math.abs(both - 500)).toBeLessThan(100)
  })
})
