import type { Batch, BatchOptions, Dataset, Split } from '#core/dataset'
import { RetortError } from '#core/errors'
import { nearest } from '#core/nearest'

/** Which classes a dataset is reduced to. */
export interface ChosenClasses {
  /** This class against all others, or against `negative` alone. */
  readonly positive?: string
  readonly negative?: string
}

/**
 * A dataset of two classes, the second being the positive one: one class against all others, or of two classes only
 * their examples. Without a choice the dataset as it is.
 * @throws RetortError `usage/class` for a class that is not there, or a choice from numbers
 */
export async function chosenClasses(
  dataset: Dataset,
  { positive, negative }: ChosenClasses,
): Promise<Dataset> {
  if (positive === undefined && negative === undefined) return dataset
  const { target, splits } = dataset
  if (target.kind !== 'class') {
    throw new RetortError({
      code: 'usage/class',
      message: `--positive and --negative choose classes, but the target ${target.names.join(', ')} is real`,
      hint: 'Leave them out, or treat the target as classes with --target-kind class.',
      path: '--positive',
    })
  }
  if (positive === undefined) {
    throw new RetortError({
      code: 'usage/class',
      message: `--negative ${negative} names the other class of a pair, but there is no --positive`,
      hint: 'Give both, e.g. --positive 3 --negative 5.',
      path: '--positive',
    })
  }
  const wanted = classIndex(target.names, positive, '--positive')
  const other = negative === undefined ? undefined : classIndex(target.names, negative, '--negative')
  const rest = negative ?? (target.names.length === 2 ? target.names[1 - wanted] : `not ${positive}`)
  const view = (split: Split) =>
    other === undefined ? relabelled(split, wanted) : pair(split, wanted, other)
  return {
    ...dataset,
    target: { kind: 'class', names: [rest, positive] },
    splits: { train: await view(splits.train), ...(splits.test && { test: await view(splits.test) }) },
  }
}

function classIndex(names: readonly string[], name: string, flag: string): number {
  const index = names.indexOf(String(name))
  if (index >= 0) return index
  const close = nearest(String(name), names)
  throw new RetortError({
    code: 'usage/class',
    message: `there is no class '${name}'; the classes are ${names.slice(0, 20).join(', ')}`,
    hint: close === undefined ? 'Run: retort inspect DATA' : `Did you mean ${flag} ${close}?`,
    path: flag,
    values: { class: name, nearest: close ?? null },
  })
}

function binary(targets: Batch['targets'], wanted: number): Int32Array {
  return Int32Array.from(targets, (index) => (index === wanted ? 1 : 0))
}

function relabelled(split: Split, wanted: number): Split {
  return {
    name: split.name,
    count: split.count,
    async *batches(options) {
      for await (const batch of split.batches(options)) {
        yield { ...batch, targets: binary(batch.targets, wanted) }
      }
    },
    async at(indices) {
      const batch = await split.at(indices)
      return { ...batch, targets: binary(batch.targets, wanted) }
    },
  }
}

/** The examples of two classes alone; one pass finds where they are. */
async function pair(split: Split, wanted: number, other: number): Promise<Split> {
  const places: number[] = []
  for await (const { start, targets } of split.batches({ size: 4096 })) {
    targets.forEach((index, i) => {
      if (index === wanted || index === other) places.push(start + i)
    })
  }

  async function* batches({
    size,
    start = 0,
    end = places.length,
    signal,
  }: BatchOptions): AsyncGenerator<Batch> {
    const last = Math.min(end, places.length)
    if (start >= last) return
    let position = start
    let held: { inputs: Batch['inputs']; targets: Int32Array; count: number } | undefined
    for await (const batch of split.batches({
      size,
      start: places[start],
      end: places[last - 1] + 1,
      signal,
    })) {
      const width = batch.inputs.length / batch.count
      for (let i = 0; i < batch.count; i++) {
        if (batch.targets[i] !== wanted && batch.targets[i] !== other) continue
        held ??= { inputs: batch.inputs.slice(0, 0), targets: new Int32Array(size), count: 0 }
        if (held.inputs.length === 0) held.inputs = enlarged(batch.inputs, size * width)
        held.inputs.set(batch.inputs.subarray(i * width, (i + 1) * width), held.count * width)
        held.targets[held.count++] = batch.targets[i] === wanted ? 1 : 0
        if (held.count < size) continue
        yield { start: position, ...held }
        position += size
        held = undefined
      }
    }
    if (held === undefined) return
    const { count } = held
    const width = held.inputs.length / size
    yield {
      start: position,
      count,
      inputs: held.inputs.subarray(0, count * width),
      targets: held.targets.subarray(0, count),
    }
  }

  return {
    name: split.name,
    count: places.length,
    batches,
    async at(indices) {
      const found = Array.from(indices, (index) => {
        if (index >= 0 && index < places.length) return places[index]
        throw new RangeError(`example ${index} of ${places.length} in split ${split.name}`)
      })
      const batch = await split.at(found)
      return { ...batch, targets: binary(batch.targets, wanted) }
    },
  }
}

function enlarged(like: Batch['inputs'], length: number): Batch['inputs'] {
  if (like instanceof Uint8Array) return new Uint8Array(length)
  return like instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
}
