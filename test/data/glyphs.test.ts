import { describe, expect, it } from 'vitest'
import type { Batch, Dataset, Split } from '#core/dataset'
import { sha256Hex } from '#core/hash'
import { glyphs } from '#data/generators/glyphs'
import { generators, openGenerator, parseGeneratorSpec } from '#data/generators/index'
import { formatConformance } from '../conformance/formats.ts'

async function read(split: Split, size: number, start = 0, end = split.count) {
  const inputs = new Uint8Array(Math.max(0, Math.min(end, split.count) - start) * 784)
  const targets: number[] = []
  for await (const batch of split.batches({ size, start, end })) {
    expect(batch.start).toBe(start + targets.length)
    expect(batch.inputs.length).toBe(batch.count * 784)
    inputs.set(batch.inputs, targets.length * 784)
    targets.push(...batch.targets)
  }
  return { inputs, targets }
}

/** Pixels averaged in 4 × 4 blocks and a constant: 50 features in 0..1. */
function coarse(batch: Batch): Float64Array[] {
  return Array.from({ length: batch.count }, (_, i) => {
    const features = new Float64Array(50)
    features[49] = 1
    for (let at = 0; at < 784; at++) {
      features[Math.floor(at / 112) * 7 + (Math.floor(at / 4) % 7)] += batch.inputs[i * 784 + at] / 4080
    }
    return features
  })
}

