import { describe, expect, it } from 'vitest'
import { matrix } from '#core/matrix'
import { indexedRandom, randomStream } from '#core/random'
import { multiIndexDataset } from '#data/generators/multi-index'
import type { NormalModule } from '#data/generators/normals'
import { normalRoutines, normalRows } from '#data/generators/normals'
import { loadTileModule } from '#linalg/wasm/tile-module'

const bitsOf = ({ buffer, byteOffset, length }: Float32Array) => new Int32Array(buffer, byteOffset, length)
const everyRow = 2 ** 28

/** The route that the format is defined by. */
function drawnSingly(seed: number, tag: string, d: number, indices: Float64Array): Float32Array {
  const draws = indexedRandom(seed, tag)
  const result = new Float32Array(indices.length * d)
  indices.forEach((index, i) => {
    draws.seek(index)
    draws.fillNormal(result, i * d, d)
  })
  return result
}

/** Draws that note which indices they are asked for. */
function noted(seed: number, tag: string) {
  const draws = indexedRandom(seed, tag)
  const sought: number[] = []
  const seek = (index: number) => {
    sought.push(index)
    draws.seek(index)
  }
  return { draws: { ...draws, seek }, sought }
}

/** Two normals from four words, before they are rounded. */
function pairOf(words: readonly number[]): [number, number] {
  const uniform = (high: number, low: number) => ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53
  const radius = Math.sqrt(-2 * Math.log(1 - uniform(words[0], words[1])))
  const angle = 2 * Math.PI * uniform(words[2], words[3])
  return [radius * Math.cos(angle), radius * Math.sin(angle)]
}

/** How far a normal is from the middle of two floats, in units in the last place. */
function distance(value: number): number {
  const low = Number(new BigUint64Array(Float64Array.of(value).buffer)[0] & 0x1fffffffn)
  return Math.abs(low - 2 ** 28)
}

function runPairs({ run, room }: NormalModule, words: readonly (readonly number[])[], margin: number) {
  const [given, out, marks] = room([8, 4, 2])
  const view = new Uint32Array(given.view.buffer, given.address, 16)
  words.forEach((row, i) => row.forEach((word, k) => (view[4 * k + i] = word)))
  run('pairs', given.address, margin, out.address, marks.address)
  return {
    normals: new Float32Array(out.view.buffer, out.address, 8).slice(),
    doubtful: Array.from(new Int32Array(marks.view.buffer, marks.address, 4), (mark) => mark !== 0),
  }
}

