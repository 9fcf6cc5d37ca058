import type { Batch, InputArray, Split } from '#core/dataset'
import type { Watch } from '#core/progress'
import { randomStream } from '#core/random'

/** A part of a split that is to be held in memory. */
export interface DrawnPart {
  /** Names its random stream, e.g. `pool` or `hold-out`. */
  readonly name: string
  /** Whether the example of this index belongs to the part. */
  member(index: number): boolean
  /** Most examples kept; beyond it a uniformly random choice of the members is. */
  readonly capacity: number
}

/** The examples of a part; `members` counts all that belong to it, kept or not. */
export interface DrawnExamples {
  readonly examples: Batch
  readonly members: number
}

/**
 * Draws bounded parts of a split in one streaming pass: pool and hold-out of a comparison.
 * A part that fits its capacity keeps its order; a larger one is a reservoir sample (Vitter, "Random sampling with a
 * reservoir", ACM TOMS 11 (1985), algorithm R), which depends on the seed and not on the batches.
 * @param columns target columns of real targets, 1 for class targets
 */
export async function drawExamples(
  split: Split,
  parts: readonly DrawnPart[],
  shape: { readonly inputSize: number; readonly columns: number; readonly seed: number },
  watch: Watch = {},
): Promise<DrawnExamples[]> {
  const { inputSize, columns } = shape
  const reservoirs: (Reservoir | undefined)[] = parts.map(() => undefined)
  const options = { size: 4096, signal: watch.signal }
  for await (const batch of split.batches(options)) {
    watch.signal?.throwIfAborted()
    parts.forEach((part, p) => {
      const reservoir = (reservoirs[p] ??= createReservoir(batch, part, split.count, shape))
      for (let i = 0; i < batch.count; i++) {
        if (!part.member(batch.start + i)) continue
        const row = reservoir.place()
        if (row < 0) continue
        reservoir.inputs.set(batch.inputs.subarray(i * inputSize, (i + 1) * inputSize), row * inputSize)
        reservoir.targets.set(batch.targets.subarray(i * columns, (i + 1) * columns), row * columns)
      }
    })
    watch.report?.({ stage: 'draw', done: batch.start + batch.count, total: split.count, unit: 'examples' })
  }
  return reservoirs.map((reservoir) => {
    const members = reservoir?.members ?? 0
    const count = Math.min(members, reservoir?.capacity ?? 0)
    return {
      members,
      examples: {
        start: 0,
        count,
        inputs: reservoir?.inputs.subarray(0, count * inputSize) ?? new Float64Array(0),
        targets: reservoir?.targets.subarray(0, count * columns) ?? new Float64Array(0),
      },
    }
  })
}

interface Reservoir {
  readonly inputs: InputArray
  readonly targets: Int32Array | Float64Array
  readonly capacity: number
  members: number
  /** Row where the next member goes, −1 where it is not kept. */
  place(): number
}

function createReservoir(
  like: Batch,
  part: DrawnPart,
  count: number,
  shape: { inputSize: number; columns: number; seed: number },
): Reservoir {
  const capacity = Math.min(part.capacity, count)
  const random = randomStream(shape.seed, 'draw', part.name)
  const length = capacity * shape.columns
  const reservoir: Reservoir = {
    inputs: sameKind(like.inputs, capacity * shape.inputSize),
    targets: like.targets instanceof Int32Array ? new Int32Array(length) : new Float64Array(length),
    capacity,
    members: 0,
    place() {
      const index = reservoir.members++
      if (index < capacity) return index
      const row = random.integer(index + 1)
      return row < capacity ? row : -1
    },
  }
  return reservoir
}

function sameKind(array: InputArray, length: number): InputArray {
  if (array instanceof Uint8Array) return new Uint8Array(length)
  return array instanceof Float32Array ? new Float32Array(length) : new Float64Array(length)
}
