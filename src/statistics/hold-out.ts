import type { Batch, InputArray, Target } from '#core/dataset'
import { indexedUniform } from '#core/random'

/** Which examples choose λ and are not fitted while it is chosen. */
export interface HoldOut {
  readonly seed: number
  /** Share of the examples; default 0.05, but about 20 examples (at most half) where that is fewer. */
  readonly fraction?: number
  /** Expected number of examples at most, default 10 000. */
  readonly limit?: number
}

export const defaultHoldOut = { fraction: 0.05, least: 20, limit: 10_000 } as const

/** Share of `count` examples that is held out: `fraction`, reduced so that about `limit` are at most. */
export function holdOutShare({ fraction, limit }: HoldOut, count: number): number {
  const examples = Math.max(1, count)
  const wanted = fraction ?? Math.max(defaultHoldOut.fraction, Math.min(0.5, defaultHoldOut.least / examples))
  return Math.min(wanted, (limit ?? defaultHoldOut.limit) / examples)
}

/** Membership by index within the split: the same whatever the order or the sharding. */
export function holdOutMembership(holdOut: HoldOut, count: number): (index: number) => boolean {
  const share = holdOutShare(holdOut, count)
  const draw = indexedUniform(holdOut.seed, 'hold-out')
  return (index) => draw(index) < share
}

/** Raw copies of the held-out examples, in the order of the split. */
export interface HoldOutExamples {
  readonly count: number
  /** count × inputSize, in the element type of the source. */
  readonly inputs: InputArray
  /** Class indices, or count × k real targets. */
  readonly targets: Int32Array | Float64Array
}

export interface HoldOutCollector {
  visit(batch: Batch): void
  finish(): HoldOutExamples
}

/** Keeps the examples for which `isHeldOut` holds. */
export function collectHoldOut(
  shape: { inputSize: number; elementType: 'uint8' | 'float32' | 'float64'; target: Target },
  isHeldOut: (index: number) => boolean,
): HoldOutCollector {
  const inputs: InputArray[] = []
  const targets: (Int32Array | Float64Array)[] = []
  const width = shape.inputSize
  const targetWidth = shape.target.kind === 'class' ? 1 : shape.target.names.length
  return {
    visit(batch) {
      for (let i = 0; i < batch.count; i++) {
        if (!isHeldOut(batch.start + i)) continue
        inputs.push(batch.inputs.slice(i * width, (i + 1) * width))
        targets.push(batch.targets.slice(i * targetWidth, (i + 1) * targetWidth))
      }
    },
    finish() {
      const count = inputs.length
      const allInputs = emptyInputs(shape.elementType, count * width)
      const allTargets =
        shape.target.kind === 'class' ? new Int32Array(count) : new Float64Array(count * targetWidth)
      inputs.forEach((row, i) => allInputs.set(row, i * width))
      targets.forEach((row, i) => allTargets.set(row, i * targetWidth))
      return { count, inputs: allInputs, targets: allTargets }
    },
  }
}

function emptyInputs(elementType: 'uint8' | 'float32' | 'float64', length: number): InputArray {
  if (elementType === 'uint8') return new Uint8Array(length)
  return elementType === 'float32' ? new Float32Array(length) : new Float64Array(length)
}
