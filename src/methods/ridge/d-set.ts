import { RetortError } from '#core/errors'
import type { RidgeSet } from '#core/distilled-set'
import { sha256Hex } from '#core/hash'
import { copyOf, frobeniusNorm, matrix, stackRows, transpose, type Matrix } from '#core/matrix'
import type { Blas } from '#linalg/blas'
import { normalEquations } from '#models/normal-equations'
import type { RidgeModel } from '#models/ridge-model'
import { centringOf } from '../closed-form/centring.ts'
import { everyRidgePoints } from '../closed-form/every-ridge.ts'
import type { RidgeTask } from '../ridge-task.ts'
import { predictedLabel } from './class-labels.ts'
import type { Construction } from './construction.ts'
import type { RidgePlan } from './plan.ts'

/**
 * rank(X) points that give W for every λ; with an intercept rank(X̃) + 1, from the centred statistics, lifted by
 * mean-free rows onto the means.
 */
export async function dSet({ task, model: fitted }: RidgePlan): Promise<Construction> {
  const { blas, statistics } = task
  const { count, inputSum } = statistics
  const { gram } = await normalEquations(statistics, fitted.intercept)
  const { points, labels, weight } = await everyRidgePoints(blas, gram, fitted.weight, fitted.ridge)
  const mean = inputSum.map((sum) => sum / count)
  const model = { ...fitted, weight, bias: biasThrough(fitted, weight, mean) }
  if (!model.intercept && points.rows === 0) {
    return { points: matrix(1, gram.cols), labels: matrix(1, weight.rows), model }
  }
  const centring = await centringOf(blas, points.rows + (model.intercept ? 1 : 0), model.intercept)
  return {
    points: await centring.restore(points, mean),
    labels: await centring.restore(labels, predictedLabel(model, mean)),
    model,
  }
}

/** The bias with which another weight predicts the same at the mean. */
function biasThrough(model: RidgeModel, weight: Matrix, mean: Float64Array): Float64Array {
  if (!model.intercept) return model.bias
  const none = new Float64Array(weight.rows)
  const predicted = predictedLabel({ weight, bias: none }, mean)
  return predictedLabel(model, mean).map((value, i) => value - predicted[i])
}

/** ‖W (S + λI) − C‖ / ‖C‖: whether W is the model of these statistics, and its set so serves every other λ too. */
export async function normalResidual({ blas, statistics, model }: RidgeTask): Promise<number> {
  const { gram, cross } = await normalEquations(statistics, model.intercept)
  const residual = await blas.gemm(model.weight, gram, { beta: -1, c: copyOf(cross) })
  for (let at = 0; at < residual.data.length; at++) {
    residual.data[at] += model.ridge * model.weight.data[at]
  }
  return frobeniusNorm(residual) / (frobeniusNorm(cross) || 1)
}

/**
 * The union of two d-sets without intercept: a d-set of the union of their data, because the sums Σ x xᵀ and Σ y xᵀ
 * add. Its W is fitted anew at the λ of both.
 * @throws RetortError `usage/not-mergeable` for sets of one λ, with an intercept, or of different spaces
 */
export async function mergeDSets(blas: Blas, a: RidgeSet, b: RidgeSet): Promise<RidgeSet> {
  const reason = whyNotMergeable(a, b)
  if (reason) {
    throw new RetortError({
      code: 'usage/not-mergeable',
      message: `the two sets cannot be merged: ${reason}`,
      why: 'Only sums Σ x xᵀ and Σ y xᵀ of one space add up; a set for one λ does not keep them.',
      hint: 'Distil both with --variant d-set --intercept no and the same preprocessing and --ridge.',
    })
  }
  const points = stackRows(a.points, b.points)
  const labels = stackRows(a.labels, b.labels)
  const weight = await ridgeWeight(blas, points, labels, a.training.ridge)
  return {
    ...a,
    points,
    labels,
    training: { ...a.training, weight, bias: new Float64Array(weight.rows) },
    provenance: sha256Hex([a.provenance, b.provenance].sort().join('\n')),
  }
}

function whyNotMergeable(a: RidgeSet, b: RidgeSet): string | undefined {
  for (const { training } of [a, b]) {
    if (training.originalRidge !== 'all') return 'one of them serves a single λ'
    if (training.intercept) return 'one of them has an intercept'
  }
  if (a.training.ridge !== b.training.ridge)
    return `λ is ${a.training.ridge} in one and ${b.training.ridge} in the other`
  if (!same(a.inputShape, b.inputShape)) return 'their points have different shapes'
  if (!same(a.target, b.target)) return 'their targets differ'
  if (!same(a.preprocessing, b.preprocessing)) return 'their points live in different preprocessings'
  return undefined
}

function same(a: unknown, b: unknown): boolean {
  const plain = (_key: string, value: unknown) => (value instanceof Float64Array ? Array.from(value) : value)
  return JSON.stringify(a, plain) === JSON.stringify(b, plain)
}

/** Least squares on the points above √λ I, which never squares their condition number. */
async function ridgeWeight(blas: Blas, points: Matrix, labels: Matrix, ridge: number): Promise<Matrix> {
  const penalty = matrix(ridge > 0 ? points.cols : 0, points.cols)
  for (let i = 0; i < penalty.rows; i++) penalty.data[i * penalty.cols + i] = Math.sqrt(ridge)
  const zeros = matrix(penalty.rows, labels.cols)
  const { x } = await blas.leastSquares(stackRows(points, penalty), stackRows(labels, zeros))
  return transpose(x)
}
