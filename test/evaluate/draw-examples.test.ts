import { describe, expect, it } from 'vitest'
import type { Batch, Split } from '#core/dataset'
import { drawExamples } from '#evaluate/draw-examples'

/** Example i is (i, −i) with class i % 3, in batches of the reader's own size. */
function counting(count: number, largest = Infinity): Split {
  const at = async (indices: ArrayLike<number>): Promise<Batch> => ({
    start: 0,
    count: indices.length,
    inputs: Float32Array.from({ length: 2 * indices.length }, (_, j) =>
      j % 2 === 0 ? indices[j / 2] : -indices[(j - 1) / 2],
    ),
    targets: Int32Array.from({ length: indices.length }, (_, j) => indices[j] % 3),
  })
  return {
    name: 'train',
    count,
    at,
    async *batches({ size }) {
      const step = Math.min(size, largest)
      for (let start = 0; start < count; start += step) {
        const indices = Array.from({ length: Math.min(step, count - start) }, (_, i) => start + i)
        yield { ...(await at(indices)), start }
      }
    },
  }
}

const shape = { inputSize: 2, columns: 1, seed: 0 }
const everything = { name: 'pool', member: () => true, capacity: 1e9 }

describe('drawExamples', () => {
  it('keeps what fits, in order, inputs with their targets', async () => {
    const parts = [
      { name: 'hold-out', member: (index: number) => index % 4 === 0, capacity: 100 },
      { name: 'pool', member: (index: number) => index % 4 !== 0, capacity: 100 },
    ]
    const [holdOut, pool] = await drawExamples(counting(10, 3), parts, shape)
    expect(holdOut.members).toBe(3)
    expect([...holdOut.examples.inputs]).toEqual([0, -0, 4, -4, 8, -8])
    expect([...holdOut.examples.targets]).toEqual([0, 1, 2])
    expect(pool.examples.count).toBe(7)
    expect(pool.examples.inputs).toBeInstanceOf(Float32Array)
    expect(pool.examples.inputs).toHaveLength(14)
  })

  it('draws the same sample whatever the batches, with every example as likely as another', async () => {
    const hits = new Array<number>(20).fill(0)
    for (let seed = 0; seed < 2000; seed++) {
      const part = { ...everything, capacity: 5 }
      const [a] = await drawExamples(counting(20, 3), [part], { ...shape, seed })
      if (seed < 5) {
        const [b] = await drawExamples(counting(20), [part], { ...shape, seed })
        expect(b).toEqual(a)
      }
      expect(a.members).toBe(20)
      expect(a.examples.count).toBe(5)
      for (let i = 0; i < 5; i++) {
        const value = a.examples.inputs[2 * i]
        expect(a.examples.targets[i]).toBe(value % 3)
        hits[value] += 1
      }
    }
    // 500 expected, standard deviation 19.
    for (const count of hits) expect(Math.abs(count - 500)).toBeLessThan(80)
  })

  it('gives an empty part where nothing belongs to it', async () => {
    const [none, empty] = await drawExamples(
      counting(4),
      [
        { name: 'none', member: () => false, capacity: 3 },
        { ...everything, capacity: 0 },
      ],
      shape,
    )
    expect(none).toMatchObject({ members: 0, examples: { count: 0 } })
    expect(empty).toMatchObject({ members: 4, examples: { count: 0 } })
    expect((await drawExamples(counting(0), [everything], shape))[0].examples.count).toBe(0)
  })

  it('stops at an abort', async () => {
    const watch = { signal: AbortSignal.abort(new Error('stopped')) }
    await expect(drawExamples(counting(4), [everything], shape, watch)).rejects.toThrow('stopped')
  })
})
