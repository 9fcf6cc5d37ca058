import { describe, expect, test } from 'vitest'
import { RetortError } from '#core/errors'
import { randomStream } from '#core/random'
import { encodeSafetensors } from '#data/formats/safetensors'
import {
  cifarFile,
  type Files,
  gzipFile,
  idxFile,
  npyFile,
  openFiles,
  randomBytes,
  randomLabels,
  readAll,
  zipFile,
} from './fixtures.ts'

const x = npyFile(
  '<f4',
  [20, 3],
  Float32Array.from({ length: 60 }, (_, i) => i / 7),
)
const y = npyFile(
  '<i8',
  [20],
  BigInt64Array.from({ length: 20 }, (_, i) => BigInt(i % 3)),
)
const images = idxFile(8, [30, 3, 2], randomBytes(180, 1))
const labels = idxFile(8, [30], randomLabels(30, 2))

const places: Record<string, Files> = {
  IDX: { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': labels },
  'IDX, gzipped': {
    'train-images-idx3-ubyte': gzipFile(images),
    'train-labels-idx1-ubyte': gzipFile(labels),
  },
  CIFAR: { 'data_batch_1.bin': cifarFile(2, 1, [(row) => row]) },
  NPY: { 'x.npy': x, 'y.npy': y },
  'NPZ, stored': { 'set.npz': zipFile({ 'x.npy': x, 'y.npy': y }, 0) },
  'NPZ, deflated': { 'set.npz': zipFile({ 'x.npy': x, 'y.npy': y }, 6) },
  safetensors: {
    'set.safetensors': encodeSafetensors({
      x: { dtype: 'F32', shape: [20, 3], data: new Float32Array(60) },
      y: { dtype: 'U8', shape: [20], data: randomLabels(20, 3) },
    }),
  },
}

describe.each(Object.keys(places))('%s, damaged anywhere', (name) => {
  /** What a damaged file does: it is read, or refused with a typed error; never anything else. */
  async function survives(files: Files): Promise<void> {
    try {
      await readAll(await openFiles(files))
    } catch (error) {
      if (!(error instanceof RetortError)) throw error
      expect(error.exitCode).toBe(3)
    }
  }

  test('by one byte', async () => {
    for (const [file, bytes] of Object.entries(places[name])) {
      const random = randomStream(1, 'damage', name, file)
      for (let trial = 0; trial < 150; trial++) {
        const damaged = bytes.slice()
        const headerFirst = Math.min(bytes.length, trial % 2 === 0 ? 200 : bytes.length)
        damaged[random.integer(headerFirst)] = random.integer(256)
        await survives({ ...places[name], [file]: damaged })
      }
    }
  })

  test('by its end', async () => {
    for (const [file, bytes] of Object.entries(places[name])) {
      const random = randomStream(2, 'damage', name, file)
      for (let trial = 0; trial < 40; trial++) {
        await survives({ ...places[name], [file]: bytes.subarray(0, random.integer(bytes.length)) })
      }
    }
  })
})
