import type { SchemaElement } from 'hyparquet'
import { parquetWriteBuffer, type ColumnSource } from 'hyparquet-writer'
import { encode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import type { Dataset, Split } from '#core/dataset'
import { randomStream } from '#core/random'
import type { OpenOptions } from '#data/formats/format'
import { parquet } from '#data/formats/parquet'
import { bytesSource } from '#data/source'
import { formatConformance } from '../conformance/formats.ts'

type WriteOptions = Omit<Parameters<typeof parquetWriteBuffer>[0], 'columnData'>

const write = (columnData: ColumnSource[], options: WriteOptions = {}) =>
  new Uint8Array(parquetWriteBuffer({ columnData, ...options }))

/** Schema of a column of lists, and of its sibling columns. */
const listSchema = (
  name: string,
  type: 'FLOAT' | 'DOUBLE',
  ...siblings: SchemaElement[]
): SchemaElement[] => [
  { name: 'root', num_children: 1 + siblings.length },
  { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  { name: 'element', repetition_type: 'OPTIONAL', type },
  ...siblings,
]
const intSchema = (name: string): SchemaElement => ({ name, type: 'INT32', repetition_type: 'OPTIONAL' })

async function open(files: Record<string, Uint8Array>, options: OpenOptions = {}): Promise<Dataset> {
  const sources = Object.entries(files).map(([name, bytes]) => bytesSource(name, bytes))
  const place = { path: Object.keys(files)[0], files: sources }
  expect(await parquet.matches(place)).toBe(true)
  return parquet.open(place, options)
}

async function rows(split: Split, size = 3, start = 0, end = split.count): Promise<number[][]> {
  const result: number[][] = []
  for await (const { count, inputs, targets } of split.batches({ size, start, end })) {
    const p = inputs.length / count
    const k = targets.length / count
    for (let i = 0; i < count; i++) {
      result.push([...inputs.subarray(i * p, (i + 1) * p), ...targets.subarray(i * k, (i + 1) * k)])
    }
  }
  return result
}

const failure = (code: string, values: Record<string, unknown> = {}) =>
  expect.objectContaining({ code, values: expect.objectContaining(values), hint: expect.stringMatching(/./) })

const conforming = (from: number, to: number) => {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i)
  return write(
    [
      { name: 'a', data: numbers.map((i) => (i % 7 === 0 ? null : i / 2)), type: 'DOUBLE' },
      { name: 'b', data: numbers.map((i) => ['p', 'q', 'r'][i % 3]), type: 'STRING' },
      { name: 'label', data: numbers.map((i) => (i % 11 === 0 ? null : i % 2)), type: 'INT32' },
    ],
    { rowGroupSize: 10 },
  )
}
formatConformance('Parquet', () =>
  open({
    'train-0.parquet': conforming(0, 35),
    'train-1.parquet': conforming(35, 50),
    'test.parquet': conforming(50, 70),
  }),
)
formatConformance('Parquet with a real target', () =>
  open({ 'a.parquet': conforming(0, 30) }, { target: 'a' }),
)

describe('parquet tables', () => {
  it('reads numbers of every type, booleans, texts and nulls', async () => {
    const file = write([
      { name: 'int', data: [1, -2, 3], type: 'INT32' },
      { name: 'long', data: [10n, 2n ** 40n, -30n], type: 'INT64' },
      { name: 'float', data: [0.5, 1.5, null], type: 'FLOAT' },
      { name: 'double', data: [0.1, 0.2, 0.3], type: 'DOUBLE' },
      { name: 'flag', data: [true, false, true], type: 'BOOLEAN' },
      { name: 'colour', data: ['red', 'blue', null], type: 'STRING' },
      { name: 'label', data: [0, 1, 0], type: 'INT32' },
    ])
    const dataset = await open({ 'a.parquet': file }, { targetKind: 'class' })
    expect(dataset.columns).toEqual([
      'int',
      'long',
      'float',
      'float missing',
      'double',
      'flag',
      'colour=?',
      'colour=blue',
      'colour=red',
    ])
    expect(dataset.elementType).toBe('float64')
    expect(await rows(dataset.splits.train)).toEqual([
      [1, 10, 0.5, 0, 0.1, 1, 0, 0, 1, 0],
      [-2, 2 ** 40, 1.5, 0, 0.2, 0, 0, 1, 0, 1],
      [3, -30, 1, 1, 0.3, 1, 1, 0, 0, 0],
    ])
  })

  it('reads the class names that Hugging Face datasets note, −1 standing for no label', async () => {
    const features = { label: { names: ['cat', 'dog', 'owl'], _type: 'ClassLabel' } }
    const file = write(
      [
        { name: 'a', data: [1, 2, 3, 4], type: 'DOUBLE' },
        { name: 'label', data: [2, 0, -1, 2], type: 'INT32' },
      ],
      { kvMetadata: [{ key: 'huggingface', value: JSON.stringify({ info: { features } }) }] },
    )
    const { target, splits, notes } = await open({ 'a.parquet': file })
    expect(target).toEqual({ kind: 'class', names: ['cat', 'dog', 'owl'] })
    expect(await rows(splits.train)).toEqual([[1, 2], [2, 0], [4, 2]]) // prettier-ignore
    expect(notes).toHaveLength(1)
  })

  it('takes a boolean target for two classes and text for its words', async () => {
    const a: ColumnSource = { name: 'a', data: [1, 2, 3], type: 'DOUBLE' }
    const flag = write([a, { name: 'y', data: [true, false, true], type: 'BOOLEAN' }])
    expect((await open({ 'a.parquet': flag })).target).toEqual({ kind: 'class', names: ['false', 'true'] })
    const text = write([a, { name: 'y', data: ['q', 'p', 'q'], type: 'STRING' }])
    const { target, splits } = await open({ 'a.parquet': text })
    expect(target.names).toEqual(['p', 'q'])
    expect(await rows(splits.train)).toEqual([[1, 1], [2, 0], [3, 1]]) // prettier-ignore
  })

  it.each([true, false])(
    'reads lists of numbers over shards, row groups and pages (page index: %s)',
    async (offsetIndex) => {
      const random = randomStream(3, 'lists')
      const vectors = Array.from({ length: 500 }, () =>
        Array.from({ length: 5 }, () => Math.fround(random.normal())),
      )
      const labels = vectors.map((_, i) => i % 2)
      const shard = (from: number, to: number) =>
        write(
          [
            { name: 'embedding', data: vectors.slice(from, to), offsetIndex },
            { name: 'label', data: labels.slice(from, to), offsetIndex },
          ],
          { rowGroupSize: 64, pageSize: 200, schema: listSchema('embedding', 'FLOAT', intSchema('label')) },
        )
      const { splits, columns, source } = await open({
        'data/train-00000-of-00002.parquet': shard(0, 300),
        'data/train-00001-of-00002.parquet': shard(300, 450),
        'data/test-00000-of-00001.parquet': shard(450, 500),
      })
      expect(columns).toEqual([0, 1, 2, 3, 4].map((i) => `embedding[${i}]`))
      expect(source.files).toHaveLength(3)
      const expected = vectors.map((vector, i) => [...vector, labels[i]])
      expect(await rows(splits.train, 37)).toEqual(expected.slice(0, 450))
      expect(await rows(splits.train, 50, 290, 310)).toEqual(expected.slice(290, 310))
      expect(await rows(splits.test!, 1000)).toEqual(expected.slice(450))
      const picked = await splits.train.at([449, 0, 300])
      expect([...picked.inputs]).toEqual([449, 0, 300].flatMap((i) => vectors[i]))
      expect([...picked.targets]).toEqual([1, 0, 0])
    },
  )

  it('reads several real targets', async () => {
    const columns = ['u', 'a', 'v'].map((name, j) => ({
      name,
      data: [0.5 + j, 1.25 + j],
      type: 'DOUBLE' as const,
    }))
    const { splits, target } = await open({ 'a.parquet': write(columns) }, { target: 'v,u' })
    expect(target).toEqual({ kind: 'real', names: ['v', 'u'] })
    expect(await rows(splits.train)).toEqual([[1.5, 2.5, 0.5], [2.25, 3.25, 1.25]]) // prettier-ignore
  })

  it('leaves out columns of other types, with a note', async () => {
    const file = write([
      { name: 'a', data: [1, 2, 3, 4], type: 'DOUBLE' },
      { name: 'raw', data: [1, 2, 3, 4].map((i) => Uint8Array.of(i)), type: 'BYTE_ARRAY' },
      { name: 'y', data: [0, 1, 0, 1], type: 'INT32' },
    ])
    const { columns, notes } = await open({ 'a.parquet': file })
    expect(columns).toEqual(['a'])
    expect(notes.join()).toMatch(/column "raw" was left out/)
  })

  it('refuses damaged files and values that are no numbers', async () => {
    const a: ColumnSource = { name: 'a', data: [1, 2, 3], type: 'DOUBLE' }
    const y: ColumnSource = { name: 'y', data: [0, 1, 0], type: 'INT32' }
    const sound = write([a, y])
    await expect(open({ 'a.parquet': sound.subarray(0, sound.length - 9) })).rejects.toThrow(
      failure('data/truncated'),
    )
    const cut = sound.slice()
    cut.fill(0xff, sound.length - 60, sound.length - 8)
    await expect(open({ 'a.parquet': cut })).rejects.toThrow(failure('data/corrupt'))
    const infinite = write([{ ...a, data: [1, Infinity, 3] }, y])
    await expect(open({ 'a.parquet': infinite })).rejects.toThrow(
      failure('data/not-finite', { row: 1, column: 0 }),
    )
    const ragged = write(
      [
        { name: 'a', data: [[1, 2], [3], [4, 5]] },
        { name: 'y', data: y.data },
      ],
      { schema: listSchema('a', 'DOUBLE', intSchema('y')) },
    )
    await expect(open({ 'a.parquet': ragged })).rejects.toThrow(
      failure('data/unsupported', { row: 1, found: 1, needed: 2 }),
    )
    const listless = write(
      [
        { name: 'a', data: [null, [3], [4]] },
        { name: 'y', data: y.data },
      ],
      {
        schema: listSchema('a', 'DOUBLE', intSchema('y')),
      },
    )
    await expect(open({ 'a.parquet': listless })).rejects.toThrow(failure('data/unsupported', { row: 0 }))
    const huge = write([{ name: 'a', data: [1n, 2n ** 60n + 1n, 3n], type: 'INT64' }, y])
    await expect(open({ 'a.parquet': huge })).rejects.toThrow(failure('data/not-finite', { row: 1 }))
    const files = { 'train.parquet': sound, 'test.parquet': write([y]) }
    await expect(open(files)).rejects.toThrow(failure('data/corrupt'))
    const constant = write([y, { ...y, name: 'z', data: [1, 1, 1] }])
    await expect(open({ 'a.parquet': constant }, { target: 'z', targetKind: 'class' })).rejects.toThrow(
      failure('data/one-class'),
    )
  })
})

describe('parquet images', () => {
  const image = (i: number, channels: 1 | 3) => {
    const data = Uint8Array.from({ length: 4 * 6 * channels }, (_, j) => (i * 31 + j * 7) % 256)
    return { data, png: encode({ width: 6, height: 4, channels, depth: 8, data }) }
  }

  it.each([1, 3] as const)(
    'decodes the image column of Hugging Face datasets, %i channels',
    async (channels) => {
      const images = Array.from({ length: 70 }, (_, i) => image(i, channels))
      const schema = [
        { name: 'root', num_children: 2 },
        { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' as const },
        { name: 'bytes', type: 'BYTE_ARRAY' as const, repetition_type: 'OPTIONAL' as const },
        {
          name: 'path',
          type: 'BYTE_ARRAY' as const,
          converted_type: 'UTF8' as const,
          repetition_type: 'OPTIONAL' as const,
        },
        { name: 'label', type: 'INT64' as const, repetition_type: 'OPTIONAL' as const },
      ]
      const file = write(
        [
          { name: 'image', data: images.map(({ png }, i) => ({ bytes: png, path: `${i}.png` })) },
          { name: 'label', data: images.map((_, i) => (i === 5 ? null : BigInt(i % 3))) },
        ],
        { schema, rowGroupSize: 16 },
      )
      const { kind, inputShape, elementType, target, splits, notes } = await open({ 'train.parquet': file })
      expect({ kind, inputShape, elementType }).toEqual({
        kind: 'image',
        inputShape: [4, 6, channels],
        elementType: 'uint8',
      })
      expect(target.names).toEqual(['0', '1', '2'])
      expect(notes).toHaveLength(1)
      const kept = images.map((picture, i) => [...picture.data, i % 3]).filter((_, i) => i !== 5)
      for (let pass = 0; pass < 2; pass++) expect(await rows(splits.train, 20)).toEqual(kept)
      expect([...(await splits.train.at([60, 2])).inputs]).toEqual([
        ...kept[60].slice(0, -1),
        ...kept[2].slice(0, -1),
      ])
    },
  )

  formatConformance('Parquet with images', () =>
    open({
      'a.parquet': write(
        [
          {
            name: 'picture',
            data: Array.from({ length: 40 }, (_, i) => image(i, 3).png),
            type: 'BYTE_ARRAY',
          },
          {
            name: 'label',
            data: Array.from({ length: 40 }, (_, i) => (i % 9 === 0 ? null : 'ab'[i % 2])),
            type: 'STRING',
          },
        ],
        { rowGroupSize: 16 },
      ),
    }),
  )

  it('decodes a column of bare image bytes', async () => {
    const shard = (from: number) =>
      write([
        { name: 'picture', data: [0, 1, 2].map((i) => image(from + i, 1).png), type: 'BYTE_ARRAY' },
        { name: 'label', data: ['a', 'b', 'a'], type: 'STRING' },
      ])
    const { inputShape, splits } = await open({ 'train-0.parquet': shard(0), 'train-1.parquet': shard(3) })
    expect(inputShape).toEqual([4, 6, 1])
    expect(await rows(splits.train)).toEqual(
      [0, 1, 2, 3, 4, 5].map((i) => [...image(i, 1).data, i % 3 === 1 ? 1 : 0]),
    )
  })

  it('refuses images that cannot be decoded', async () => {
    const broken = image(0, 1).png.slice(0, 50)
    const file = write([
      { name: 'picture', data: [broken, image(1, 1).png], type: 'BYTE_ARRAY' },
      { name: 'label', data: ['a', 'b'], type: 'STRING' },
    ])
    await expect(open({ 'a.parquet': file })).rejects.toThrow(failure('data/corrupt'))
  })
})
