import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Batch } from '#core/dataset'
import { openDataset } from '#data/open'
import { givenChannel, givenMoments, preprocess } from '#data/preprocessing'
import { compare } from '#evaluate/compare'
import { labelMatrix } from '#evaluate/examples'
import { fitSubsetRidge } from '#evaluate/subset-ridge'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { ridgeGrid } from '#models/ridge'
import { dataRoot, realData } from '../real-data.ts'

describe.skipIf(!dataRoot)('a comparison on MNIST (needs RETORT_DATA)', () => {
  let blas: Blas
  beforeAll(async () => {
    blas = (await chooseBlas()).blas
  })
  afterAll(() => blas.close())

  it('finds subsets of ten far below a model of thousands', async () => {
    const { splits, target, inputShape } = await openDataset(realData('mnist'))
    const { train, test } = splits
    const preprocessing = givenChannel(inputShape, givenMoments.mnist.mean, givenMoments.mnist.std)
    const range = (start: number, count: number) => Array.from({ length: count }, (_, i) => start + i)
    const pool = await train.at(range(0, 6000))
    const holdOut = await train.at(range(6000, 1000))
    const prepared = (batch: Batch) => preprocess(batch.inputs, batch.count, 784, preprocessing, blas)
    const ridges = ridgeGrid('image')
    const original = await fitSubsetRidge(await prepared(pool), labelMatrix(pool, 10), {
      blas,
      intercept: false,
      ridges,
      holdOut: { inputs: await prepared(holdOut), targets: holdOut.targets },
    })
    const { comparison } = await compare({
      original,
      examples: 6000,
      distilled: original,
      points: 10,
      pool,
      holdOut,
      ridges,
      test: { split: 'test', batches: test!.batches({ size: 1000 }), total: test!.count },
      inputSize: 784,
      target,
      preprocessing,
      blas,
      seed: 0,
    })
    const scores = new Map(comparison.rows.map(({ name, score }) => [name, score]))
    expect(scores.get('original')).toMatchObject({ metric: 'accuracy', n: 10_000 })
    expect(scores.get('original')!.value).toBeGreaterThan(0.83)
    for (const name of ['random', 'herding', 'k-means', 'k-center']) {
      expect(scores.get(name)!.value).toBeGreaterThan(0.3)
      expect(scores.get(name)!.value).toBeLessThan(0.75)
    }
    // The example nearest to the mean of its class stands for it better than any example.
    expect(scores.get('herding')!.value).toBeGreaterThan(scores.get('random')!.value)
  })
})
