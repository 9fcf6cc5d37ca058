import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Batch, Target } from '#core/dataset'
import { RetortError } from '#core/errors'
import { matrix, matrixOf } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { RidgeModel } from '#models/ridge-model'
import { argmax } from '#evaluate/argmax'
import { wilsonInterval } from '#evaluate/intervals'
import { scoreModels } from '#evaluate/score'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

const size = 6
const classes = 3
const target: Target = { kind: 'class', names: ['a', 'b', 'c'] }
const none = { name: 'none' } as const

function model(seed: number): RidgeModel {
  const random = randomStream(seed, 'model')
  return {
    weight: matrix(classes, size, random.fillNormal(new Float64Array(classes * size))),
    bias: random.fillNormal(new Float64Array(classes)),
    ridge: 1,
    intercept: true,
  }
}

function examples(count: number): Batch {
  const random = randomStream(9, 'examples')
  return {
    start: 0,
    count,
    inputs: random.fillNormal(new Float64Array(count * size)),
    targets: Int32Array.from({ length: count }, () => random.integer(classes)),
  }
}

/** The same examples in batches of `rows`. */
function* inBatches(all: Batch, rows: number, columns = 1): Generator<Batch> {
  for (let start = 0; start < all.count; start += rows) {
    const end = Math.min(start + rows, all.count)
    yield {
      start,
      count: end - start,
      inputs: all.inputs.slice(start * size, end * size),
      targets: all.targets.slice(start * columns, end * columns),
    }
  }
}

function predict({ weight, bias }: RidgeModel, all: Batch, i: number): number[] {
  return Array.from(bias, (b, c) => {
    let sum = b
    for (let j = 0; j < size; j++) sum += weight.data[c * size + j] * all.inputs[i * size + j]
    return sum
  })
}

const indexOfLargest = (values: readonly number[]) => values.indexOf(Math.max(...values))

describe('accuracy', () => {
  const all = examples(257)
  const models = [model(1), model(2), model(1)]

  it.each([1, 7, 256, 257])('is that of a plain loop, in batches of %i', async (rows) => {
    const task = { batches: inBatches(all, rows), inputSize: size, target, preprocessing: none, blas }
    const scores = await scoreModels(models, task)
    const predictions = models.map((each) =>
      Array.from({ length: all.count }, (_, i) => indexOfLargest(predict(each, all, i))),
    )
    for (const [m, found] of scores.entries()) {
      const correct = predictions[m].filter((predicted, i) => predicted === all.targets[i]).length
      const equal = predictions[m].filter((predicted, i) => predicted === predictions[0][i]).length
      expect(found.score).toEqual({
        metric: 'accuracy',
        value: correct / all.count,
        n: all.count,
        interval: wilsonInterval(correct / all.count, all.count),
      })
      expect(found.agreement).toBe(equal / all.count)
      for (let c = 0; c < classes; c++) {
        const own = predictions[m].filter((_, i) => all.targets[i] === c)
        expect(found.classes?.[c]?.n).toBe(own.length)
        expect(found.classes?.[c]?.value).toBe(own.filter((predicted) => predicted === c).length / own.length)
      }
    }
    expect(scores[2]).toEqual(scores[0])
    expect(scores[1].agreement).toBeLessThan(1)
  })

  it('preprocesses before it predicts', async () => {
    const preprocessing = {
      name: 'column',
      scale: new Float64Array(size).fill(2),
      shift: new Float64Array(size).fill(-1),
    } as const
    const shifted = { ...all, inputs: all.inputs.map((value) => 2 * value - 1) }
    const task = { inputSize: size, target, blas }
    const found = await scoreModels(models, { ...task, batches: [all], preprocessing })
    const expected = await scoreModels(models, { ...task, batches: [shifted], preprocessing: none })
    expect(found).toEqual(expected)
    expect(found).not.toEqual(await scoreModels(models, { ...task, batches: [all], preprocessing: none }))
  })

  it('has no figure for a class without examples', async () => {
    const one = { start: 0, count: 1, inputs: new Uint8Array(size), targets: Int32Array.of(1) }
    const task = { batches: [one], inputSize: size, target, preprocessing: none, blas }
    const [found] = await scoreModels([model(1)], task)
    expect(found.classes?.map((score) => score?.n)).toEqual([undefined, 1, undefined])
  })

  it('needs an example', async () => {
    const task = { batches: [], inputSize: size, target, preprocessing: none, blas }
    await expect(scoreModels(models, task)).rejects.toThrow(RetortError)
    await expect(scoreModels(models, task)).rejects.toMatchObject({ code: 'data/empty-split' })
  })

  it('reports and stops', async () => {
    const task = { inputSize: size, target, preprocessing: none, blas, total: all.count }
    const reports: unknown[] = []
    await scoreModels(models, { ...task, batches: inBatches(all, 200) }, { report: (it) => reports.push(it) })
    expect(reports).toEqual([
      { stage: 'score', done: 200, total: 257, unit: 'examples' },
      { stage: 'score', done: 257, total: 257, unit: 'examples' },
    ])
    const signal = AbortSignal.abort(new Error('stopped'))
    await expect(scoreModels(models, { ...task, batches: [all] }, { signal })).rejects.toThrow('stopped')
  })
})

describe('r²', () => {
  it('is over all columns, for each model', async () => {
    const random = randomStream(4, 'real')
    const inputs = random.fillNormal(new Float64Array(40 * size))
    const all: Batch = { start: 0, count: 40, inputs, targets: new Float64Array(40 * classes) }
    const truth = model(1)
    for (let i = 0; i < 40; i++) {
      predict(truth, all, i).forEach((value, c) => (all.targets[i * classes + c] = value))
    }
    const zero = { ...truth, weight: matrix(classes, size) }
    const task = { inputSize: size, target: { ...target, kind: 'real' }, preprocessing: none, blas } as const
    for (const rows of [3, 40]) {
      const [exact, constant] = await scoreModels([truth, zero], {
        ...task,
        batches: inBatches(all, rows, classes),
      })
      expect(exact.score.value).toBeCloseTo(1, 12)
      expect(exact).not.toHaveProperty('agreement')
      let error = 0
      let variance = 0
      for (let c = 0; c < classes; c++) {
        const column = Array.from({ length: 40 }, (_, i) => all.targets[i * classes + c])
        const mean = column.reduce((sum, value) => sum + value, 0) / 40
        for (const value of column) {
          error += (value - zero.bias[c]) ** 2
          variance += (value - mean) ** 2
        }
      }
      expect(constant.score).toMatchObject({ metric: 'r2', n: 40 })
      expect(constant.score.value).toBeCloseTo(1 - error / variance, 12)
    }
  })
})

describe('argmax', () => {
  it('takes the first of equals and passes over NaN', () => {
    const data = Float64Array.of(9, 1, 3, 3, NaN, -Infinity, -Infinity, NaN)
    expect(argmax(data, 1, 3)).toBe(1)
    expect(argmax(data, 4, 3)).toBe(1)
    expect(argmax(data, 7, 1)).toBe(-1)
    expect(argmax(matrixOf([[0, -0]]).data, 0, 2)).toBe(0)
  })
})
