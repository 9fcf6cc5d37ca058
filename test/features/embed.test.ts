import { afterAll, describe, expect, it } from 'vitest'
import type { Batch } from '#core/dataset'
import { matrix, relativeError } from '#core/matrix'
import { dense } from '#features/dense'
import { embed, embedBlocks } from '#features/embed'
import { chooseBlas } from '#linalg/provider'

const { blas } = await chooseBlas()
afterAll(() => blas.close())

const preprocessing = {
  name: 'unit',
  scale: new Float64Array(6).fill(1 / 255),
  shift: new Float64Array(6).fill(-0.3),
} as const
const features = await dense.create({ inputShape: [6], options: { width: 5 }, seed: 1 }, blas)

/** Batches in arrays that are used again, as those of a file are. */
async function* batches(count: number, failAt = Infinity): AsyncGenerator<Batch> {
  const inputs = new Uint8Array(3 * 6)
  const targets = new Int32Array(3)
  for (let b = 0; b < count; b++) {
    if (b === failAt) throw new Error('no such block')
    inputs.forEach((_, i) => (inputs[i] = (b * 31 + i * 7) % 256))
    targets.fill(b)
    yield { start: 3 * b, count: 3, inputs, targets }
    inputs.fill(0)
    targets.fill(-1)
  }
}

describe('blocks that are embedded ahead', () => {
  it.each([0, 1, 2, 3, 4, 9])('are those embedded one by one, in order: %i', async (count) => {
    const wanted: Float64Array[] = []
    for await (const { inputs } of batches(count)) {
      wanted.push((await embed(inputs, 3, 6, { preprocessing, features }, blas)).data)
    }
    let seen = 0
    for await (const block of embedBlocks(batches(count), 6, { preprocessing, features }, blas)) {
      expect(block.start).toBe(3 * seen)
      expect([...block.targets]).toEqual([seen, seen, seen])
      expect(relativeError(block.features, matrix(3, 5, wanted[seen]))).toBeLessThan(1e-14)
      seen++
    }
    expect(seen).toBe(count)
  })

  it('throw what their source throws', async () => {
    const all = async () => {
      for await (const block of embedBlocks(batches(9, 4), 6, { preprocessing, features }, blas)) {
        expect(block.count).toBe(3)
      }
    }
    await expect(all()).rejects.toThrow('no such block')
  })
})

describe('a map that was made ready to be inverted', () => {
  it('gives the same points', async () => {
    const square = () => dense.create({ inputShape: [40], options: {}, seed: 3 }, blas)
    const wanted = matrix(
      7,
      40,
      Float64Array.from({ length: 280 }, (_, i) => Math.sin(i)),
    )
    const ready = await square()
    ready.prepareInverse?.(blas)
    const [a, b] = [await ready.rightInverse(wanted, blas), await (await square()).rightInverse(wanted, blas)]
    expect(a.points.data).toEqual(b.points.data)
  })
})
