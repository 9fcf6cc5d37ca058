import { describe, expect, test } from 'vitest'
import { type Batch, type Dataset, inputSize, type Split, targetSize } from '#core/dataset'

/**
 * What every opened dataset must do, whatever its format: run it on a small dataset with
 * `formatConformance('IDX', () => openPlace(…))`. `open` is called once for each check.
 */
export function formatConformance(name: string, open: () => Promise<Dataset>): void {
  describe(`${name} conforms`, () => {
    test('shapes, types and counts agree with the description', async () => {
      const dataset = await open()
      expect(dataset.inputShape).toHaveLength(dataset.kind === 'image' ? 3 : 1)
      expect(dataset.columns?.length ?? inputSize(dataset)).toBe(inputSize(dataset))
      expect(targetSize(dataset.target)).toBeGreaterThan(dataset.target.kind === 'class' ? 1 : 0)
      expect(new Set(dataset.target.names).size).toBe(targetSize(dataset.target))
      await eachSplit(dataset, async (split) => {
        let count = 0
        for await (const batch of split.batches({ size: 7 })) {
          expect(batch.start).toBe(count)
          expect(batch.count).toBe(Math.min(7, split.count - count))
          checkArrays(dataset, batch)
          count += batch.count
        }
        expect(count).toBe(split.count)
        expect(split.count).toBeGreaterThan(0)
      })
    })

    test('batches do not depend on their size and equal at()', async () => {
      const dataset = await open()
      await eachSplit(dataset, async (split) => {
        const all = await split.at(range(0, split.count))
        checkArrays(dataset, all)
        for (const size of [1, 7, 1000, split.count, split.count + 1]) {
          expect(await collect(dataset, split, { size }), `batches of ${size}`).toEqual(valuesOf(all))
        }
      })
    })

    test('any range of examples can be streamed', async () => {
      const dataset = await open()
      await eachSplit(dataset, async (split) => {
        const { count } = split
        const middle = Math.floor(count / 2)
        const ranges = [
          [0, 1],
          [middle, count],
          [Math.floor(count / 3), middle + 1],
          [count - 1, count],
          [middle, middle],
        ]
        for (const [start, end] of ranges) {
          const expected = valuesOf(await split.at(range(start, end)))
          for (const size of [1, 3, 1000]) {
            expect(
              await collect(dataset, split, { size, start, end }),
              `${start}..${end} by ${size}`,
            ).toEqual(expected)
          }
        }
      })
    })

    test('at() takes indices in any order, repeated or none, and gives arrays of the caller', async () => {
      const dataset = await open()
      const width = inputSize(dataset)
      await eachSplit(dataset, async (split) => {
        const all = await split.at(range(0, split.count))
        const indices = [...range(0, split.count).reverse(), 0, split.count - 1, 0]
        const chosen = await split.at(indices)
        indices.forEach((index, i) => {
          expect(rowOf(chosen.inputs, i, width)).toEqual(rowOf(all.inputs, index, width))
          expect(rowOf(chosen.targets, i, targetWidth(dataset))).toEqual(
            rowOf(all.targets, index, targetWidth(dataset)),
          )
        })
        expect((await split.at([])).count).toBe(0)
        chosen.inputs.fill(0)
        chosen.targets.fill(0)
        expect(valuesOf(await split.at(range(0, split.count)))).toEqual(valuesOf(all))
        await expect(split.at([split.count])).rejects.toThrow(RangeError)
        await expect(split.at([-1])).rejects.toThrow(RangeError)
      })
    })

    test('streams again, and twice at once, with the same result', async () => {
      const dataset = await open()
      await eachSplit(dataset, async (split) => {
        const first = await collect(dataset, split, { size: 3 })
        for await (const batch of split.batches({ size: 2 })) if (batch.start >= 2) break
        const [second, third] = await Promise.all([
          collect(dataset, split, { size: 3 }),
          collect(dataset, split, { size: 5 }),
        ])
        expect(second).toEqual(first)
        expect(third).toEqual(first)
      })
    })

    test('reading ahead leaves the batch at hand alone', async () => {
      const dataset = await open()
      for await (const batch of dataset.splits.train.batches({ size: 2 })) {
        const before = valuesOf(batch)
        await new Promise((resolve) => setTimeout(resolve, 2))
        expect(valuesOf(batch)).toEqual(before)
        if (batch.start > 20) break
      }
    })

    test('an aborted signal ends the stream with its reason', async () => {
      const dataset = await open()
      const { train } = dataset.splits
      const before = AbortSignal.abort(new Error('never mind'))
      await expect(collect(dataset, train, { size: 2, signal: before })).rejects.toThrow('never mind')
      const controller = new AbortController()
      let seen = 0
      const reading = async () => {
        for await (const batch of train.batches({ size: 1, signal: controller.signal })) {
          seen += batch.count
          controller.abort(new Error('enough'))
        }
      }
      if (train.count > 1) {
        await expect(reading()).rejects.toThrow('enough')
        expect(seen).toBe(1)
      }
    })
  })
}

async function eachSplit(dataset: Dataset, check: (split: Split) => Promise<void>): Promise<void> {
  await check(dataset.splits.train)
  if (dataset.splits.test) await check(dataset.splits.test)
}

function checkArrays(dataset: Dataset, batch: Batch): void {
  const types = { uint8: Uint8Array, float32: Float32Array, float64: Float64Array }
  expect(batch.inputs).toBeInstanceOf(types[dataset.elementType])
  expect(batch.inputs).toHaveLength(batch.count * inputSize(dataset))
  expect(batch.inputs.every((value: number) => Number.isFinite(value))).toBe(true)
  expect(batch.targets).toHaveLength(batch.count * targetWidth(dataset))
  if (dataset.target.kind === 'class') {
    const classes = targetSize(dataset.target)
    expect(batch.targets).toBeInstanceOf(Int32Array)
    expect(batch.targets.every((label: number) => label >= 0 && label < classes)).toBe(true)
  } else {
    expect(batch.targets).toBeInstanceOf(Float64Array)
    expect(batch.targets.every((value: number) => Number.isFinite(value))).toBe(true)
  }
}

function targetWidth({ target }: Dataset): number {
  return target.kind === 'class' ? 1 : targetSize(target)
}

interface Values {
  readonly inputs: number[]
  readonly targets: number[]
}

function valuesOf({ inputs, targets }: Batch): Values {
  return { inputs: Array.from(inputs), targets: Array.from(targets) }
}

async function collect(
  dataset: Dataset,
  split: Split,
  options: Parameters<Split['batches']>[0],
): Promise<Values> {
  const inputs: number[] = []
  const targets: number[] = []
  let next = options.start ?? 0
  for await (const batch of split.batches(options)) {
    expect(batch.start).toBe(next)
    next += batch.count
    checkArrays(dataset, batch)
    for (const value of batch.inputs) inputs.push(value)
    for (const value of batch.targets) targets.push(value)
  }
  return { inputs, targets }
}

function rowOf(values: Batch['inputs'] | Batch['targets'], row: number, width: number): number[] {
  return Array.from(values.subarray(row * width, (row + 1) * width))
}

function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i)
}
