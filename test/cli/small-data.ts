import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { encode } from 'fast-png'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { randomStream } from '#core/random'
import { gzipFile, idxFile, npyFile } from '../data/fixtures.ts'

/** Small datasets as files, in every format: linear structure under noise, so that a model has something to find. */

export type Files = Readonly<Record<string, Uint8Array | string>>

/** Writes files into a folder and gives its path. */
export function writeFiles(folder: string, files: Files): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

export const height = 6
export const width = 5
export const classes = 4

interface Pictures {
  /** count × height × width × channels */
  pixels: Uint8Array
  labels: Uint8Array
}

/** A bright bar whose place is the class, under noise. */
export function pictures(count: number, seed: number, channels = 1): Pictures {
  const random = randomStream(seed, 'pictures')
  const labels = Uint8Array.from({ length: count }, (_, i) => (i < classes ? i : random.integer(classes)))
  const size = height * width * channels
  const pixels = Uint8Array.from({ length: count * size }, (_, at) => {
    const row = Math.floor((at % size) / (width * channels))
    const bar = row === labels[Math.floor(at / size)] ? 90 : 0
    return Math.max(0, Math.min(255, Math.round(100 + bar + 50 * random.normal())))
  })
  return { pixels, labels }
}

/** The four files of an MNIST folder. */
export function idxFolder({ gzip }: { gzip: boolean }): Files {
  const ending = gzip ? '.gz' : ''
  const packed = (bytes: Uint8Array) => (gzip ? gzipFile(bytes) : bytes)
  const files = (name: string, count: number, seed: number) => {
    const { pixels, labels } = pictures(count, seed)
    return {
      [`${name}-images-idx3-ubyte${ending}`]: packed(idxFile(8, [count, height, width], pixels)),
      [`${name}-labels-idx1-ubyte${ending}`]: packed(idxFile(8, [count], labels)),
    }
  }
  return { ...files('train', 300, 1), ...files('t10k', 100, 2) }
}

/** Colour PNGs in `train/CLASS/` and `test/CLASS/`. */
export function pictureFolder(): Files {
  const files: Record<string, Uint8Array> = {}
  for (const [split, count, seed] of [
    ['train', 80, 3],
    ['test', 20, 4],
  ] as const) {
    const { pixels, labels } = pictures(count, seed, 3)
    const size = height * width * 3
    labels.forEach((label, i) => {
      const data = pixels.slice(i * size, (i + 1) * size)
      files[`${split}/bar-${label}/${i}.png`] = encode({ width, height, channels: 3, depth: 8, data })
    })
  }
  return files
}

export interface Rows {
  /** count × 5 */
  inputs: number[][]
  kinds: string[]
  /** count × 2: price, rent. */
  prices: number[][]
}

export const inputNames = ['area', 'rooms', 'age', 'noise', 'height']
export const kindNames = ['flat', 'house', 'villa']

/** Rows of a table whose kinds and prices follow linearly from its columns, but for noise. */
export function tableRows(count: number, seed: number): Rows {
  const random = randomStream(seed, 'rows')
  const inputs = Array.from({ length: count }, () => inputNames.map((_, j) => (j + 1) * random.normal() + j))
  const kinds = inputs.map(([area, rooms, age], i) => {
    const scores = [area + random.normal() / 2, rooms / 2 + random.normal() / 2, -area + age / 3]
    return kindNames[i < 3 ? i : scores.indexOf(Math.max(...scores))]
  })
  const prices = inputs.map(([area, rooms, age]) => [
    100 + 20 * area + 5 * rooms + random.normal(),
    10 - 2 * area + 3 * age + random.normal(),
  ])
  return { inputs, kinds, prices }
}

/** A CSV table with the given target columns. */
export function csvTable(
  count: number,
  seed: number,
  targets: readonly ('kind' | 'price' | 'rent')[],
): string {
  const { inputs, kinds, prices } = tableRows(count, seed)
  const target = (name: string, i: number) =>
    ({ kind: kinds[i], price: prices[i][0], rent: prices[i][1] })[name]
  const lines = inputs.map((row, i) => [...row, ...targets.map((name) => target(name, i))].join(','))
  return `${[[...inputNames, ...targets].join(','), ...lines].join('\n')}\n`
}

/** Inputs and labels of both splits as NPY. */
export function npyFolder(): Files {
  const files = (name: string, count: number, seed: number) => {
    const { inputs, kinds } = tableRows(count, seed)
    const labels = Uint8Array.from(kinds, (kind) => kindNames.indexOf(kind))
    return {
      [`${name}-x.npy`]: npyFile('<f4', [count, inputNames.length], Float32Array.from(inputs.flat())),
      [`${name}-labels.npy`]: npyFile('|u1', [count], labels),
    }
  }
  return { ...files('train', 240, 5), ...files('test', 80, 6) }
}

/** `train.parquet` and `test.parquet` with the class in `label`. */
export function parquetFolder(): Files {
  const file = (count: number, seed: number) => {
    const { inputs, kinds } = tableRows(count, seed)
    const columnData = [
      ...inputNames.map((name, j) => ({ name, data: inputs.map((row) => row[j]), type: 'DOUBLE' as const })),
      { name: 'label', data: kinds, type: 'STRING' as const },
    ]
    return new Uint8Array(parquetWriteBuffer({ columnData }))
  }
  return { 'train.parquet': file(240, 7), 'test.parquet': file(80, 8) }
}