describe.each(['simd', 'relaxed'] as const)('normals, build %s', (build) => {
  const url = new URL(`../../src/data/generators/wasm/normals-${build}.wasm`, import.meta.url)
  const module = loadTileModule({ simd: url, relaxed: url }, normalRoutines)

  it('draws the bits of the format: twenty million normals of many seeds, sizes and indices', async () => {
    const random = randomStream(1, 'cases')
    const sizes = [1, 2, 3, 5, 8, 63, 100, 127, 128, 129, 255, 256, 257, 1000, 1001, 8192, 20_001]
    const firsts = [0, 1, 999_999, 2 ** 31 - 2, 2 ** 32 - 3, 2 ** 33 + 17, 2 ** 52 + 1, 2 ** 53 - 1300]
    let count = 0
    let again = 0
    for (let round = 0; count < 2e7; round++) {
      const d = sizes[round % sizes.length]
      const rows = Math.min(1200, 1 + Math.floor(4e5 / d)) + random.integer(4)
      const first = firsts[random.integer(firsts.length)]
      const indices = Float64Array.from({ length: rows }, (_, i) => first + i)
      const seed = round % 3 ? random.uint32() : -(2 ** 50) + round
      const inputs = new Float32Array(rows * d + 6)
      const { draws, sought } = noted(seed, 'train')
      const draw = await normalRows(draws, matrix(0, d), { module: await module })
      draw(indices, inputs, 3, new Float64Array())
      const wanted = drawnSingly(seed, 'train', d, indices)
      const same = Buffer.compare(bytes(inputs.subarray(3, -3)), bytes(wanted)) === 0
      expect(same, `d = ${d}, seed ${seed}, from ${first}`).toBe(true)
      expect([...inputs.subarray(0, 3), ...inputs.subarray(-3)]).toEqual([0, 0, 0, 0, 0, 0])
      count += rows * d
      again += sought.length
    }
    // 2 · 64 of 2²⁹ values are in doubt.
    const expected = (count * 128) / 2 ** 29
    expect(again).toBeGreaterThan(0)
    expect(again).toBeLessThan(expected + 4 * Math.sqrt(expected))
  })

  it('draws rows in doubt again, and no others', async () => {
    const indices = Float64Array.of(5, 2 ** 40, 5, 17, 0, 1, 2)
    for (const [margin, most] of [
      [everyRow, 7],
      [64, 0],
    ]) {
      const { draws, sought } = noted(3, 'doubt')
      const inputs = new Float32Array(7 * 9)
      const draw = await normalRows(draws, matrix(0, 9), { module: await module, margin })
      draw(indices, inputs, 0, new Float64Array())
      expect(sought).toEqual([...indices].slice(0, most))
      expect(bitsOf(inputs)).toEqual(bitsOf(drawnSingly(3, 'doubt', 9, indices)))
    }
  })

  it('puts a row in doubt by its nearest distance to the middle of two floats, within a few last places', async () => {
    const random = randomStream(2, 'distances')
    const margin = 2 ** 16
    let doubtful = 0
    for (let round = 0; round < 10_000; round++) {
      const words = Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => random.uint32()))
      const found = runPairs(await module, words, margin)
      for (let row = 0; row < 4; row++) {
        const nearest = Math.min(...pairOf(words[row]).map(distance))
        if (Math.abs(nearest - margin) > 16) expect(found.doubtful[row]).toBe(nearest < margin)
        if (found.doubtful[row]) doubtful++
      }
    }
    expect(doubtful).toBeGreaterThan(5)
  })

  it('keeps to the last places of Math at the ends of logarithm and turn', async () => {
    const all = 0xffffffff
    // v = 1 − u: 1, 2⁻⁵³, next to 1, next to ½, and about √½ where the exponent changes.
    const lengths = [
      [0, 0],
      [all, all],
      [0, 64],
      [0x80000000, 0],
      [0x7fffffff, all],
      [0x4afb0ccc, 0x06333333],
      [0x4afb0ccf, all],
    ]
    const turns: number[][] = []
    for (let eighth = 0; eighth < 8; eighth++) {
      const start = eighth * 0x20000000
      turns.push([start, 0], [start, 64], [start, 1 << 20], [(start - 1) >>> 0, all], [(start - 1) >>> 0, 0])
    }
    for (const length of lengths) {
      for (const turn of turns) {
        const words = [...length, ...turn]
        const { normals, doubtful } = runPairs(await module, [words, words, words, words], 64)
        const wanted = Float32Array.from(pairOf(words))
        if (doubtful[0]) continue
        for (let row = 0; row < 4; row++)
          expect(bitsOf(normals.subarray(2 * row, 2 * row + 2)), `${words}`).toEqual(bitsOf(wanted))
      }
    }
  })

  it.each([1, 2, 3, 5])('projects on %i directions with the bits of a plain loop', async (r) => {
    const d = 77
    const basis = matrix(r, d, randomStream(4, 'basis').fillNormal(new Float64Array(r * d)))
    const indices = Float64Array.from({ length: 431 }, (_, i) => 3 * i)
    const [inputs, along] = [new Float32Array(431 * d), new Float64Array(431 * r)]
    const draw = await normalRows(indexedRandom(4, 'rows'), basis, { module: await module })
    draw(indices, inputs, 0, along)
    for (let i = 0; i < 431; i++) {
      for (let k = 0; k < r; k++) {
        let sum = 0
        for (let j = 0; j < d; j++) sum += basis.data[k * d + j] * inputs[i * d + j]
        expect(along[i * r + k]).toBe(sum)
      }
    }
  })
})

it('gives the inputs of multi-index tasks the bits that they have in JavaScript, in batches and by index', async () => {
  const { train } = multiIndexDataset({ count: 25_000, inputs: 31, seed: 8 }).splits
  const draws = indexedRandom(8, 'multi-index', 'train')
  const row = new Float32Array(31)
  for await (const { start, count, inputs } of train.batches({ size: 20_011, start: 3 })) {
    for (let i = 0; i < count; i++) {
      draws.seek(start + i)
      draws.fillNormal(row, 0, 31)
      expect(Float32Array.from(inputs.subarray(31 * i, 31 * i + 31))).toEqual(row)
    }
  }
  const picked = await train.at(Float64Array.from({ length: 17_000 }, (_, i) => 24_999 - i))
  draws.seek(24_999 - 16_500)
  draws.fillNormal(row, 0, 31)
  expect(picked.inputs.subarray(31 * 16_500, 31 * 16_501)).toEqual(row)
})

function bytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
