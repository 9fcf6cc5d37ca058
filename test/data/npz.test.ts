import { describe, expect, test } from 'vitest'
import { portableCrc32 } from '#data/crc32'
import { formatConformance } from '../conformance/formats.ts'
import { failureOf, npyFile, openFiles, randomBytes, randomLabels, readAll, zipFile } from './fixtures.ts'

/** Written by NumPy 2.4, savez_compressed: x_train 4 × 3, y_train [1, 0, 1, 2], x_test 2 × 3, y_test [2, 0]; x = 0, 1, …. */
const byNumPy = Uint8Array.from(
  atob(
    'UEsDBC0AAAAIAAAAIQD2LOtv//////////8LABQAeF90cmFpbi5ucHkBABAAjAAAAAAAAABSAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GiY6CsaaOgq1CmQDLgZGJmYWVjZ2Dk4ubgBQSwMELQAAAAgAAAAhACIXR0T//////////wsAFAB5X3RyYWluLm5weQEAEACgAAAAAAAAAEwAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaJjqaOgq1ChQALkYGVADjM0FpAFBLAwQtAAAACAAAACEAfp7Xz///////////CgAUAHhfdGVzdC5ucHkBABAAhgAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loF5Taqiuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgZGJmYWVgBQSwMELQAAAAgAAAAhAINP8YL//////////woAFAB5X3Rlc3QubnB5AQAQAJAAAAAAAAAASAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuJgZUAABQSwECLQMtAAAACAAAACEA9izrb1IAAACMAAAACwAAAAAAAAAAAAAAgAEAAAAAeF90cmFpbi5ucHlQSwECLQMtAAAACAAAACEAIhdHREwAAACgAAAACwAAAAAAAAAAAAAAgAGPAAAAeV90cmFpbi5ucHlQSwECLQMtAAAACAAAACEAfp7Xz0wAAACGAAAACgAAAAAAAAAAAAAAgAEYAQAAeF90ZXN0Lm5weVBLAQItAy0AAAAIAAAAIQCDT/GCSAAAAJAAAAAKAAAAAAAAAAAAAACAAaABAAB5X3Rlc3QubnB5UEsFBgAAAAAEAAQA4gAAACQCAAAAAA==',
  ),
  (character) => character.charCodeAt(0),
)

const x = npyFile('|u1', [30, 4, 2], randomBytes(240, 1))
const y = npyFile('<i4', [30], Int32Array.from(randomLabels(30, 2, 4)))
const members = { 'x_train.npy': x, 'y_train.npy': y, 'x_test.npy': x, 'y_test.npy': y }

formatConformance('NPZ, stored', () => openFiles({ 'set.npz': zipFile(members, 0) }))
formatConformance('NPZ, deflated', () => openFiles({ 'set.npz': zipFile(members, 6) }))
formatConformance('NPZ, one file a split', () =>
  openFiles({
    'train.npz': zipFile({ 'x.npy': x, 'y.npy': y }, 6),
    'test.npz': zipFile({ 'x.npy': x, 'y.npy': y }, 0),
  }),
)

describe('NPZ', () => {
  test('reads what NumPy wrote', async () => {
    const dataset = await openFiles({ 'set.npz': byNumPy })
    expect(dataset).toMatchObject({ name: 'memory', kind: 'vector', inputShape: [3], elementType: 'uint8' })
    const train = await dataset.splits.train.at([0, 1, 2, 3])
    expect(Array.from(train.inputs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(Array.from(train.targets)).toEqual([1, 0, 1, 2])
    const test = await dataset.splits.test?.at([0, 1])
    expect(Array.from(test?.targets ?? [])).toEqual([2, 0])
  })

  test('other members are passed over; inputs and labels go by name, else by axes', async () => {
    const objects = npyFile('|O', [3], new Uint8Array(24))
    const named = {
      'images.npy': x,
      'labels.npy': y,
      'weights.npy': npyFile('<f8', [9, 9], new Float64Array(81)),
      'info.npy': objects,
    }
    expect((await openFiles({ 'set.npz': zipFile(named, 6) })).inputShape).toEqual([4, 2, 1])
    expect(
      await readAll(await openFiles({ 'set.npz': zipFile({ 'arr_0.npy': x, 'arr_1.npy': y }, 6) })),
    ).toBe(30)
  })

  test('flags name members', async () => {
    const file = { 'set.npz': zipFile({ 'a.npy': x, 'b.npy': x, 'c.npy': y, 'd.npy': y }, 6) }
    expect((await failureOf(file)).code).toBe('data/ambiguous-split')
    const dataset = await openFiles(file, { train: 'b', labels: 'd', test: 'a', testLabels: 'c' })
    expect(dataset.splits.test?.count).toBe(30)
    expect((await failureOf(file, { train: 'b', labels: 'f' })).code).toBe('data/not-found')
  })
})

describe('NPZ faults', () => {
  const stored = zipFile(members, 0)
  const deflated = zipFile(members, 6)
  const flip = (bytes: Uint8Array, position: number) =>
    bytes.map((byte, i) => (i === position ? byte ^ 1 : byte))
  test.each([
    ['an archive cut off', deflated.subarray(0, deflated.length - 30), 'data/truncated'],
    ['an empty file', new Uint8Array(0), 'data/empty'],
    ['no archive', randomBytes(400, 1), 'data/truncated'],
    ['no arrays', zipFile({ 'readme.txt': randomBytes(9, 1) }, 0), 'data/unsupported'],
    ['only objects', zipFile({ 'a.npy': npyFile('|O', [3], new Uint8Array(24)) }, 0), 'data/unsupported'],
    [
      'objects as inputs',
      zipFile({ ...members, 'x_train.npy': npyFile('|O', [30], new Uint8Array(240)) }, 0),
      'data/unsupported',
    ],
    ['one bit of a stored member', flip(stored, 300), 'data/corrupt'],
    ['an encrypted member', flip(stored, centralFlags(stored)), 'data/unsupported'],
  ])('%s', async (_, bytes, code) => {
    expect((await failureOf({ 'set.npz': bytes })).code).toBe(code)
  })

  test('every damaged byte of a deflated member is noticed', async () => {
    const start = 30 + 'x_train.npy'.length
    for (let position = start; position < start + 150; position += 7) {
      const { code } = await failureOf({ 'set.npz': flip(deflated, position) })
      expect(['data/corrupt', 'data/truncated', 'data/wrong-magic', 'data/unsupported']).toContain(code)
    }
  })

  test('the portable checksum is the standard one', () => {
    const sum = portableCrc32()
    sum.update(new TextEncoder().encode('1234'))
    sum.update(new TextEncoder().encode('56789'))
    expect(sum.value()).toBe(0xcbf43926)
  })
})

/** Position of the flags of the first entry of the directory. */
function centralFlags(archive: Uint8Array): number {
  const view = new DataView(archive.buffer, archive.byteOffset)
  return view.getUint32(archive.length - 6, true) + 8
}
