import { describe, expect, test } from 'vitest'
import type { Content } from '#data/content'
import { gatherRows, type Lane, openRows } from '#data/rows'
import { gzipFile, npyFile, openFiles, randomBytes, readAll } from './fixtures.ts'

const rowBytes = 7
const count = 40
const offset = 3
const bytes = randomBytes(offset + rowBytes * count, 1)

/** The bytes in chunks of the given sizes, over and over. */
function chopped(sizes: readonly number[], length = bytes.length): Content {
  return {
    name: 'chopped',
    byteLength: undefined,
    async *stream(start, end = length) {
      for (let at = start, i = 0; at < end; i++) {
        const next = Math.min(end, at + sizes[i % sizes.length])
        yield bytes.subarray(at, next)
        at = next
      }
    },
  }
}

function laneOver(content: Content): Lane {
  return {
    content,
    offset,
    rowBytes,
    count,
    write(run, rows, { inputs, targets }, at, first) {
      inputs.set(run.subarray(0, rows * rowBytes), at * rowBytes)
      for (let i = 0; i < rows; i++) targets[at + i] = first + i
    },
  }
}

const arrays = (rows: number) => ({ inputs: new Uint8Array(rows * rowBytes), targets: new Int32Array(rows) })
const rowsOf = (start: number, end: number) =>
  bytes.subarray(offset + start * rowBytes, offset + end * rowBytes)

describe.each([[[1]], [[2, 5, 11]], [[7]], [[20]], [[6, 8, 1, 30]], [[0, 3]], [[1000]]])(
  'chunks of %j bytes',
  (sizes) => {
    test.each([
      [0, 40, 1],
      [0, 40, 9],
      [13, 40, 40],
      [5, 31, 4],
    ])('rows %d to %d by %d', async (start, end, size) => {
      const cursor = openRows(laneOver(chopped(sizes)), start, end)
      for (let from = start; from < end; from += size) {
        const rows = Math.min(size, end - from)
        const into = arrays(rows)
        await cursor.fill(into, 0, rows)
        expect(into.inputs).toEqual(rowsOf(from, from + rows))
        expect(Array.from(into.targets)).toEqual(Array.from({ length: rows }, (_, i) => from + i))
      }
      await cursor.close()
    })

    test('chosen rows', async () => {
      const indices = [39, 3, 3, 17, 0]
      const into = arrays(indices.length)
      await gatherRows(laneOver(chopped(sizes)), indices, into)
      indices.forEach((index, i) => {
        expect(into.inputs.subarray(i * rowBytes, (i + 1) * rowBytes)).toEqual(rowsOf(index, index + 1))
      })
      expect(Array.from(into.targets)).toEqual(indices)
    })

    test('an end too early or too late is found at the last row', async () => {
      const read = async (content: Content) =>
        openRows(laneOver(content), 0, count).fill(arrays(count), 0, count)
      await expect(read(chopped(sizes, bytes.length - 1))).rejects.toMatchObject({
        code: 'data/truncated',
        values: { needed: bytes.length, found: bytes.length - 1 },
      })
      const longer = { ...laneOver(chopped(sizes)), count: count - 1 }
      await expect(openRows(longer, 0, count - 1).fill(arrays(count), 0, count - 1)).rejects.toMatchObject({
        code: 'data/corrupt',
      })
    })
  },
)

test('elements that straddle the chunks of a large file are put together', async () => {
  const many = 500_001
  const words = new TextEncoder().encode(
    Array.from({ length: many }, (_, i) => ['cat', 'dog', 'emu'][i % 3]).join(''),
  )
  const inputs = Uint8Array.from({ length: many * 7 }, (_, i) => i % 251)
  const files = { 'x.npy': npyFile('|u1', [many, 7], inputs), 'y.npy': npyFile('|S3', [many], words) }
  for (const x of [files['x.npy'], gzipFile(files['x.npy'])]) {
    const dataset = await openFiles({ ...files, 'x.npy': x })
    expect(dataset.target.names).toEqual(['cat', 'dog', 'emu'])
    expect(await readAll(dataset)).toBe(many)
    const { inputs: read, targets } = await dataset.splits.train.at([many - 1, 149_796, 300_000])
    expect(Array.from(targets)).toEqual([2, 0, 0])
    expect(Array.from(read)).toEqual(
      [many - 1, 149_796, 300_000].flatMap((row) => Array.from(inputs.subarray(row * 7, row * 7 + 7))),
    )
  }
})
