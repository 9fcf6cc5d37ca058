import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Batch, Dataset, Split } from '#core/dataset'
import { realData } from '../real-data.ts'

/** MNIST held in memory, read without the readers under `data/`, so that these tests rest on nothing but their subject. */
export function readMnist(folder = 'mnist'): Dataset & { splits: { train: Split; test: Split } } {
  const read = (name: string) => gunzipSync(readFileSync(realData(folder, name)))
  const split = (name: string, prefix: string) => {
    const images = read(`${prefix}-images-idx3-ubyte.gz`).subarray(16)
    const labels = read(`${prefix}-labels-idx1-ubyte.gz`).subarray(8)
    return memorySplit(name, new Uint8Array(images), Int32Array.from(labels))
  }
  return {
    name: folder,
    kind: 'image',
    inputShape: [28, 28, 1],
    elementType: 'uint8',
    target: { kind: 'class', names: Array.from({ length: 10 }, (_, i) => String(i)) },
    splits: { train: split('train', 'train'), test: split('test', 't10k') },
    source: { path: folder, files: [] },
    notes: [],
  }
}

/** A split over arrays in memory; count is the number of class targets, or `count`. */
export function memorySplit(
  name: string,
  inputs: Batch['inputs'],
  targets: Batch['targets'],
  count: number = targets.length,
): Split {
  const width = inputs.length / count
  const targetWidth = targets.length / count
  return {
    name,
    count,
    async *batches({ size, start = 0, end = count }) {
      for (let from = start; from < end; from += size) {
        const to = Math.min(from + size, end)
        yield {
          start: from,
          count: to - from,
          inputs: inputs.subarray(from * width, to * width),
          targets: targets.subarray(from * targetWidth, to * targetWidth),
        }
      }
    },
    async at(indices) {
      const rows = Array.from(indices)
      const chosenInputs = inputs.slice(0, rows.length * width)
      const chosenTargets = targets.slice(0, rows.length * targetWidth)
      rows.forEach((row, i) => {
        chosenInputs.set(inputs.subarray(row * width, (row + 1) * width), i * width)
        chosenTargets.set(targets.subarray(row * targetWidth, (row + 1) * targetWidth), i * targetWidth)
      })
      return { start: 0, count: rows.length, inputs: chosenInputs, targets: chosenTargets }
    },
  }
}
