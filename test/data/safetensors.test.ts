import { describe, expect, test } from 'vitest'
import { RetortError } from '#core/errors'
import { encodeSafetensors, readSafetensors } from '#data/formats/safetensors'
import { bytesSource } from '#data/source'
import { formatConformance } from '../conformance/formats.ts'
import { failureOf, openFiles } from './fixtures.ts'

/** Written by safetensors 0.8.0 for Python: x float32 [[1.5, -2]], y int64 [7], metadata {"a": "b"}. */
const reference = Uint8Array.from(
  atob(
    'iAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJhIjoiYiJ9LCJ5Ijp7ImR0eXBlIjoiSTY0Iiwic2hhcGUiOlsxXSwiZGF0YV9vZmZzZXRzIjpbMCw4XX0sIngiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzEsMl0sImRhdGFfb2Zmc2V0cyI6WzgsMTZdfX0gBwAAAAAAAAAAAMA/AAAAwA==',
  ),
  (character) => character.charCodeAt(0),
)

const tensors = {
  y: { dtype: 'I64', shape: [1], data: BigInt64Array.of(7n) },
  x: { dtype: 'F32', shape: [1, 2], data: Float32Array.of(1.5, -2) },
} as const

const open = (bytes: Uint8Array) => readSafetensors(bytesSource('set.safetensors', bytes))

/** A file with the given header text and that many data bytes. */
function file(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header)
  const bytes = new Uint8Array(8 + text.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  const error = await open(bytes).catch((reason: unknown) => reason)
  return error instanceof RetortError ? error.code : `no RetortError: ${String(error)}`
}

describe('writer', () => {
  test('gives the bytes of the reference implementation', () => {
    expect(encodeSafetensors(tensors, { a: 'b' })).toEqual(reference)
  })

  test('does not depend on the order of tensors and metadata', () => {
    const { x, y } = tensors
    expect(encodeSafetensors({ x, y }, { b: '1', a: '2' })).toEqual(
      encodeSafetensors({ y, x }, { a: '2', b: '1' }),
    )
  })

  test('aligns every tensor to its element size', async () => {
    const bytes = encodeSafetensors({
      a: { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) },
      b: { dtype: 'F64', shape: [], data: Float64Array.of(Math.PI) },
      c: { dtype: 'U16', shape: [1], data: Uint16Array.of(9) },
    })
    const { tensors: read } = await open(bytes)
    expect(Object.values(read).map(({ offset }) => offset % 8)).toEqual([0, 0, 2])
    expect(await read.b.read()).toEqual(Float64Array.of(Math.PI))
    expect(await read.a.read()).toEqual(Uint8Array.of(1, 2, 3))
  })

  test('refuses data that do not fit', () => {
    const data = Float32Array.of(1)
    expect(() => encodeSafetensors({ x: { dtype: 'F32', shape: [2], data } })).toThrow(RangeError)
    expect(() => encodeSafetensors({ x: { dtype: 'F64', shape: [1], data } })).toThrow(RangeError)
  })
})

