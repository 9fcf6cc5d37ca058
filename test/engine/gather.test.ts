import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Dataset, Split } from '#core/dataset'
import { openGenerator, parseGeneratorSpec } from '#data/generators/index'
import { gatherStatistics } from '#engine/gather'
import { collectPool } from '#engine/pool'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { collectStatistics } from '#statistics/collect'
import { holdOutMembership } from '#statistics/hold-out'
import { encodeStatistics } from '#statistics/statistics-file'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

const holdOut = { seed: 3, fraction: 0.1 }
const pieceValues = 784 * 2500

function glyphs(count: number): Dataset {
  const spec = parseGeneratorSpec(`glyphs:${count},seed=5`)
  if (!spec) throw new Error('glyphs are gone')
  return openGenerator(spec)
}

/** The dataset, noting which examples its training split streams. */
function watched(dataset: Dataset, streamed: number[]): Dataset {
  const { train } = dataset.splits
  const split: Split = {
    ...train,
    at: (indices) => train.at(indices),
    async *batches(options) {
      for await (const batch of train.batches(options)) {
        streamed.push(batch.start)
        yield batch
      }
    },
  }
  return { ...dataset, splits: { ...dataset.splits, train: split } }
}

test('pieces give the bytes of one pass, the same hold-out and the same pool', async () => {
  const dataset = glyphs(10_000)
  const output = join(mkdtempSync(join(tmpdir(), 'retort-gather-')), 'out')
  const pools = [1, 2].map(() => collectPool(dataset, 0, holdOutMembership(holdOut, 10_000), 784 * 4 * 3000))
  const whole = await collectStatistics(dataset.splits.train, dataset, {
    blas,
    holdOut,
    visit: pools[0].visit,
  })
  const inPieces = await gatherStatistics(dataset, {
    blas,
    holdOut,
    output,
    visit: pools[1].visit,
    wants: pools[1].wants,
    watch: {},
    pieceValues,
  })
  expect(await encodeStatistics(inPieces)).toEqual(await encodeStatistics(whole))
  expect(inPieces.holdOutExamples).toEqual(whole.holdOutExamples)
  expect(pools[1].finish()).toEqual(pools[0].finish())
  expect(existsSync(`${output}.retort-checkpoint`)).toBe(false)
})

test('a stopped pass continues where it was and ends with the same result', async () => {
  const dataset = glyphs(10_000)
  const output = join(mkdtempSync(join(tmpdir(), 'retort-gather-')), 'out')
  const run = async (source: Dataset, stopAt: number) => {
    const pool = collectPool(source, 0, holdOutMembership(holdOut, 10_000), 784 * 4 * 3000)
    const controller = new AbortController()
    const pass = await gatherStatistics(source, {
      blas,
      holdOut,
      output,
      visit: pool.visit,
      wants: pool.wants,
      pieceValues,
      watch: {
        signal: controller.signal,
        report: ({ done }) => done >= stopAt && controller.abort(new Error('stopped here')),
      },
    })
    return { pass, pool: pool.finish() }
  }
  await expect(run(dataset, 7000)).rejects.toThrow('stopped here')
  expect(readdirSync(`${output}.retort-checkpoint`).length).toBeGreaterThan(0)

  const streamed: number[] = []
  const resumed = await run(watched(dataset, streamed), Infinity)
  expect(Math.min(...streamed)).toBeGreaterThan(4000)
  const fresh = await run(glyphs(10_000), Infinity)
  expect(await encodeStatistics(resumed.pass)).toEqual(await encodeStatistics(fresh.pass))
  expect(resumed.pass.holdOutExamples).toEqual(fresh.pass.holdOutExamples)
  expect(resumed.pool).toEqual(fresh.pool)
})

test('pieces of other data are not used', async () => {
  const output = join(mkdtempSync(join(tmpdir(), 'retort-gather-')), 'out')
  const stop = new AbortController()
  const stopped = gatherStatistics(glyphs(10_000), {
    blas,
    holdOut,
    output,
    pieceValues,
    watch: { signal: stop.signal, report: ({ done }) => done >= 7000 && stop.abort(new Error('stop')) },
  })
  await expect(stopped).rejects.toThrow('stop')
  const streamed: number[] = []
  const other = watched(glyphs(9000), streamed)
  await gatherStatistics(other, { blas, holdOut, output, pieceValues, watch: {} })
  expect(Math.min(...streamed)).toBe(0)
})
