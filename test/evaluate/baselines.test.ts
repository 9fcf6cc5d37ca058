import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Matrix32 } from '#core/matrix'
import { matrix32 } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { Baseline, BaselineContext } from '#evaluate/baselines/baseline'
import { herding } from '#evaluate/baselines/herding'
import { baselines } from '#evaluate/baselines/index'
import { kCenter } from '#evaluate/baselines/k-center'
import { kMeans } from '#evaluate/baselines/k-means'
import { describeRows } from '#evaluate/baselines/rows'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

const context = (seed = 0) => ({ blas, random: randomStream(seed, 'test') })

async function pick(baseline: Baseline, rows: Matrix32, count: number, given: BaselineContext) {
  return baseline.pick(await describeRows(rows, given), count, given)
}

function gaussian(n: number, p: number, seed = 1): Matrix32 {
  return matrix32(n, p, Float32Array.from(randomStream(seed, 'rows').fillNormal(new Float64Array(n * p))))
}

/** `clusters` tight groups far from each other; row i belongs to cluster i % clusters. */
function clustered(n: number, p: number, clusters: number): Matrix32 {
  const centres = gaussian(clusters, p, 7)
  const rows = gaussian(n, p, 8)
  return matrix32(
    n,
    p,
    rows.data.map(
      (value, at) => 20 * centres.data[(Math.floor(at / p) % clusters) * p + (at % p)] + 0.1 * value,
    ),
  )
}

const row = (rows: Matrix32, i: number) => Array.from(rows.data.subarray(i * rows.cols, (i + 1) * rows.cols))
const distance = (a: readonly number[], b: readonly number[]) =>
  Math.sqrt(a.reduce((sum, value, j) => sum + (value - b[j]) ** 2, 0))
const mean = (points: readonly (readonly number[])[]) =>
  points[0].map((_, j) => points.reduce((sum, point) => sum + point[j], 0) / points.length)

/** Index with the smallest cost outside `taken`. */
function best(n: number, taken: readonly number[], cost: (i: number) => number): number {
  const free = Array.from({ length: n }, (_, i) => i).filter((i) => !taken.includes(i))
  return free.reduce((least, i) => (cost(i) < cost(least) ? i : least))
}

describe.each(baselines)('$id', (baseline) => {
  it.each([
    [1, 1, 1],
    [1, 3, 1],
    [7, 1, 7],
    [40, 5, 1],
    [40, 5, 13],
    [40, 5, 40],
    [9000, 300, 3],
  ])('chooses different rows (n %i, p %i, count %i)', async (n, p, count) => {
    const rows = gaussian(n, p)
    const before = rows.data.slice()
    const picked = await pick(baseline, rows, count, context())
    expect(picked).toHaveLength(count)
    expect(new Set(picked).size).toBe(count)
    for (const index of picked) expect(index >= 0 && index < n && Number.isInteger(index)).toBe(true)
    expect(rows.data).toEqual(before)
  })

  it('copes with equal rows', async () => {
    const picked = await pick(baseline, matrix32(6, 4, new Float32Array(24).fill(3)), 4, context())
    expect(new Set(picked).size).toBe(4)
  })

  it('is the same under the same seed', async () => {
    const rows = gaussian(60, 6)
    const once = await pick(baseline, rows, 9, context(5))
    expect(await pick(baseline, rows, 9, context(5))).toEqual(once)
  })

  it('obeys an abort', async () => {
    if (baseline.id === 'random') return
    const signal = AbortSignal.abort(new Error('stopped'))
    const candidates = await describeRows(gaussian(20, 2), {})
    await expect(baseline.pick(candidates, 2, { ...context(), signal })).rejects.toThrow('stopped')
  })
})

describe('random', () => {
  it('differs between seeds and is uniform', async () => {
    const [random] = baselines
    const counts = new Array<number>(10).fill(0)
    for (let seed = 0; seed < 2000; seed++) {
      for (const i of await pick(random, gaussian(10, 1), 3, context(seed))) counts[i] += 1
    }
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(100)
  })
})

describe('herding', () => {
  it('is the greedy choice that keeps the mean of the chosen nearest to the mean of all', async () => {
    const rows = gaussian(30, 4)
    const all = Array.from({ length: 30 }, (_, i) => row(rows, i))
    const centre = mean(all)
    const expected: number[] = []
    for (let t = 0; t < 12; t++) {
      expected.push(best(30, expected, (i) => distance(mean([...expected, i].map((j) => all[j])), centre)))
    }
    expect(await pick(herding, rows, 12, context())).toEqual(expected)
  })
})

describe('k-center', () => {
  it('starts nearest to the mean and goes on with the farthest', async () => {
    const rows = gaussian(30, 4)
    const all = Array.from({ length: 30 }, (_, i) => row(rows, i))
    const expected = [best(30, [], (i) => distance(all[i], mean(all)))]
    for (let t = 1; t < 12; t++) {
      expected.push(best(30, expected, (i) => -Math.min(...expected.map((j) => distance(all[i], all[j])))))
    }
    expect(await pick(kCenter, rows, 12, context())).toEqual(expected)
  })
})

describe('k-means', () => {
  it('takes the row nearest to the mean of each cluster', async () => {
    const rows = clustered(60, 5, 4)
    const all = Array.from({ length: 60 }, (_, i) => row(rows, i))
    const expected = Array.from({ length: 4 }, (_, c) => {
      const centre = mean(all.filter((_row, i) => i % 4 === c))
      return best(60, [], (i) => distance(all[i], centre))
    })
    for (let seed = 0; seed < 20; seed++) {
      const picked = await pick(kMeans, rows, 4, context(seed))
      expect(picked.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b))
    }
  })

  it('covers the rows better than a random choice', async () => {
    const rows = gaussian(400, 3)
    const all = Array.from({ length: 400 }, (_, i) => row(rows, i))
    const cost = (picked: readonly number[]) =>
      all.reduce((sum, point) => sum + Math.min(...picked.map((j) => distance(point, all[j]) ** 2)), 0)
    const picked = await pick(kMeans, rows, 8, context())
    const random = await pick(baselines[0], rows, 8, context())
    expect(cost(picked)).toBeLessThan(0.75 * cost(random))
  })
})
