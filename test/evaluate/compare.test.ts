import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Batch, Target } from '#core/dataset'
import { matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { Baseline } from '#evaluate/baselines/baseline'
import { random } from '#evaluate/baselines/random'
import type { CompareTask } from '#evaluate/compare'
import { compare } from '#evaluate/compare'
import { meanOf, sampleDeviation, wilsonInterval } from '#evaluate/intervals'
import { fitSubsetRidge } from '#evaluate/subset-ridge'
import { labelMatrix } from '#evaluate/examples'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

const size = 8
const target: Target = { kind: 'class', names: ['a', 'b', 'c', 'd'] }
const ridges = [0, 1e-3, 1e-1, 10]

/** Overlapping Gaussian classes; for real targets two noisy linear columns. */
function draw(count: number, tag: string, kind: Target['kind'] = 'class'): Batch {
  const random = randomStream(2, tag)
  const centres = randomStream(2, 'centres').fillNormal(new Float64Array(4 * size))
  const classes = Int32Array.from({ length: count }, () => random.integer(4))
  const inputs = new Float32Array(count * size)
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < size; j++) inputs[i * size + j] = centres[classes[i] * size + j] + random.normal()
  }
  if (kind === 'class') return { start: 0, count, inputs, targets: classes }
  const targets = Float64Array.from({ length: 2 * count }, (_, at) => {
    const row = inputs.subarray(Math.floor(at / 2) * size, (Math.floor(at / 2) + 1) * size)
    return row.reduce((sum, value, j) => sum + value * (j + (at % 2)), 0) + random.normal()
  })
  return { start: 0, count, inputs, targets }
}

async function task(kind: Target['kind'] = 'class'): Promise<CompareTask> {
  const pool = draw(400, 'pool', kind)
  const holdOut = draw(100, 'hold-out', kind)
  const targets: Target = kind === 'class' ? target : { kind, names: ['u', 'v'] }
  const columns = targets.names.length
  const original = await fitSubsetRidge(
    matrix(400, size, Float64Array.from(pool.inputs)),
    labelMatrix(pool, columns),
    {
      blas,
      intercept: true,
      ridges: [1e-3, 10],
      holdOut: { inputs: matrix(100, size, Float64Array.from(holdOut.inputs)), targets: holdOut.targets },
    },
  )
  return {
    original,
    examples: 400,
    distilled: { ...original, ridge: 0 },
    points: 8,
    pool,
    holdOut,
    ridges,
    test: { split: 'test', batches: [draw(600, 'test', kind)] },
    inputSize: size,
    target: targets,
    preprocessing: { name: 'none' },
    blas,
    seed: 0,
  }
}

describe('compare', () => {
  it('puts original, distilled and every baseline side by side', async () => {
    const given = await task()
    const { comparison, original, distilled } = await compare(given)
    expect(comparison.split).toBe('test')
    expect(comparison.rows.map(({ name, points }) => [name, points])).toEqual([
      ['original', 400],
      ['distilled', 8],
      ['random', 8],
      ['herding', 8],
      ['k-means', 8],
      ['k-center', 8],
    ])
    for (const { score, ridge } of comparison.rows) {
      expect(score).toMatchObject({ metric: 'accuracy', n: 600 })
      expect(score.interval[0]).toBeLessThan(score.value)
      expect(score.interval[1]).toBeGreaterThan(score.value)
      expect(ridges).toContain(ridge)
    }
    expect(comparison.rows[1].score).toEqual(comparison.rows[0].score)
    expect(distilled.agreement).toBe(1)
    expect(original.score.value).toBeGreaterThan(0.6)
    for (const row of comparison.rows.slice(2)) {
      expect(row.score.value).toBeGreaterThan(0.3)
    }
  })

  it('averages the random row over its seeds', async () => {
    const given = await task()
    const picks: number[][] = []
    const recorded: Baseline = {
      ...random,
      async pick(candidates, count, context) {
        picks.push(await random.pick(candidates, count, context))
        return picks.at(-1) ?? []
      },
    }
    const [, , row] = (await compare({ ...given, baselines: [recorded] })).comparison.rows
    expect(row.seeds).toBe(5)

    // The same choices as five rows of their own: pick is called class by class, and five times in each.
    const replayed = Array.from({ length: 5 }, (_, seed): Baseline => {
      let group = 0
      return { ...random, id: `random ${seed}`, seeds: 1, pick: async () => picks[5 * group++ + seed] }
    })
    const rows = (await compare({ ...given, baselines: replayed })).comparison.rows.slice(2)
    const values = rows.map(({ score }) => score.value)
    const ridges = rows.map(({ ridge }) => ridge).toSorted((a, b) => a - b)
    expect(new Set(values).size).toBeGreaterThan(1)
    expect(row.score.value).toBeCloseTo(meanOf(values), 14)
    expect(row.score.interval).toEqual(wilsonInterval(row.score.value, 600))
    expect(row.spread).toBeCloseTo(sampleDeviation(values), 14)
    expect(row.ridge).toBe(ridges[2])
    expect(rows[0]).not.toHaveProperty('seeds')
  })

  it('gives the same figures again, others under another seed', async () => {
    const given = await task()
    const once = await compare(given)
    expect(await compare(given)).toEqual(once)
    const other = await compare({ ...given, seed: 1 })
    expect(other.comparison.rows[2].score).not.toEqual(once.comparison.rows[2].score)
    expect(other.comparison.rows[3]).toEqual(once.comparison.rows[3])
  })

  it('never looks at the test examples to choose anything', async () => {
    const given = await task()
    const plain = await compare(given)
    const other = await compare({ ...given, test: { split: 'test', batches: [draw(50, 'other')] } })
    expect(other.comparison.rows.map((row) => row.ridge)).toEqual(
      plain.comparison.rows.map((row) => row.ridge),
    )
  })

  it('works for real targets, globally', async () => {
    const { comparison, distilled } = await compare({ ...(await task('real')), points: 12 })
    expect(distilled.agreement).toBeUndefined()
    expect(comparison.rows).toHaveLength(6)
    for (const { score } of comparison.rows) expect(score.metric).toBe('r2')
    for (const row of comparison.rows.slice(2)) {
      expect(row.points).toBe(12)
      expect(row.score.value).toBeLessThan(comparison.rows[0].score.value)
    }
  })

  it('says where the pool is a sample or too small', async () => {
    const given = await task()
    const { comparison } = await compare({ ...given, pool: draw(6, 'few'), poolMembers: 400 })
    expect(comparison.rows[3].points).toBe(6)
    expect(comparison.rows[3].note).toBe(
      'there are only 6 training examples to choose from; chosen from 6 of 400 examples',
    )
  })

  it('stops at an abort', async () => {
    const watch = { signal: AbortSignal.abort(new Error('stopped')) }
    await expect(compare(await task(), watch)).rejects.toThrow('stopped')
  })
})
