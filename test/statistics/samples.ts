import type { Batch, Dataset } from '#core/dataset'
import { randomStream } from '#core/random'
import type { RecordShape } from '#statistics/record'
import { byteOrigins } from '#statistics/block-rows'
import { memorySplit } from './idx.ts'

/** Seeded bytes of `count` examples with every extreme value, in `classes` classes. */
export function byteExamples(count: number, width: number, classes: number, seed = 1): Batch {
  const random = randomStream(seed, 'bytes')
  const inputs = Uint8Array.from({ length: count * width }, () => random.integer(256))
  for (let j = 0; j < count; j++) inputs[j * width] = j % 2 === 0 ? 0 : 255
  const targets = Int32Array.from({ length: count }, () => random.integer(classes))
  return { start: 0, count, inputs, targets }
}

/** Seeded floats whose columns differ by many orders of magnitude, within a column too, with k real targets. */
export function floatExamples(count: number, width: number, targets: number, seed = 1): Batch {
  const random = randomStream(seed, 'floats')
  const inputs = Float64Array.from({ length: count * width }, (_, t) => {
    const column = t % width
    const magnitude = column % 3 === 0 ? 10 ** (random.integer(40) - 20) : 10 ** (column - width / 2)
    return random.normal() * magnitude + (column % 4 === 1 ? 1e6 : 0)
  })
  const outputs = Float64Array.from({ length: count * targets }, () => random.normal())
  return { start: 0, count, inputs, targets: outputs }
}

export function slice(batch: Batch, from: number, to: number): Batch {
  const width = batch.inputs.length / batch.count
  const targetWidth = batch.targets.length / batch.count
  return {
    start: batch.start + from,
    count: to - from,
    inputs: batch.inputs.slice(from * width, to * width),
    targets: batch.targets.slice(from * targetWidth, to * targetWidth),
  }
}

/** The batch in pieces of `size`. */
export function pieces(batch: Batch, size: number): Batch[] {
  const result: Batch[] = []
  for (let from = 0; from < batch.count; from += size) {
    result.push(slice(batch, from, Math.min(from + size, batch.count)))
  }
  return result
}

export function shuffled<T>(list: readonly T[], seed: number): T[] {
  return Array.from(randomStream(seed, 'shuffle').permutation(list.length), (i) => list[i])
}

export function byteShape(width: number, classes: number): RecordShape {
  return {
    inputShape: [width],
    elementType: 'uint8',
    target: { kind: 'class', names: Array.from({ length: classes }, (_, c) => `class ${c}`) },
    origin: byteOrigins(width),
  }
}

export function floatShape(width: number, targets: number): RecordShape {
  return {
    inputShape: [width],
    elementType: 'float64',
    target: { kind: 'real', names: Array.from({ length: targets }, (_, c) => `y${c}`) },
    origin: Float64Array.from({ length: width }, (_, j) => (j % 4 === 1 ? 1e6 : 0)),
  }
}

/** A dataset in memory around one batch. */
export function datasetOf(batch: Batch, shape: Omit<RecordShape, 'origin'>, name = 'sample'): Dataset {
  const { inputShape, elementType, target } = shape
  return {
    name,
    kind: 'vector',
    inputShape,
    elementType,
    target,
    splits: { train: memorySplit('train', batch.inputs, batch.targets, batch.count) },
    source: { path: name, files: [] },
    notes: [],
  }
}
