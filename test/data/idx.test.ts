import { describe, expect, test } from 'vitest'
import { formatConformance } from '../conformance/formats.ts'
import { dataRoot, realData } from '../real-data.ts'
import { openDataset } from '#data/open'
import {
  failureOf,
  type Files,
  gzipFile,
  idxFile,
  openFiles,
  randomBytes,
  randomLabels,
  readAll,
} from './fixtures.ts'

const images = (count: number, seed: number) => idxFile(8, [count, 3, 2], randomBytes(count * 6, seed))
const labels = (count: number, seed: number) => idxFile(8, [count], randomLabels(count, seed))

const plain: Files = {
  'train-images-idx3-ubyte': images(53, 1),
  'train-labels-idx1-ubyte': labels(53, 2),
  't10k-images-idx3-ubyte': images(20, 3),
  't10k-labels-idx1-ubyte': labels(20, 4),
}
const zipped: Files = Object.fromEntries(
  Object.entries(plain).map(([name, bytes]) => [`${name}.gz`, gzipFile(bytes)]),
)
const { 'train-images-idx3-ubyte': trainImages, 'train-labels-idx1-ubyte': trainLabels } = plain

function bigEndian(values: readonly number[], bytes: 2 | 4 | 8, kind: 'int' | 'float'): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * bytes))
  values.forEach((value, i) => {
    if (kind === 'float' && bytes === 4) view.setFloat32(i * 4, value)
    else if (kind === 'float') view.setFloat64(i * 8, value)
    else if (bytes === 2) view.setInt16(i * 2, value)
    else view.setInt32(i * 4, value)
  })
  return new Uint8Array(view.buffer)
}

formatConformance('IDX', () => openFiles(plain))
formatConformance('IDX, gzipped', () => openFiles(zipped))
formatConformance('IDX, float64 vectors', () =>
  openFiles({
    'train-data-idx2': idxFile(
      14,
      [12, 3],
      bigEndian(
        Array.from({ length: 36 }, (_, i) => i / 7 - 2),
        8,
        'float',
      ),
    ),
    'train-labels-idx1': idxFile(
      12,
      [12],
      bigEndian(
        Array.from({ length: 12 }, (_, i) => (i % 3) - 1),
        4,
        'int',
      ),
    ),
  }),
)

