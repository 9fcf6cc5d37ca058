import { transpose } from '#core/matrix'
import type { Centring } from '../closed-form/centring.ts'
import { solvedLabels } from '../closed-form/factored.ts'
import { columnMeans, labelFrame } from '../closed-form/labels.ts'
import { nearestPoints } from '../closed-form/nearest-data.ts'
import {
  nearestPseudoInverse,
  pointsNear,
  regularisedExamples,
  regularisedInverse,
} from '../closed-form/nearest-pseudo-inverse.ts'
import { boundSlack, largestRidge } from '../closed-form/roots.ts'
import { scaleRows } from '../closed-form/slices.ts'
import { spectrumOf } from '../closed-form/spectrum.ts'
import { carries, classLabelsFor, scaledLabels, type ClassLabels } from './class-labels.ts'
import { fitRounding } from './promised-model.ts'
import { scaledFrame, withMeans, type Construction, type RandomStreams } from './construction.ts'
import type { RidgePlan } from './plan.ts'
import { boundRefusal, examplesRefusal, labelRankRefusal, labelsRefusal } from './refusals.ts'

/** Data-space optimum: the row space of the points holds that of W, and the labels are solved for. */
export async function realisticSet(
  plan: RidgePlan,
  centring: Centring,
  random: RandomStreams,
): Promise<Construction> {
  const { task, options, carried } = plan
  const { blas } = task
  const { points: references, classes } = await examplesFor(plan)
  const { u, values, vt } = carried.spectrum
  const examples = await centring.reduce(references)
  const near = await nearestPoints(blas, random('separation'), examples, vt, options.conditioning)
  // Wᵀ = Vᵀᵀ (U Σ)ᵀ, so the dual of Vᵀ times (U Σ)ᵀ is that of W.
  const dual = async () => blas.gemm(near.dual, await scaleRows(transpose(u), values))
  const labels = await solvedLabels(blas, near.points, carried.weight, plan.ridge, dual)
  const set = await withMeans(plan, centring, near.points, labels, columnMeans(references))
  return { ...set, classes, references }
}

/**
 * Corollary 4.1.1 of Chen, Huang, Weng 2024: nearest among pseudo-inverses. Labels are W X̂_λ as in Algorithm 1, or
 * those of the examples' classes where asked for. With all examples, their labels and λ_S = λ it gives them back.
 */
export async function paperRealisticSet(plan: RidgePlan, centring: Centring): Promise<Construction> {
  const { task, options, carried, ridge } = plan
  const { blas } = task
  const { points: references, classes } = await examplesFor(plan)
  const examples = await centring.reduce(references)
  const spectrum = await spectrumOf(blas, examples)
  const given = await labelsOfExamples(plan, classes)
  const solved = await blas.gemm(await regularisedExamples(blas, spectrum, ridge), carried.weight, {
    transposeB: true,
  })
  const frame = given
    ? await scaledFrame(given.frame, plan.labelScale)
    : await labelFrame(blas, solved, carried.weight)
  if (frame.unreached > fitRounding) throw labelRankRefusal(plan)
  const inverse = await regularisedInverse(blas, spectrum, ridge)
  const d = await spectrumOf(blas, await nearestPseudoInverse(blas, inverse, frame))
  const bound = largestRidge(d.values[0] ?? 0)
  if (ridge > bound * (1 + boundSlack)) throw boundRefusal(plan, bound)
  const points = await pointsNear(blas, d, ridge, options.roots, examples)
  if (!given) {
    const set = await withMeans(plan, centring, points, solved, columnMeans(references))
    return { ...set, classes, references }
  }
  const labels = scaledLabels(given, plan.labelScale)
  return { points: await centring.restore(points, given.inputMean), labels, classes, references }
}

async function examplesFor({ task, points }: RidgePlan) {
  const examples = await task.references(points)
  if (examples.points.rows !== points) throw examplesRefusal(points, examples.points.rows)
  return examples
}

/** The plan's class labels for the classes that the examples turned out to have; undefined where labels are solved. */
async function labelsOfExamples(
  { task, carried, classLabels, solveLabels, options }: RidgePlan,
  classes: Int32Array | undefined,
): Promise<ClassLabels | undefined> {
  if (!classLabels || solveLabels || !classes) return undefined
  const given = await classLabelsFor(task.blas, carried, classes, options.labelEncoding === 'centred')
  if (!carries(given)) throw labelsRefusal(given, options.labelEncoding ?? 'one-hot')
  return given
}
