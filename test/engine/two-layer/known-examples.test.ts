import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Dataset } from '#core/dataset'
import { multiIndexDataset } from '#data/generators/multi-index'
import { fitOriginal } from '#engine/fit'
import { fitSettings } from '#engine/settings'
import { createStopwatch } from '#engine/stopwatch'
import { twoLayerTask } from '#engine/two-layer/task'
import { createWasmBlas } from '#linalg/wasm/provider'

const blas = await createWasmBlas({ threads: 1 })
afterAll(() => blas.close())

/** The dataset, and how often its training split was begun. */
function counted(dataset: Dataset) {
  const { train } = dataset.splits
  let passes = 0
  const batches: typeof train.batches = (options) => {
    passes++
    return train.batches(options)
  }
  return {
    dataset: { ...dataset, splits: { ...dataset.splits, train: { ...train, batches } } },
    passes: () => passes,
  }
}

const settings = z.object(fitSettings).parse({ seed: 3 })
const context = { blas, watch: {}, stopwatch: createStopwatch() }

describe.each([
  ['with a test split, which leaves the hold-out to the fit', 7],
  ['without a test split, so that the hold-out scores', 0],
])('%s', (_, testCount) => {
  it('has the examples that were kept as they are read again, and reads once', async () => {
    const { dataset, passes } = counted(multiIndexDataset({ count: 5000, testCount, inputs: 4 }))
    const fit = await fitOriginal(dataset, settings, context)
    const once = passes()
    const known = await twoLayerTask(dataset, fit, settings, context)
    expect(passes()).toBe(once)
    const nothingKept = { ...fit, pool: { ...fit.pool, count: 0 } }
    const read = await twoLayerTask(dataset, nothingKept, settings, context)
    expect(passes()).toBe(once + 1)
    expect(known.passes.held?.inputs.rows).toBe(fit.statistics.count)
    expect(known.passes.held).toEqual(read.passes.held)
  })
})
