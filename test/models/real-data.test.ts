import { afterAll, describe, expect, it } from 'vitest'
import type { Dataset, Preprocessing, PreprocessingName, Split } from '#core/dataset'
import { inputSize } from '#core/dataset'
import type { OpenOptions } from '#data/formats/format'
import { openDataset } from '#data/open'
import { givenChannel, preprocess } from '#data/preprocessing'
import { argmaxRows, predict } from '#models/prediction'
import { fitRidge, fitRidgePath, ridgeGrid } from '#models/ridge'
import { chooseRidge } from '#models/ridge-choice'
import type { RidgeModel } from '#models/ridge-model'
import { collectStatistics } from '#statistics/collect'
import { measurePreprocessing } from '#statistics/preprocessing'
import { finishRecord, mergeRecords } from '#statistics/record'
import { transformStatistics } from '#statistics/transform'
import { dataRoot, realData } from '../real-data.ts'
import { availableBlas } from '../statistics/blas.ts'

const [blas, ...others] = await availableBlas()
afterAll(() => Promise.all([blas, ...others].map((provider) => provider.close())))

/** The corridor from a path to the accuracy on its test split: hold-out seed 0, W fitted on all training examples. */
async function accuracyOf(
  path: string,
  preprocessingName: PreprocessingName | ((dataset: Dataset) => Preprocessing),
  intercept: boolean,
  options: OpenOptions = {},
) {
  const dataset = await openDataset(path, options)
  const { train, test } = dataset.splits
  const collected = await collectStatistics(train, dataset, { blas, holdOut: { seed: 0 } })
  const whole = await finishRecord(await mergeRecords([collected.fit, collected.holdOut]))
  const preprocessing =
    typeof preprocessingName === 'string'
      ? await measurePreprocessing(preprocessingName, whole, dataset, { blas })
      : preprocessingName(dataset)
  const fit = await transformStatistics(await finishRecord(collected.fit), preprocessing, blas)
  const ridgePath = await fitRidgePath(fit, { blas, intercept })
  const { inputs, targets, count } = collected.holdOutExamples
  const held = await preprocess(inputs, count, inputSize(dataset), preprocessing, blas)
  const grid = ridgeGrid(dataset.kind)
  const choice = await chooseRidge(ridgePath, { inputs: held, targets }, grid, blas)
  const statistics = await transformStatistics(whole, preprocessing, blas)
  const model = await fitRidge(statistics, choice.ridge, { blas, intercept })
  const score = (split: Split) => scoreOf(split, dataset, preprocessing, model)
  return { whole, model, choice, accuracy: await score(test ?? train), trainAccuracy: await score(train) }
}

async function scoreOf(split: Split, dataset: Dataset, preprocessing: Preprocessing, model: RidgeModel) {
  let right = 0
  for await (const batch of split.batches({ size: 5000 })) {
    const inputs = await preprocess(batch.inputs, batch.count, inputSize(dataset), preprocessing, blas)
    const classes = argmaxRows(await predict(model, inputs, blas))
    right += classes.filter((c, i) => c === batch.targets[i]).length
  }
  return right / split.count
}

describe.skipIf(!dataRoot)('linear ridge regression on real data (needs RETORT_DATA)', () => {
  it('MNIST with the given normalisation: 86.4 ± 0.4 % on the test images', async () => {
    const { accuracy, whole, choice } = await accuracyOf(
      realData('mnist'),
      ({ inputShape }) => givenChannel(inputShape, [0.1307], [0.3081]),
      false,
    )
    expect(Math.abs(accuracy - 0.864)).toBeLessThan(0.004)
    expect(whole).toMatchObject({ exact: true, count: 60_000, inputSize: 784, targetSize: 10 })
    // Σ of all pixels, as counted by another program.
    const total = whole.shiftedSum.reduce((sum, value) => sum + value + 128 * 60_000, 0)
    expect(total).toBe(1_567_298_545)
    expect(choice.criterion).toBe('accuracy')
  })

  it('MNIST with measured moments: the same accuracy', async () => {
    const { accuracy } = await accuracyOf(realData('mnist'), 'channel', false)
    expect(Math.abs(accuracy - 0.864)).toBeLessThan(0.004)
  })

  it('optical digits', async () => {
    const { accuracy, choice } = await accuracyOf(realData('digits'), 'column', true)
    expect(choice.ridge).toBe(1e-6)
    // NumPy for this λ.
    expect(accuracy).toBeCloseTo(0.92376, 4)
  })

  it('letters, fitted and scored on the same examples', async () => {
    const path = realData('tabular', 'letter-recognition.data')
    const { trainAccuracy, choice } = await accuracyOf(path, 'column', true)
    expect(choice.ridge).toBeCloseTo(10 ** 2.5, 9)
    // NumPy for this λ.
    expect(trainAccuracy).toBeCloseTo(0.5568, 4)
  })
})