/** Least squares on one-hot targets by Gaussian elimination; returns the share of test images it names rightly. */
function linearAccuracy(train: Batch, test: Batch): number {
  const x = coarse(train)
  const system = Array.from({ length: 50 }, () => new Float64Array(60))
  x.forEach((row, i) => {
    for (let a = 0; a < 50; a++) {
      for (let b = 0; b < 50; b++) system[a][b] += row[a] * row[b]
      system[a][50 + train.targets[i]] += row[a]
    }
  })
  for (let a = 0; a < 50; a++) {
    system[a][a] += 1e-3
    const pivot = system[a][a]
    for (let j = a; j < 60; j++) system[a][j] /= pivot
    for (let b = 0; b < 50; b++) {
      const factor = b === a ? 0 : system[b][a]
      if (factor !== 0) for (let j = a; j < 60; j++) system[b][j] -= factor * system[a][j]
    }
  }
  const right = coarse(test).filter((row, i) => {
    const scores = Array.from({ length: 10 }, (_, k) =>
      row.reduce((sum, v, a) => sum + v * system[a][50 + k], 0),
    )
    return scores.indexOf(Math.max(...scores)) === test.targets[i]
  })
  return right.length / test.count
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

formatConformance('glyphs', async () => glyphs({ count: 23, testCount: 9 }))

describe('glyphs', () => {
  it('describes itself as 28 × 28 × 1 uint8 images of ten classes', () => {
    const dataset: Dataset = glyphs()
    expect(dataset).toMatchObject({ kind: 'image', inputShape: [28, 28, 1], elementType: 'uint8' })
    expect(dataset.target.names).toHaveLength(10)
    expect(dataset.splits.train.count).toBe(60_000)
    expect(dataset.splits.test?.count).toBe(10_000)
    expect(glyphs({ testCount: 0 }).splits.test).toBeUndefined()
  })

  it('gives an example from its seed, split and index alone', async () => {
    const { train, test } = glyphs({ count: 700, testCount: 50, seed: 4 }).splits
    const whole = await read(train, 256)
    for (const [size, start, end] of [
      [1, 0, 5],
      [7, 3, 40],
      [1000, 699, 700],
      [64, 600, 900],
    ]) {
      const part = await read(train, size, start, end)
      expect(part.inputs).toEqual(whole.inputs.subarray(start * 784, Math.min(end, 700) * 784))
      expect(part.targets).toEqual(whole.targets.slice(start, end))
    }
    const picked = await train.at([650, 3, 3])
    expect(picked.inputs).toEqual(
      Uint8Array.from([650, 3, 3].flatMap((i) => [...whole.inputs.subarray(i * 784, (i + 1) * 784)])),
    )
    const longer = await glyphs({ count: 10_000_000, seed: 4 }).splits.train.at(range(0, 700))
    expect(longer.inputs).toEqual(whole.inputs)
    const far = await glyphs({ count: 10_000_000, seed: 4 }).splits.train.at([9_999_999])
    expect(far.count).toBe(1)
    const others = await glyphs({ count: 700, seed: 5 }).splits.train.at(range(0, 700))
    expect(others.inputs).not.toEqual(whole.inputs)
    expect((await read(test!, 50)).inputs).not.toEqual(whole.inputs.subarray(0, 50 * 784))
  })

  it('is empty for an empty range, refuses an index outside, and stops when asked', async () => {
    const { train } = glyphs({ count: 10 }).splits
    expect((await read(train, 4, 5, 5)).targets).toEqual([])
    expect((await train.at([])).count).toBe(0)
    await expect(train.at([10])).rejects.toThrow(RangeError)
    await expect(train.at([-1])).rejects.toThrow(RangeError)
    const stop = new AbortController()
    stop.abort(new Error('enough'))
    await expect(
      train.batches({ size: 5, signal: stop.signal })[Symbol.asyncIterator]().next(),
    ).rejects.toThrow('enough')
  })

  it('lets timers fire while one large batch is drawn', async () => {
    let fired = 0
    const timer = setInterval(() => fired++, 1)
    const { train } = glyphs({ count: 8000 }).splits
    for await (const batch of train.batches({ size: 8000 })) expect(batch.count).toBe(8000)
    clearInterval(timer)
    expect(fired).toBeGreaterThan(4)
  })

  it('keeps its bytes: they are part of the format', async () => {
    const { inputs, targets } = await glyphs({ seed: 0 }).splits.train.at(range(0, 500))
    expect([...targets.slice(0, 12)].join(' ')).toMatchInlineSnapshot(`"2 7 9 7 6 8 7 6 5 7 7 7"`)
    expect(sha256Hex(Uint8Array.from(inputs))).toMatchInlineSnapshot(
      `"c825fce6b059545420bdfa0d64c62bc6ebde8e1a9ca8f76c30f4fc1dc571bbf1"`,
    )
  })

  it('draws every class equally often, inside the frame, with ink and dark ground', async () => {
    const { inputs, targets, count } = await glyphs({ seed: 1 }).splits.train.at(range(0, 5000))
    const counts = new Array<number>(10).fill(0)
    for (const label of targets) counts[label]++
    const chiSquare = counts.reduce((sum, n) => sum + (n - 500) ** 2 / 500, 0)
    expect(chiSquare).toBeLessThan(9 + 5 * Math.sqrt(18))
    let touching = 0
    for (let i = 0; i < count; i++) {
      const image = inputs.subarray(i * 784, (i + 1) * 784)
      const inked = image.filter((value) => value > 100).length
      expect(inked).toBeGreaterThan(8)
      expect(inked).toBeLessThan(450)
      const edges = range(0, 28).flatMap((k) => [k, 27 * 28 + k, 28 * k, 28 * k + 27])
      if (edges.some((at) => image[at] > 100)) touching++
    }
    expect(touching / count).toBeLessThan(0.05)
  })

  it('is learnable by a linear model, which still makes mistakes', async () => {
    const { train, test } = glyphs({ seed: 2 }).splits
    const accuracy = linearAccuracy(await train.at(range(0, 6000)), await test!.at(range(0, 1500)))
    expect(accuracy).toBeGreaterThan(0.65)
    expect(accuracy).toBeLessThan(0.92)
  })
})

describe('parseGeneratorSpec', () => {
  it('reads an id with or without settings', () => {
    expect(parseGeneratorSpec('glyphs')).toEqual({ id: 'glyphs', count: 60_000, testCount: 10_000, seed: 0 })
    expect(parseGeneratorSpec('glyphs:10_000_000')?.count).toBe(10_000_000)
    expect(parseGeneratorSpec('glyphs:500,seed=3')).toMatchObject({ count: 500, seed: 3 })
    expect(parseGeneratorSpec('glyphs:test=0,seed=-2')).toMatchObject({
      count: 60_000,
      testCount: 0,
      seed: -2,
    })
  })

  it('leaves anything else to be a path', () => {
    for (const text of ['mnist', './glyphs', 'glyphs.csv', 'C:\\glyphs', 'toString']) {
      expect(parseGeneratorSpec(text)).toBeUndefined()
    }
  })

  it('refuses unknown and impossible settings as usage', () => {
    for (const text of [
      'glyphs:',
      'glyphs:0',
      'glyphs:1.5',
      'glyphs:9,size=3',
      'glyphs:9,seed=',
      'glyphs:9,8',
    ]) {
      expect(() => parseGeneratorSpec(text), text).toThrow(
        expect.objectContaining({ code: 'usage/generator', exitCode: 2 }),
      )
    }
  })

  it('opens every row of the table', () => {
    for (const [id, generator] of generators) {
      expect(openGenerator({ id, ...generator.defaults }).splits.train.count).toBe(generator.defaults.count)
    }
  })
})
