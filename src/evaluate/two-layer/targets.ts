import type { Batch } from '#core/dataset'

/** Real targets as they are; of two classes −1 and +1. */
export function signedTargets({ targets }: Pick<Batch, 'targets'>): Float64Array {
  return targets instanceof Int32Array
    ? Float64Array.from(targets, (index) => (index === 1 ? 1 : -1))
    : targets.slice()
}
