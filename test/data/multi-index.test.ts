import { describe, expect, it } from 'vitest'
import type { Split } from '#core/dataset'
import { openGenerator, parseGeneratorSpec } from '#data/generators/index'
import { multiIndexDataset } from '#data/generators/multi-index'

/** All examples, copied, in batches of the given size. */
async function read(split: Split, size: number) {
  const inputs: number[] = []
  const targets: number[] = []
  for await (const batch of split.batches({ size })) {
    inputs.push(...batch.inputs)
    targets.push(...batch.targets)
  }
  return { inputs, targets }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

describe('multi-index', () => {
  it('gives the same examples in any batches, by index and as the start of a longer dataset', async () => {
    const { train } = multiIndexDataset({ count: 300, inputs: 7 }).splits
    const whole = await read(train, 300)
    expect(await read(train, 41)).toEqual(whole)
    const picked = await train.at([299, 0, 17, 17])
    const rows = [299, 0, 17, 17]
    expect(Array.from(picked.targets)).toEqual(rows.map((i) => whole.targets[i]))
    expect(Array.from(picked.inputs)).toEqual(rows.flatMap((i) => whole.inputs.slice(7 * i, 7 * i + 7)))
    const longer = await read(multiIndexDataset({ count: 500, inputs: 7 }).splits.train, 100)
    expect(longer.targets.slice(0, 300)).toEqual(whole.targets)
    expect(await read(multiIndexDataset({ count: 300, inputs: 7, seed: 2 }).splits.train, 300)).not.toEqual(
      whole,
    )
  })

  it('draws standard normals, and targets that are f* of their inputs up to ± noise, without any in the test split', async () => {
    const { splits, truth } = multiIndexDataset({ count: 4000, testCount: 500, inputs: 6, noise: 0.25 })
    const { inputs, targets } = await read(splits.train, 1000)
    expect(mean(inputs)).toBeCloseTo(0, 1)
    expect(mean(inputs.map((x) => x * x))).toBeCloseTo(1, 1)
    expect(mean(inputs.map((x) => x ** 4))).toBeGreaterThan(2.8)
    const exact = (row: readonly number[]) => {
      const z = Float64Array.from({ length: 2 }, (_, k) =>
        row.reduce((sum, x, j) => sum + x * truth!.basis.data[6 * k + j], 0),
      )
      return truth!.target(z)
    }
    const noise = targets.map((y, i) => y - exact(inputs.slice(6 * i, 6 * i + 6)))
    for (const error of noise) expect(Math.abs(error)).toBeCloseTo(0.25, 9)
    expect(Math.abs(mean(noise))).toBeLessThan(0.02)
    const test = await read(splits.test!, 500)
    for (let i = 0; i < 500; i++)
      expect(test.targets[i]).toBeCloseTo(exact(test.inputs.slice(6 * i, 6 * i + 6)), 12)
    expect(test.inputs).not.toEqual(inputs.slice(0, test.inputs.length))
  })

  it.each([
    ['standard', 1, 1],
    ['standard', 2, 2],
    ['standard', 3, 3],
    ['standard', 4, 4],
    ['standard', 5, 5],
    ['cubic', 1, 0],
    ['deficient', 2, 1],
    ['odd', 2, 0],
  ] as const)(
    'link %s of %i directions has mean 0, variance 1 and rank %i of E f* (z zᵀ − I)',
    async (link, r, rank) => {
      const { target } = multiIndexDataset({ link, directions: r, inputs: 8 }).truth!
      // Gauss–Hermite with five nodes is exact up to degree 9; the variance needs 6.
      const nodes = [0, 1.355626179974266, 2.856970013872806]
      const weights = [8 / 15, 0.22207592200561266, 0.011257411327720686]
      const rule = [-2, -1, 0, 1, 2].map((i) => [Math.sign(i) * nodes[Math.abs(i)], weights[Math.abs(i)]])
      let average = 0
      let square = 0
      const hessian = Array.from({ length: r }, () => new Float64Array(r))
      for (let cell = 0; cell < 5 ** r; cell++) {
        const digits = Array.from({ length: r }, (_, k) => Math.floor(cell / 5 ** k) % 5)
        const z = Float64Array.from(digits, (digit) => rule[digit][0])
        const weight = digits.reduce((product, digit) => product * rule[digit][1], 1)
        const y = target(z)
        average += weight * y
        square += weight * y * y
        for (let a = 0; a < r; a++)
          for (let b = 0; b < r; b++) hessian[a][b] += weight * y * (z[a] * z[b] - (a === b ? 1 : 0))
      }
      expect(average).toBeCloseTo(0, 10)
      expect(square).toBeCloseTo(1, 10)
      expect(rankOf(hessian)).toBe(rank)
    },
  )

  it('keeps the basis orthonormal, apart from the examples, and shares it where asked', () => {
    const first = multiIndexDataset({ seed: 3, directions: 4, inputs: 50 }).truth!.basis
    for (let i = 0; i < 4; i++) {
      for (let k = 0; k <= i; k++) {
        let sum = 0
        for (let j = 0; j < 50; j++) sum += first.data[50 * i + j] * first.data[50 * k + j]
        expect(sum).toBeCloseTo(i === k ? 1 : 0, 13)
      }
    }
    const shared = multiIndexDataset({ seed: 9, basis: 3, directions: 4, inputs: 50 })
    expect(shared.truth!.basis).toEqual(first)
    expect(multiIndexDataset({ seed: 9, directions: 4, inputs: 50 }).truth!.basis).not.toEqual(first)
  })

  it('takes a function of the user as link', async () => {
    const { splits } = multiIndexDataset({ link: ([a]) => Math.sin(a), count: 5, noise: 0, linear: 2 })
    const { targets } = await splits.train.at([0, 1, 2, 3, 4])
    expect(targets.every((y) => Math.abs(y) < 20)).toBe(true)
  })

  it('reads its settings from text and refuses others', () => {
    const spec = parseGeneratorSpec(
      'multi-index:500,d=20,r=3,seed=4,link=standard,noise=0,linear=1.5,test=40',
    )
    expect(spec).toMatchObject({ count: 500, inputs: 20, directions: 3, seed: 4, noise: 0, linear: 1.5 })
    expect(openGenerator(spec!).splits.test?.count).toBe(40)
    for (const text of ['link=quartic', 'r=0', 'd=1.5', 'noise=-1', 'rank=2']) {
      expect(() => parseGeneratorSpec(`multi-index:500,${text}`), text).toThrow(
        expect.objectContaining({ code: 'usage/generator' }),
      )
    }
    for (const text of ['link=cubic,r=2', 'r=5,d=4', 'r=6']) {
      const parsed = parseGeneratorSpec(`multi-index:500,${text}`)
      expect(() => openGenerator(parsed!), text).toThrow(expect.objectContaining({ code: 'usage/generator' }))
    }
  })
})

/** Rank by elimination with full pivoting. */
function rankOf(rows: readonly Float64Array[]): number {
  const left = rows.map((row) => Float64Array.from(row))
  let rank = 0
  while (rank < left.length) {
    let [best, row, column] = [1e-9, -1, -1]
    for (let i = rank; i < left.length; i++)
      left[i].forEach((value, j) => {
        if (Math.abs(value) > best) [best, row, column] = [Math.abs(value), i, j]
      })
    if (row < 0) break
    ;[left[rank], left[row]] = [left[row], left[rank]]
    for (let i = rank + 1; i < left.length; i++) {
      const factor = left[i][column] / left[rank][column]
      left[i].forEach((_, j) => (left[i][j] -= factor * left[rank][j]))
    }
    rank++
  }
  return rank
}
