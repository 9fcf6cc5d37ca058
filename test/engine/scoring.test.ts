import { expect, it } from 'vitest'
import type { Batch } from '#core/dataset'
import { keptSplit } from '#engine/scoring'

function counted() {
  let passes = 0
  const storage = new Uint8Array(4)
  const batches = async function* (): AsyncGenerator<Batch> {
    passes++
    for (let start = 0; start < 6; start += 2) {
      // As a reader does that has one buffer.
      storage.fill(start)
      yield { start, count: 2, inputs: storage, targets: Int32Array.of(start, 1) }
    }
  }
  return { split: { name: 'test', count: 6, batches } as const, passes: () => passes }
}

async function read(batches: AsyncIterable<Batch> | Iterable<Batch>) {
  const seen: unknown[] = []
  for await (const { start, count, inputs, targets } of batches)
    seen.push([start, count, [...inputs], [...targets]])
  return seen
}

it('reads a split once for any number of passes', async () => {
  const { split, passes } = counted()
  const plain = await read(split.batches())
  const kept = keptSplit(split)
  for (let pass = 0; pass < 3; pass++) expect(await read(kept.batches())).toEqual(plain)
  expect(passes()).toBe(2)
})

it('keeps nothing of a split that is too large, or whose first pass was not finished', async () => {
  const { split, passes } = counted()
  const large = keptSplit(split, 30)
  await read(large.batches())
  expect(await read(large.batches())).toHaveLength(3)
  expect(passes()).toBe(2)
  const stopped = keptSplit(split)
  for await (const batch of stopped.batches()) if (batch.start === 2) break
  expect(await read(stopped.batches())).toHaveLength(3)
  expect(passes()).toBe(4)
})
