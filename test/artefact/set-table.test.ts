import { decode } from 'fast-png'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RidgeSet } from '#core/distilled-set'
import { RetortError } from '#core/errors'
import { matrixOf } from '#core/matrix'
import { picturePngs, picturesOf } from '#artefact/preview/pictures'
import { encodeTable, targetColumnNames } from '#artefact/set-table'
import { decodeTable } from '#artefact/set-table-content'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { imageSet, normals, regressionSet } from './sets.ts'

let blas: Blas
beforeAll(async () => {
  ;({ blas } = await chooseBlas())
})
afterAll(() => blas.close())

function features(bytes: Uint8Array): Record<string, { _type: string }> {
  const { key_value_metadata: pairs } = parquetMetadata(Uint8Array.from(bytes).buffer)
  const text = pairs?.find(({ key }) => key === 'huggingface')?.value
  return JSON.parse(text ?? '{}').info.features
}

test.each(['float32', 'float64'] as const)(
  'points and labels come back bit for bit as %s',
  async (storage) => {
    const set = await imageSet(blas)
    set.points.data[3] = -0
    set.points.data[4] = 0
    const rounded = (data: Float64Array) =>
      storage === 'float32' ? Float64Array.from(Float32Array.from(data)) : data
    const table = await decodeTable('train.parquet', await encodeTable(set, storage), set.target)
    expect(table.storage).toBe(storage)
    expect(table.points).toEqual({ ...set.points, data: rounded(set.points.data) })
    expect([table.points.data[3], table.points.data[4]]).toEqual([-0, 0])
    expect(table.labels).toEqual({ ...set.labels, data: rounded(set.labels.data) })
    expect(table.classNames).toEqual(set.target.names)
    expect(table.targets).toBeUndefined()
  },
)

test('pictures are PNG files in a struct that the Hugging Face viewer knows', async () => {
  const set = await imageSet(blas, { side: 5, channels: 3 })
  const pictures = picturesOf(set.points, set.inputShape, undefined)
  const bytes = await encodeTable(set, 'float32', picturePngs(pictures))
  const rows = await parquetReadObjects({ file: bytes.buffer, utf8: false })
  rows.forEach((row, i) => {
    const { width, height, channels, data } = decode(row.image.bytes, { checkCrc: true })
    expect({ width, height, channels }).toEqual({ width: 5, height: 5, channels: 3 })
    expect(Array.from(data)).toEqual(Array.from(pictures.pixels[i]))
    expect(row.image.path).toBe(`point-${i}.png`)
  })
  expect(features(bytes)).toEqual({
    image: { _type: 'Image' },
    label: { _type: 'Value', dtype: 'string' },
    x: { _type: 'Sequence', feature: { _type: 'Value', dtype: 'float32' } },
    y: { _type: 'Sequence', feature: { _type: 'Value', dtype: 'float32' } },
  })
})

test('real targets stand in columns of their own names, as the doubles that were stored', async () => {
  const set = regressionSet(4, ['price', 'y', 'target_y', 'list'])
  expect(targetColumnNames(set.target.names)).toEqual(['price', 'target_y', 'target_target_y', 'list'])
  const table = await decodeTable('train.parquet', await encodeTable(set, 'float32'), set.target)
  expect(table.targets).toEqual(table.labels)
  expect(table.classNames).toBeUndefined()
})

test('without classes there is no label column', async () => {
  const set = { ...(await imageSet(blas)), classes: undefined }
  const bytes = await encodeTable(set, 'float32')
  expect(Object.keys(features(bytes))).toEqual(['x', 'y'])
  expect((await decodeTable('train.parquet', bytes, set.target)).classNames).toBeUndefined()
})

test('one point of one feature, and more rows than a row group', async () => {
  const one: RidgeSet = {
    ...regressionSet(1, ['t']),
    points: matrixOf([[0.1]]),
    labels: matrixOf([[0.3]]),
  }
  const small = await decodeTable('t', await encodeTable(one, 'float64'), one.target)
  expect([small.points.data[0], small.labels.data[0], small.targets?.data[0]]).toEqual([0.1, 0.3, 0.3])
  const many: RidgeSet = {
    ...one,
    points: normals(2345, 2),
    labels: normals(2345, 1, 'labels'),
    inputShape: [2],
  }
  const table = await decodeTable('t', await encodeTable(many, 'float64'), many.target)
  expect(table.points).toEqual(many.points)
  expect(table.labels).toEqual(many.labels)
})

test('what is no Parquet file is named', async () => {
  const set = regressionSet()
  const failure = decodeTable('train.parquet', (await encodeTable(set, 'float32')).slice(0, 99), set.target)
  await expect(failure).rejects.toThrow(RetortError)
  await expect(failure).rejects.toThrow('train.parquet: it is no Parquet file')
})
