import { inputSize } from '#core/dataset'
import { rowsOf, toFloat32, toFloat64, relativeError, type Matrix } from '#core/matrix'
import { openDataset } from '#data/open'
import { givenChannel, givenMoments, preprocess } from '#data/preprocessing'
import { featureMapKind } from '#features/index'
import type { FeatureMap } from '#features/feature-map'
import { chooseBlas } from '#linalg/provider'
import type { Blas } from '#linalg/blas'
import { distillGaussNewton } from '#methods/gauss-newton'
import { isHomogeneous, fewestPoints } from '#methods/non-surjective/count'
import type { RidgeSet } from '#core/distilled-set'
import { fitRidge } from '#models/ridge'
import { trainRidgeOnPoints } from '#models/ridge-points'
import type { Bench } from '../bench.ts'
import { featureAccuracy, featureStatistics } from '../feature-fit.ts'
import type { Part } from '../part.ts'
import { group, percent, seconds, small } from '../wording.ts'

/** Features of the random network; all more than the 784 inputs. */
const widths = [1024, 1568]
const ridge = 10
/** Examples that starts are drawn from. */
const pool = 1000

interface Outcome {
  readonly features: number
  readonly bound: number
  readonly set: RidgeSet
  readonly error: number
  readonly stored: number
  readonly conditionNumber: number
  readonly accuracy: { readonly original: number; readonly distilled: number }
  readonly seconds: number
}

export const nonSurjective: Part = {
  name: 'non-surjective',
  title: 'Behind a map that is not onto: points searched for, against p',
  async measure(bench) {
    const { blas } = await chooseBlas()
    const outcomes: Outcome[] = []
    for (const width of widths) outcomes.push(await outcomeOf(bench, blas, width))
    await blas.close()
    return {
      about: [
        'MNIST behind one random LeakyReLU layer with more features than inputs (d = 784, weights N(0, 1/d), seed 0). W is ' +
          `fitted on all 60 000 images (λ = ${ridge}, no intercept), then \`gauss-newton\` searches, from real images, for points ` +
          'whose features span its ten rows. The paper has p points for such maps. The error is that of the model which is ' +
          'trained on φ(X_S), from float64 and from float32 storage of points and labels.',
      ],
      figures: outcomes.map(({ features, set, error }) => ({
        what: `p = ${features}: relative error of W from ${set.points.rows} points`,
        measured: small(error),
        needed: '≤ 1e-8',
        holds: error <= 1e-8,
      })),
      tables: [
        {
          title: 'Points',
          columns: [
            'p',
            'dimension count',
            'm found',
            'p / m',
            'error, float64',
            'error, float32',
            'cond φ(X_S)',
            'test accuracy, W',
            'from the points',
            'seconds of search',
          ],
          rows: outcomes.map((outcome) => [
            group(outcome.features),
            String(outcome.bound),
            String(outcome.set.points.rows),
            (outcome.features / outcome.set.points.rows).toFixed(1),
            small(outcome.error),
            small(outcome.stored),
            group(outcome.conditionNumber),
            percent(outcome.accuracy.original),
            percent(outcome.accuracy.distilled),
            seconds(outcome.seconds),
          ]),
        },
      ],
    }
  },
}

async function outcomeOf(bench: Bench, blas: Blas, width: number): Promise<Outcome> {
  const dataset = await openDataset(bench.data('mnist'), {})
  const { train, test = train } = dataset.splits
  const { inputShape } = dataset
  const { mean, std } = givenMoments.mnist
  const preprocessing = givenChannel(inputShape, mean, std)
  const map = await featureMapKind('dense').create(
    { inputShape, options: { widths: [width] }, seed: 0 },
    blas,
  )
  const statistics = await featureStatistics(blas, map, dataset, train, preprocessing)
  const model = await fitRidge(statistics, ridge, { blas, intercept: false })
  const first = await train.at(Int32Array.from({ length: pool }, (_, i) => i))
  const images = await preprocess(first.inputs, pool, inputSize(dataset), preprocessing, blas)
  const references = async (count: number) => ({ points: rowsOf(images, 0, Math.min(count, pool)) })
  const { target } = dataset
  const task = {
    blas,
    model,
    statistics,
    target,
    inputShape,
    preprocessing,
    seed: 0,
    references,
    features: map,
  }
  const began = performance.now()
  const report = ({ stage, done, figure }: { stage: string; done: number; figure?: { value: number } }) =>
    process.stderr.write(`\r${stage}: step ${done}, residual ${figure?.value.toExponential(2)}  `)
  const set = await distillGaussNewton(task, {}, { report })
  const elapsed = (performance.now() - began) / 1000
  const trained = await trainedOn(blas, map, set.points, set.labels)
  const kept = (a: Matrix) => toFloat64(toFloat32(a))
  const again = await trainedOn(blas, map, kept(set.points), kept(set.labels))
  const accuracyOf = (of: typeof model) => featureAccuracy(blas, map, dataset, test, preprocessing, of)
  return {
    features: width,
    bound: fewestPoints({
      inputSize: map.inputSize,
      featureSize: width,
      rank: model.weight.rows,
      intercept: false,
      homogeneous: await isHomogeneous(map, blas),
    }),
    set,
    error: relativeError(trained.model.weight, model.weight),
    stored: relativeError(again.model.weight, model.weight),
    conditionNumber: trained.conditionNumber,
    accuracy: { original: await accuracyOf(model), distilled: await accuracyOf(trained.model) },
    seconds: elapsed,
  }
}

async function trainedOn(blas: Blas, map: FeatureMap, points: Matrix, labels: Matrix) {
  return trainRidgeOnPoints(await map.forward(points, blas), labels, 0, false, blas)
}
