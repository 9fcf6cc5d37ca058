import { describe, expect, test } from 'vitest'
import { openDataset } from '#data/open'
import { formatConformance } from '../conformance/formats.ts'
import { dataRoot, realData } from '../real-data.ts'
import { failureOf, gzipFile, npyFile, openFiles, randomBytes, randomLabels, readAll } from './fixtures.ts'

const text = (content: string) => new TextEncoder().encode(content)
const fromBase64 = (content: string) => Uint8Array.from(atob(content), (character) => character.charCodeAt(0))

/** Written by NumPy 2.4: float32 [[1.5, -2, 0.25], [3, 4, -5]]. */
const numbersByNumPy = fromBase64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsIDMpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAMA/AAAAwAAAgD4AAEBAAACAQAAAoMA=',
)
/** Written by NumPy 2.4: ['cat', 'Hündchen', 'cat', 'ox']. */
const wordsByNumPy = fromBase64(
  'k05VTVBZAQB2AHsnZGVzY3InOiAnPFU4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDQsKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIApjAAAAYQAAAHQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEgAAAD8AAAAbgAAAGQAAABjAAAAaAAAAGUAAABuAAAAYwAAAGEAAAB0AAAAAAAAAAAAAAAAAAAAAAAAAAAAAABvAAAAeAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==',
)

const floats = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i))
const vectors = npyFile('<f4', [40, 5], floats(200))
const labels = npyFile('|u1', [40], randomLabels(40, 1, 3))
const two = npyFile('|u1', [2], Uint8Array.of(0, 1))

formatConformance('NPY', () =>
  openFiles({
    'X_train.npy': vectors,
    'y_train.npy': labels,
    'X_test.npy': npyFile('<f4', [9, 5], floats(45)),
    'y_test.npy': npyFile(
      '<i8',
      [9],
      BigInt64Array.from({ length: 9 }, (_, i) => BigInt(i % 3)),
    ),
  }),
)
formatConformance('NPY, planar float64 images, gzipped', () =>
  openFiles({
    'train-images.npy': gzipFile(
      npyFile(
        '<f8',
        [11, 3, 6, 5],
        Float64Array.from({ length: 990 }, (_, i) => Math.cos(i)),
      ),
    ),
    'train-labels.npy': npyFile(
      '<i4',
      [11],
      Int32Array.from({ length: 11 }, (_, i) => (i % 2) - 1),
    ),
  }),
)
formatConformance('NPY, real targets in two columns', () =>
  openFiles({
    'x.npy': npyFile('|u1', [25, 4], randomBytes(100, 2)),
    'y.npy': npyFile('<f4', [25, 2], floats(50)),
  }),
)
formatConformance('NPY, labels in a CSV', () =>
  openFiles({
    'train-embeddings.npy': npyFile('<f4', [4, 2], floats(8)),
    'train-labels.csv': text('label\na\nb\na\n"c, d"\n'),
  }),
)

describe('element types', () => {
  const view = (bytes: number, write: (view: DataView) => void) => {
    const buffer = new DataView(new ArrayBuffer(bytes))
    write(buffer)
    return buffer
  }
  test.each([
    ['|b1', Uint8Array.of(0, 1), 'uint8', [0, 1]],
    ['|u1', Uint8Array.of(0, 255), 'uint8', [0, 255]],
    ['|i1', Int8Array.of(-128, 127), 'float32', [-128, 127]],
    ['<u2', Uint16Array.of(1, 65535), 'float32', [1, 65535]],
    ['>i2', view(4, (v) => (v.setInt16(0, -2), v.setInt16(2, 300))), 'float32', [-2, 300]],
    ['<u4', Uint32Array.of(1, 4294967295), 'float64', [1, 4294967295]],
    ['>i4', view(8, (v) => (v.setInt32(0, -2), v.setInt32(4, 70000))), 'float64', [-2, 70000]],
    ['<i8', BigInt64Array.of(-(2n ** 53n) + 1n, -1n), 'float64', [-9007199254740991, -1]],
    ['>u8', view(16, (v) => (v.setBigUint64(0, 2n ** 40n), v.setBigUint64(8, 5n))), 'float64', [2 ** 40, 5]],
    ['<f2', Uint16Array.of(0x3e00, 0x8001), 'float32', [1.5, -(2 ** -24)]],
    ['>f4', view(8, (v) => (v.setFloat32(0, 0.1), v.setFloat32(4, -3))), 'float32', [Math.fround(0.1), -3]],
    ['>f8', view(16, (v) => (v.setFloat64(0, 0.1), v.setFloat64(8, -3))), 'float64', [0.1, -3]],
  ])('%s', async (descr, values, elementType, expected) => {
    const dataset = await openFiles({ 'x.npy': npyFile(descr, [2, 1], values), 'y.npy': two })
    expect(dataset.elementType).toBe(elementType)
    expect(Array.from((await dataset.splits.train.at([0, 1])).inputs)).toEqual(expected)
  })

  test('a split of a wider type widens both', async () => {
    const dataset = await openFiles({
      'x_train.npy': npyFile('|u1', [2, 1], Uint8Array.of(1, 2)),
      'y_train.npy': two,
      'x_test.npy': npyFile('<f4', [2, 1], Float32Array.of(0.5, 2)),
      'y_test.npy': two,
    })
    expect((await dataset.splits.train.at([0, 1])).inputs).toEqual(Float32Array.of(1, 2))
  })
})

