import { describe, expect, it } from 'vitest'
import type { Split } from '#core/dataset'
import { chosenClasses } from '#data/chosen-classes'
import { glyphs } from '#data/generators/glyphs'

const dataset = glyphs({ count: 400, testCount: 50, seed: 2 })

async function read(split: Split, size: number, start = 0, end?: number) {
  const targets: number[] = []
  const inputs: number[] = []
  const starts: number[] = []
  for await (const batch of split.batches({ size, start, ...(end !== undefined && { end }) })) {
    starts.push(batch.start)
    targets.push(...batch.targets)
    for (const value of batch.inputs) inputs.push(value)
  }
  return { targets, inputs, starts }
}

describe('chosenClasses', () => {
  it('leaves a dataset as it is where nothing is chosen', async () => {
    expect(await chosenClasses(dataset, {})).toBe(dataset)
  })

  it('sets one class against all others', async () => {
    const view = await chosenClasses(dataset, { positive: '3' })
    expect(view.target).toEqual({ kind: 'class', names: ['not 3', '3'] })
    const raw = await read(dataset.splits.train, 64)
    const seen = await read(view.splits.train, 64)
    expect(seen.targets).toEqual(raw.targets.map((index) => (index === 3 ? 1 : 0)))
    expect(seen.inputs).toEqual(raw.inputs)
    expect(Array.from((await view.splits.train.at([5, 2])).targets)).toEqual([
      seen.targets[5],
      seen.targets[2],
    ])
  })

  it('keeps the examples of a pair alone, in order, whatever the batches', async () => {
    const { splits, target } = await chosenClasses(dataset, { positive: '3', negative: '5' })
    expect(target.names).toEqual(['5', '3'])
    const raw = await read(dataset.splits.train, 400)
    const places = raw.targets.flatMap((index, i) => (index === 3 || index === 5 ? [i] : []))
    expect(splits.train.count).toBe(places.length)
    const whole = await read(splits.train, 1000)
    expect(whole.targets).toEqual(places.map((i) => (raw.targets[i] === 3 ? 1 : 0)))
    expect(whole.inputs).toEqual(places.flatMap((i) => raw.inputs.slice(784 * i, 784 * (i + 1))))
    const small = await read(splits.train, 7)
    expect([small.targets, small.inputs]).toEqual([whole.targets, whole.inputs])
    expect(small.starts).toEqual(Array.from({ length: Math.ceil(places.length / 7) }, (_, i) => 7 * i))
    expect((await read(splits.train, 4, 3, 13)).targets).toEqual(whole.targets.slice(3, 13))
    const { inputs } = await splits.train.at([4])
    expect(Array.from(inputs)).toEqual(whole.inputs.slice(4 * 784, 5 * 784))
    await expect(splits.train.at([places.length])).rejects.toThrow(RangeError)
    expect(splits.test!.count).toBeGreaterThan(0)
  })

  it.each([
    [{ positive: '33' }, /no class '33'/],
    [{ negative: '3' }, /no --positive/],
    [{ positive: '3', negative: 'three' }, /no class 'three'/],
  ])('refuses %o', async (choice, message) => {
    await expect(chosenClasses(dataset, choice)).rejects.toMatchObject({
      code: 'usage/class',
      message: expect.stringMatching(message),
    })
  })
})