describe('reader', () => {
  test('reads what the reference implementation wrote', async () => {
    const { metadata, tensors: read } = await open(reference)
    expect(metadata).toEqual({ a: 'b' })
    expect(read.x).toMatchObject({ dtype: 'F32', shape: [1, 2], byteLength: 8 })
    expect(await read.x.read()).toEqual(Float32Array.of(1.5, -2))
    expect(await read.y.read()).toEqual(BigInt64Array.of(7n))
  })

  test('reads an empty set and an empty tensor', async () => {
    expect((await open(encodeSafetensors({}))).tensors).toEqual({})
    const { tensors: read } = await open(
      encodeSafetensors({ none: { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) } }),
    )
    expect(await read.none.read()).toEqual(new Float32Array(0))
  })

  test('finds every truncation', async () => {
    for (let length = 0; length < reference.length; length++) {
      expect(await codeOf(reference.subarray(0, length)), `${length} bytes`).toBe('data/truncated')
    }
  })

  const tensor = (dtype: string, shape: string, start: number, end: number) =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":[${start},${end}]}`
  test.each([
    ['a header that is not JSON', file('{x', 0), 'data/corrupt'],
    ['a header that is no object', file('[]', 0), 'data/corrupt'],
    ['a header that claims too much', Uint8Array.of(255, 255, 255, 255, 255, 0, 0, 0), 'data/corrupt'],
    ['an unknown element type', file(`{"x":${tensor('F3', '[1]', 0, 8)}}`, 8), 'data/unsupported'],
    ['a size that contradicts the shape', file(`{"x":${tensor('F64', '[2]', 0, 8)}}`, 8), 'data/corrupt'],
    [
      'a hole',
      file(`{"x":${tensor('U8', '[1]', 0, 1)},"y":${tensor('U8', '[1]', 2, 3)}}`, 3),
      'data/corrupt',
    ],
    [
      'an overlap',
      file(`{"x":${tensor('U8', '[2]', 0, 2)},"y":${tensor('U8', '[2]', 1, 3)}}`, 3),
      'data/corrupt',
    ],
    ['bytes after the last tensor', file(`{"x":${tensor('U8', '[1]', 0, 1)}}`, 2), 'data/corrupt'],
    ['a negative side', file(`{"x":${tensor('U8', '[-1]', 0, 1)}}`, 1), 'data/corrupt'],
    ['sides that overflow', file(`{"x":${tensor('U8', '[9007199254740991,9]', 0, 1)}}`, 1), 'data/corrupt'],
    ['metadata that are not text', file('{"__metadata__":{"a":1}}', 0), 'data/corrupt'],
  ])('refuses %s', async (_, bytes, code) => {
    expect(await codeOf(bytes)).toBe(code)
  })
})

const rows = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i))
const classes = Uint8Array.from({ length: 20 }, (_, i) => i % 3)
formatConformance('safetensors', () =>
  openFiles({
    'set.safetensors': encodeSafetensors({
      x: { dtype: 'F32', shape: [20, 3], data: rows },
      y: { dtype: 'U8', shape: [20], data: classes },
    }),
  }),
)
formatConformance('safetensors, soft labels', () =>
  openFiles({
    'set.safetensors': encodeSafetensors({
      points: { dtype: 'F64', shape: [20, 3], data: Float64Array.from(rows) },
      labels: { dtype: 'F32', shape: [20, 3], data: rows },
      ridge: { dtype: 'F64', shape: [], data: Float64Array.of(0.5) },
    }),
  }),
)

describe('safetensors as a dataset', () => {
  test('half precision is widened exactly', async () => {
    const dataset = await openFiles({
      'set.safetensors': encodeSafetensors({
        x: { dtype: 'BF16', shape: [2, 2], data: Uint16Array.of(0x3fc0, 0xc000, 0x0000, 0x4049) },
        y: { dtype: 'I64', shape: [2], data: BigInt64Array.of(4n, 8n) },
      }),
    })
    expect(dataset.target.names).toEqual(['4', '8'])
    expect((await dataset.splits.train.at([0, 1])).inputs).toEqual(Float32Array.of(1.5, -2, 0, 3.140625))
  })

  test('faults of the file and of the set', async () => {
    const x = { dtype: 'F32', shape: [20, 3], data: rows } as const
    const y = { dtype: 'U8', shape: [19], data: classes.subarray(0, 19) } as const
    const error = await failureOf({ 'set.safetensors': encodeSafetensors({ x, y }) })
    expect(error).toMatchObject({ code: 'data/count-mismatch', values: { inputs: 20, labels: 19 } })
    expect((await failureOf({ 'set.safetensors': encodeSafetensors({ x }) })).code).toBe('data/no-labels')
    expect((await failureOf({ 'set.safetensors': reference.subarray(0, 90) })).code).toBe('data/truncated')
  })
})
