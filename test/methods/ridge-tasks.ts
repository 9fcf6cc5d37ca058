import { matrix, takeRows, type Matrix } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import type { RidgeTask } from '#methods/ridge-task'
import { plainRidge, product } from './plain-ridge.ts'

export interface TaskSettings {
  /** Targets k, inputs p, examples n. */
  targets?: number
  inputs?: number
  examples?: number
  ridge?: number
  intercept?: boolean
  kind?: 'class' | 'real'
  /** Rank of the inputs; full by default. */
  rank?: number
  /** Rank of real targets; full by default. */
  targetRank?: number
  seed?: number
}

export interface TestTask extends RidgeTask {
  /** The data behind the statistics, n × p and n × k. */
  readonly inputs: Matrix
  readonly labels: Matrix
  readonly classes: Int32Array
}

/** A small regression or classification problem with its statistics and its model, both from their definitions. */
export function ridgeTaskOf(blas: Blas, settings: TaskSettings = {}): TestTask {
  const { targets = 4, inputs: size = 12, examples = 40, ridge = 0.7, intercept = false } = settings
  const { kind = 'class', rank = size, targetRank = targets, seed = 0 } = settings
  const random = randomStream(seed, 'task', targets, size, examples)
  const normal = (rows: number, cols: number) =>
    matrix(rows, cols, random.fillNormal(new Float64Array(rows * cols)))
  const inputs = rank < size ? product(normal(examples, rank), normal(rank, size)) : normal(examples, size)
  // Off-centre, so that an intercept matters.
  for (let at = 0; at < inputs.data.length; at++)
    inputs.data[at] += rank < size ? 0 : 0.5 + (at % size) / size
  const classes = Int32Array.from({ length: examples }, (_, i) => i % targets)
  const labels = matrix(examples, targets)
  if (kind === 'class') classes.forEach((label, i) => (labels.data[i * targets + label] = 1))
  else {
    const noise = product(normal(examples, targetRank), normal(targetRank, targets))
    const signal = product(product(inputs, normal(size, targetRank)), normal(targetRank, targets))
    labels.data.set(targetRank < targets ? signal.data : noise.data)
  }
  return taskFromData(blas, inputs, labels, { ridge, intercept, kind, seed })
}

/** A task on given data; `labels` are one-hot for classes. */
export function taskFromData(
  blas: Blas,
  inputs: Matrix,
  labels: Matrix,
  { ridge, intercept, kind, seed }: Required<Pick<TaskSettings, 'ridge' | 'intercept' | 'kind' | 'seed'>>,
): TestTask {
  const { weight, bias } = plainRidge(inputs, labels, ridge, intercept)
  const columns = (a: Matrix, b: Matrix) => product(transposed(a), b)
  const classes = Int32Array.from({ length: labels.rows }, (_, i) => {
    const row = labels.data.subarray(i * labels.cols, (i + 1) * labels.cols)
    return row.indexOf(Math.max(...row))
  })
  const names = Array.from({ length: labels.cols }, (_, c) => `t${c}`)
  return {
    blas,
    inputs,
    labels,
    classes,
    model: { weight, bias, ridge, intercept },
    statistics: {
      count: inputs.rows,
      inputSize: inputs.cols,
      targetSize: labels.cols,
      gram: columns(inputs, inputs),
      cross: columns(labels, inputs),
      inputSum: sums(inputs),
      targetSum: sums(labels),
      targetGram: columns(labels, labels),
      exact: false,
      provenance: 'test',
    },
    target: { kind, names },
    inputShape: [inputs.cols],
    preprocessing: { name: 'none' },
    seed,
    async references(count) {
      const order = kind === 'class' ? balanced(classes, labels.cols) : [...classes.keys()]
      const chosen = order.slice(0, count)
      const points = takeRows(inputs, chosen)
      return kind === 'class' ? { points, classes: Int32Array.from(chosen, (i) => classes[i]) } : { points }
    },
  }
}

/** Indices of classes 0, 1, …, k−1, 0, 1, … while there are examples of a class. */
function balanced(classes: Int32Array, count: number): number[] {
  const byClass = Array.from({ length: count }, (_, c) => [...classes.keys()].filter((i) => classes[i] === c))
  const order: number[] = []
  for (let turn = 0; order.length < classes.length; turn++) {
    for (const members of byClass) if (turn < members.length) order.push(members[turn])
  }
  return order
}

function transposed(a: Matrix): Matrix {
  const result = matrix(a.cols, a.rows)
  for (let i = 0; i < a.rows; i++)
    for (let j = 0; j < a.cols; j++) result.data[j * a.rows + i] = a.data[i * a.cols + j]
  return result
}

function sums(a: Matrix): Float64Array {
  const result = new Float64Array(a.cols)
  for (let at = 0; at < a.data.length; at++) result[at % a.cols] += a.data[at]
  return result
}