describe('IDX', () => {
  test('an MNIST folder is grey images with its test split', async () => {
    const dataset = await openFiles(zipped)
    expect(dataset).toMatchObject({ kind: 'image', inputShape: [3, 2, 1], elementType: 'uint8' })
    expect(dataset.target).toEqual({ kind: 'class', names: [...'0123456789'] })
    const { inputs, targets } = await dataset.splits.train.at([0, 52])
    expect(inputs).toEqual(
      Uint8Array.of(...trainImages.subarray(16, 22), ...trainImages.subarray(16 + 52 * 6)),
    )
    expect(Array.from(targets)).toEqual([trainLabels[8], trainLabels[8 + 52]])
  })

  test.each([
    ['int8', 9, Uint8Array.of(255, 0, 1, 127), 'float32', [-1, 0, 1, 127]],
    ['int16', 11, bigEndian([-300, 1, 2, 32767], 2, 'int'), 'float32', [-300, 1, 2, 32767]],
    ['int32', 12, bigEndian([-70000, 1, 2, 2147483647], 4, 'int'), 'float64', [-70000, 1, 2, 2147483647]],
    ['float32', 13, bigEndian([0.5, -1, 3, 1e30], 4, 'float'), 'float32', [0.5, -1, 3, Math.fround(1e30)]],
    ['float64', 14, bigEndian([0.1, -1, 3, 1e300], 8, 'float'), 'float64', [0.1, -1, 3, 1e300]],
  ])('reads %s vectors', async (_, type, values, elementType, expected) => {
    const dataset = await openFiles({
      'train-data-idx2': idxFile(type, [2, 2], values),
      'train-labels-idx1': idxFile(8, [2], Uint8Array.of(3, 7)),
    })
    expect(dataset).toMatchObject({ kind: 'vector', inputShape: [2], elementType })
    expect(dataset.target.names).toEqual(['3', '7'])
    expect(Array.from((await dataset.splits.train.at([0, 1])).inputs)).toEqual(expected)
  })

  test('colour images keep their channels last', async () => {
    const dataset = await openFiles({
      'train-images-idx4-ubyte': idxFile(8, [4, 2, 2, 3], randomBytes(48, 5)),
      'train-labels-idx1-ubyte': idxFile(8, [4], Uint8Array.of(0, 1, 0, 1)),
    })
    expect(dataset.inputShape).toEqual([2, 2, 3])
    expect((await dataset.splits.train.at([0])).inputs).toEqual(randomBytes(48, 5).subarray(0, 12))
  })

  test('real labels are a real target', async () => {
    const dataset = await openFiles({
      'train-data-idx2': idxFile(8, [2, 2], Uint8Array.of(1, 2, 3, 4)),
      'train-targets-idx2': idxFile(14, [2, 3], bigEndian([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 8, 'float')),
    })
    expect(dataset.target).toEqual({ kind: 'real', names: ['y0', 'y1', 'y2'] })
    expect(Array.from((await dataset.splits.train.at([1])).targets)).toEqual([0.4, 0.5, 0.6])
  })

  test('flags choose among several datasets', async () => {
    const other = Object.fromEntries(
      Object.entries(plain).map(([name, bytes]) => [`other-${name}`, bytes.slice()]),
    )
    const both = { ...plain, ...other }
    expect((await failureOf(both)).code).toBe('data/ambiguous-split')
    const dataset = await openFiles(both, { train: 'other-train-images-idx3-ubyte' })
    expect(dataset.source.files).toEqual(Object.keys(other))
    expect((await failureOf(both, { train: 'other-train-imges-idx3-ubyte' })).hint).toContain(
      '--train other-train-images-idx3-ubyte',
    )
  })
})

describe('IDX faults', () => {
  const truncatedGzip = gzipFile(trainImages)
  const flipped = gzipFile(trainImages)
  flipped[flipped.length - 6] ^= 1
  const scrambled = gzipFile(trainImages)
  scrambled[20] ^= 255
  test.each([
    ['images cut off', { 'train-images-idx3-ubyte': trainImages.subarray(0, 100) }, 'data/truncated'],
    ['header cut off', { 'train-images-idx3-ubyte': trainImages.subarray(0, 9) }, 'data/truncated'],
    ['an empty file', { 'train-images-idx3-ubyte': new Uint8Array(0) }, 'data/truncated'],
    [
      'bytes after the last image',
      { 'train-images-idx3-ubyte': idxFile(8, [53, 3, 2], randomBytes(320, 1)) },
      'data/corrupt',
    ],
    ['a foreign file', { 'train-images-idx3-ubyte': randomBytes(100, 9) }, 'data/wrong-magic'],
    ['no images', { 'train-images-idx3-ubyte': idxFile(8, [0, 3, 2], new Uint8Array(0)) }, 'data/empty'],
    ['gzip cut off', { 'train-images-idx3-ubyte': truncatedGzip.subarray(0, 200) }, 'data/truncated'],
    [
      'gzip without its trailer',
      { 'train-images-idx3-ubyte': truncatedGzip.subarray(0, -4) },
      'data/truncated',
    ],
    ['gzip with a wrong checksum', { 'train-images-idx3-ubyte': flipped }, 'data/corrupt'],
    ['gzip with damaged data', { 'train-images-idx3-ubyte': scrambled }, 'data/corrupt'],
    [
      'gzip of too few images',
      { 'train-images-idx3-ubyte': gzipFile(trainImages.subarray(0, 100)) },
      'data/truncated',
    ],
    [
      'gzip of too many',
      { 'train-images-idx3-ubyte': gzipFile(idxFile(8, [53, 3, 2], randomBytes(320, 1))) },
      'data/corrupt',
    ],
    ['too few labels', { 'train-labels-idx1-ubyte': labels(52, 2) }, 'data/count-mismatch'],
    ['labels cut off', { 'train-labels-idx1-ubyte': trainLabels.subarray(0, 30) }, 'data/truncated'],
    [
      'too many labels in the file',
      { 'train-labels-idx1-ubyte': idxFile(8, [53], randomLabels(54, 2)) },
      'data/corrupt',
    ],
    ['one class', { 'train-labels-idx1-ubyte': idxFile(8, [53], new Uint8Array(53)) }, 'data/one-class'],
    [
      'a test label that training never shows',
      { 't10k-labels-idx1-ubyte': idxFile(8, [20], randomLabels(20, 4, 11)) },
      'data/label-out-of-range',
    ],
    [
      'test images of another size',
      { 't10k-images-idx3-ubyte': idxFile(8, [20, 2, 2], randomBytes(80, 3)) },
      'data/shape-mismatch',
    ],
    [
      'NaN',
      {
        'train-images-idx3-ubyte': idxFile(
          13,
          [53, 3, 2],
          bigEndian(
            Array.from({ length: 318 }, (_, i) => (i === 33 ? NaN : i)),
            4,
            'float',
          ),
        ),
      },
      'data/not-finite',
    ],
  ])('%s', async (_, damage, code) => {
    expect((await failureOf({ ...plain, ...damage })).code).toBe(code)
  })

  test('no memory is asked for what a damaged header claims', async () => {
    const claim = gzipFile(idxFile(8, [53, 60000, 60000], randomBytes(20, 1)))
    const error = await failureOf({
      'train-images-idx3-ubyte': claim,
      'train-labels-idx1-ubyte': trainLabels,
    })
    expect(error.code).toBe('data/truncated')
  })

  test('labels alone or missing', async () => {
    expect((await failureOf({ 'train-images-idx3-ubyte': trainImages })).code).toBe('data/no-labels')
    expect((await failureOf({ 'train-labels-idx1-ubyte': trainLabels })).code).toBe('data/no-inputs')
  })

  test('a value that is not finite is named by row and column', async () => {
    const values = bigEndian([1, 2, 3, 4, 5, -Infinity, 7, 8], 8, 'float')
    const error = await failureOf({
      'train-data-idx2': idxFile(14, [4, 2], values),
      'train-labels-idx1': idxFile(8, [4], Uint8Array.of(0, 1, 0, 1)),
    })
    expect(error.values).toEqual({ row: 2, column: 1, value: '-Infinity' })
  })
})

describe.skipIf(!dataRoot)('MNIST and Fashion-MNIST (need RETORT_DATA)', () => {
  test.each(['mnist', 'fashion-mnist'])('%s opens whole', async (name) => {
    const dataset = await openDataset(realData(name))
    expect(dataset).toMatchObject({ name, inputShape: [28, 28, 1], elementType: 'uint8' })
    expect(await readAll(dataset)).toBe(70000)
    const { targets } = await dataset.splits.train.at(Array.from({ length: 60000 }, (_, i) => i))
    const counts = new Array<number>(10).fill(0)
    for (const target of targets) counts[target]++
    expect(counts).toEqual(
      name === 'mnist'
        ? [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
        : new Array(10).fill(6000),
    )
  })
})