describe('NPY', () => {
  test('reads what NumPy wrote, numbers and words', async () => {
    const dataset = await openFiles({ 'x.npy': numbersByNumPy, 'y.npy': two })
    expect((await dataset.splits.train.at([1, 0])).inputs).toEqual(Float32Array.of(3, 4, -5, 1.5, -2, 0.25))
    const words = await openFiles({ 'x.npy': npyFile('<f4', [4, 1], floats(4)), 'y.npy': wordsByNumPy })
    expect(words.target.names).toEqual(['Hündchen', 'cat', 'ox'])
    expect(Array.from((await words.splits.train.at([0, 1, 2, 3])).targets)).toEqual([1, 0, 1, 2])
  })

  test.each([1, 2, 3])('version %d', async (version) => {
    const dataset = await openFiles({ 'x.npy': npyFile('<f4', [2, 3], floats(6), { version }), 'y.npy': two })
    expect(await readAll(dataset)).toBe(2)
  })

  test('planes become channels last', async () => {
    const planes = Uint8Array.from({ length: 3 * 5 * 6 }, (_, i) => i)
    const dataset = await openFiles({
      'x.npy': npyFile('|u1', [2, 3, 5, 6], Uint8Array.of(...planes, ...planes)),
      'y.npy': two,
    })
    expect(dataset.inputShape).toEqual([5, 6, 3])
    const { inputs } = await dataset.splits.train.at([1])
    expect(Array.from(inputs.subarray(0, 6))).toEqual([0, 30, 60, 1, 31, 61])
  })

  test('columns that hold one number each may be in any order', async () => {
    const dataset = await openFiles({
      'x.npy': npyFile('<f4', [2, 1], floats(2), { fortran: true }),
      'y.npy': two,
    })
    expect(await readAll(dataset)).toBe(2)
  })

  test('flags name inputs, labels and kind', async () => {
    const files = {
      'a.npy': npyFile('<f4', [4, 2], floats(8)),
      'b.npy': npyFile('<i4', [4], Int32Array.of(5, 6, 5, 9)),
    }
    expect((await openFiles(files, { train: 'a.npy', labels: 'b.npy' })).target.names).toEqual([
      '5',
      '6',
      '9',
    ])
    const real = await openFiles(files, { train: 'a.npy', labels: 'b.npy', targetKind: 'real' })
    expect(Array.from((await real.splits.train.at([3])).targets)).toEqual([9])
    expect((await failureOf(files, { train: 'a.npy', labels: 'c.npy' })).hint).toContain('--labels b.npy')
  })

  test('text labels: a column by name, numbers in order of value, real numbers', async () => {
    const inputs = { 'x.npy': npyFile('<f4', [3, 1], floats(3)) }
    const named = await openFiles(
      { ...inputs, 'labels.csv': text('id,intent\n1,go\n2,stop\n3,go\n') },
      { target: 'intent' },
    )
    expect(named.target.names).toEqual(['go', 'stop'])
    const numbers = await openFiles({ ...inputs, 'labels.txt': text('10\n9\n10') })
    expect(numbers.target.names).toEqual(['9', '10'])
    const real = await openFiles({ ...inputs, 'labels.csv': text('y\r\n0.5\r\n2\r\n-1e3\r\n') })
    expect(real.target).toEqual({ kind: 'real', names: ['y'] })
    expect(Array.from((await real.splits.train.at([0, 1, 2])).targets)).toEqual([0.5, 2, -1000])
  })

  test('mostly distinct whole numbers are no classes unless asked', async () => {
    const files = {
      'x.npy': npyFile('|u1', [400, 1], randomBytes(400, 3)),
      'y.npy': npyFile(
        '<i4',
        [400],
        Int32Array.from({ length: 400 }, (_, i) => i * i),
      ),
    }
    expect((await failureOf(files)).code).toBe('data/ambiguous-target')
    expect((await openFiles(files, { targetKind: 'class' })).target.names).toHaveLength(400)
  })

  test('without a test split the validation split serves, and is named', async () => {
    const dataset = await openFiles({
      'train-x.npy': vectors,
      'train-y.npy': labels,
      'validation-x.npy': vectors,
      'validation-y.npy': labels,
    })
    expect(dataset.splits.test?.count).toBe(40)
    expect(dataset.notes.join()).toContain('validation-x.npy')
  })

  test('thousands of classes keep their order', async () => {
    const count = 1000
    const dataset = await openFiles({
      'x.npy': npyFile('|u1', [count, 1], randomBytes(count, 3)),
      'y.npy': npyFile(
        '<u2',
        [count],
        Uint16Array.from({ length: count }, (_, i) => 3 * (i % 400)),
      ),
    })
    const { targets } = await dataset.splits.train.at([0, 399, 400, 999])
    expect(Array.from(targets)).toEqual([0, 399, 0, 199])
    expect(dataset.target.names[399]).toBe('1197')
  })
})

