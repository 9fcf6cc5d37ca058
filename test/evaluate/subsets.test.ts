import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Batch } from '#core/dataset'
import type { Matrix32 } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { Baseline } from '#evaluate/baselines/baseline'
import { baselines } from '#evaluate/baselines/index'
import type { SubsetTask } from '#evaluate/subsets'
import { chooseSubsets } from '#evaluate/subsets'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

const size = 3

/** Example i is (i, 0, 1) mod 251 with class i % 3, class 2 rare. */
function pool(count: number): Batch {
  return {
    start: 0,
    count,
    inputs: Uint8Array.from({ length: count * size }, (_, at) => Math.floor(at / size + (at % size)) % 251),
    targets: Int32Array.from({ length: count }, (_, i) => (i % 50 === 2 ? 2 : i % 2)),
  }
}

const task = (count: number, points: number): SubsetTask => ({
  pool: pool(count),
  points,
  inputSize: size,
  target: { kind: 'class', names: ['a', 'b', 'c'] },
  preprocessing: {
    name: 'unit',
    scale: new Float64Array(size).fill(0.5),
    shift: new Float64Array(size).fill(1),
  },
  seed: 0,
  blas,
})

describe('chooseSubsets', () => {
  it('gives every baseline its share of every class, a rare class all it has', async () => {
    const given = task(100, 20)
    const subsets = await chooseSubsets(baselines, given)
    expect(subsets.map(({ baseline, repetition }) => `${baseline.id} ${repetition}`)).toEqual([
      ...[0, 1, 2, 3, 4].map((seed) => `random ${seed}`),
      'herding 0',
      'k-means 0',
      'k-center 0',
    ])
    for (const { indices } of subsets) {
      expect(new Set(indices).size).toBe(20)
      const counts = [0, 0, 0]
      for (const index of indices) counts[given.pool.targets[index]] += 1
      expect(counts).toEqual([9, 9, 2])
    }
    expect(subsets[0].indices).not.toEqual(subsets[1].indices)
  })

  it('shows a baseline the preprocessed examples of one class, in order', async () => {
    const seen: Matrix32[] = []
    const spy: Baseline = {
      ...baselines[0],
      seeds: 1,
      async pick(candidates, count) {
        seen.push(candidates.rows)
        return Array.from({ length: count }, (_, i) => i)
      },
    }
    const given = task(9000, 3)
    await chooseSubsets([spy], given)
    for (const [c, rows] of seen.entries()) {
      const expected: number[] = []
      for (let i = 0; i < given.pool.count; i++) {
        if (given.pool.targets[i] !== c) continue
        for (let j = 0; j < size; j++) expected.push(0.5 * given.pool.inputs[i * size + j] + 1)
      }
      expect(Array.from(rows.data)).toEqual(expected)
    }
    expect(seen.map((rows) => rows.rows)).toEqual([4320, 4500, 180])
  })
})