describe('NPY faults', () => {
  const good = { 'x.npy': vectors, 'y.npy': labels }
  test.each([
    ['cut off values', { 'x.npy': vectors.subarray(0, -1) }, 'data/truncated'],
    ['a cut off header', { 'x.npy': vectors.subarray(0, 60) }, 'data/truncated'],
    ['only a magic number', { 'x.npy': vectors.subarray(0, 6) }, 'data/truncated'],
    ['bytes after the end', { 'x.npy': npyFile('<f4', [39, 5], floats(200)) }, 'data/corrupt'],
    ['another magic number', { 'x.npy': text('{"x": [1, 2, 3, 4, 5]}') }, 'data/wrong-magic'],
    ['a header without a shape', { 'x.npy': breakShape(vectors) }, 'data/corrupt'],
    [
      'Fortran order',
      { 'x.npy': npyFile('<f4', [40, 5], floats(200), { fortran: true }) },
      'data/unsupported',
    ],
    ['objects', { 'x.npy': npyFile('|O', [40, 5], floats(400)) }, 'data/unsupported'],
    ['complex numbers', { 'x.npy': npyFile('<c8', [40, 5], floats(400)) }, 'data/unsupported'],
    ['five axes', { 'x.npy': npyFile('<f4', [40, 1, 1, 1, 5], floats(200)) }, 'data/unsupported'],
    ['one number', { 'x.npy': npyFile('<f4', [], floats(1)) }, 'data/unsupported'],
    ['text inputs', { 'x.npy': npyFile('|S5', [40], randomBytes(200, 1)) }, 'data/unsupported'],
    ['too few labels', { 'y.npy': npyFile('|u1', [39], randomLabels(39, 1, 3)) }, 'data/count-mismatch'],
    [
      'one-hot labels asked as classes',
      { 'y.npy': npyFile('|u1', [40, 3], randomBytes(120, 1)) },
      'data/unsupported',
    ],
    ['fractions asked as classes', { 'y.npy': npyFile('<f4', [40], floats(40)) }, 'data/label-not-whole'],
    [
      'an integer beyond 2^53',
      {
        'x.npy': npyFile(
          '<i8',
          [40, 5],
          BigInt64Array.from({ length: 200 }, () => 2n ** 60n),
        ),
      },
      'data/not-finite',
    ],
  ])('%s', async (_, damage, code) => {
    expect((await failureOf({ ...good, ...damage }, { targetKind: 'class' })).code).toBe(code)
  })

  test('NaN is named by row and column, in inputs and in targets', async () => {
    const values = floats(200)
    values[17] = NaN
    const inputs = await failureOf({ ...good, 'x.npy': npyFile('<f4', [40, 5], values) })
    expect(inputs).toMatchObject({ code: 'data/not-finite', path: 'x.npy', values: { row: 3, column: 2 } })
    const targets = await failureOf({ ...good, 'y.npy': npyFile('<f4', [40, 5], values) })
    expect(targets).toMatchObject({ code: 'data/not-finite', path: 'y.npy', values: { row: 3, column: 2 } })
  })

  test('a header taken for a label is explained', async () => {
    const error = await failureOf({
      'x.npy': npyFile('<f4', [2, 1], floats(2)),
      'labels.csv': text('intent\ngo\nstop\n'),
    })
    expect(error.code).toBe('data/count-mismatch')
    expect(error.hint).toContain('--target')
  })
})

function breakShape(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  copy[copy.indexOf(')'.charCodeAt(0))] = 33
  return copy
}

describe.skipIf(!dataRoot)('sentence embeddings (need RETORT_DATA)', () => {
  test('open with their label files', async () => {
    const dataset = await openDataset(realData('embeddings'))
    expect(dataset).toMatchObject({ kind: 'vector', inputShape: [384], elementType: 'float32' })
    expect(dataset.target.names).toHaveLength(15)
    expect([dataset.splits.train.count, dataset.splits.test?.count]).toEqual([700, 150])
    expect(await readAll(dataset)).toBe(850)
    const flagged = await openDataset(realData('embeddings'), { test: 'validation-embeddings.npy' })
    expect(flagged.source.files).toContain('validation-labels.csv')
  })
})
