import { afterAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { copyOf, matrix, relativeError } from '#core/matrix'
import { randomStream } from '#core/random'
import { exactDirection } from '#methods/two-layer/exact-direction'
import { matchingLoss, neuronMatching } from '#methods/two-layer/neuron-directions'
import { performanceMatching } from '#methods/two-layer/performance-direction'
import { refinementDirection } from '#methods/two-layer/refinement'
import { examplesInMemory } from '#models/two-layer/examples'
import { layerFromPoints } from '#models/two-layer/first-layer'
import { dataGradients } from '#models/two-layer/gradient'
import { drawNeurons } from '#models/two-layer/initialisation'
import { golden } from '../../models/two-layer/golden.ts'
import { availableBlas } from '../../statistics/blas.ts'
import type { Loss } from './plain-losses.ts'
import { dot, performanceLoss, refinementObjective, rowsAsArrays } from './plain-losses.ts'

const [blas, ...others] = await availableBlas()
afterAll(() => Promise.all([blas, ...others].map((provider) => provider.close())))

const random = randomStream(7, 'directions')
const normal = (rows: number, cols: number) =>
  matrix(rows, cols, random.fillNormal(new Float64Array(rows * cols)))

const [n, d, m, p] = [40, 5, 3, 6]
const inputs = normal(n, d)
const targets = normal(n, 1).data
const linear = { offset: 0.2, slope: normal(1, d).data.map((value) => 0.1 * value) }
const centred = targets.map(
  (y, i) => y - linear.offset - dot(linear.slope, inputs.data.subarray(i * d, (i + 1) * d)),
)
// Seven rows a block: several blocks, the last one shorter.
const data = { passes: examplesInMemory(inputs, targets, 7), linear, inputSize: d, blas }
const points = normal(m, d)
const labels = Float64Array.of(1, -1, 0.7)
const neurons = drawNeurons(p, d, random)
const biases = normal(1, 2 * p).data

/** Central differences of a loss by every entry of the points; gates must not change within the step. */
async function differences(loss: Loss, at: Matrix, step = 1e-6): Promise<Matrix> {
  const result = matrix(at.rows, at.cols)
  for (let t = 0; t < at.data.length; t++) {
    const moved = (by: number) => {
      const copy = copyOf(at)
      copy.data[t] += by
      return loss(copy)
    }
    result.data[t] = ((await moved(step)) - (await moved(-step))) / (2 * step)
  }
  return result
}

function negated(a: Matrix, factor = 1): Matrix {
  return matrix(
    a.rows,
    a.cols,
    a.data.map((value) => -factor * value),
  )
}

describe.each([true, false])('tied %s', (tied) => {
  const first = { points, labels, tied }

  it.each(['inner-product', 'cosine', 'squared'] as const)('%s matching descends its loss', async (kind) => {
    const wanted = await dataGradients(neurons, data.passes, linear, blas)
    const found = await neuronMatching(kind, neurons)(first, data)
    const loss: Loss = (moved) => matchingLoss(kind, neurons, wanted, { ...first, points: moved }, blas)
    expect(relativeError(found.direction, negated(await differences(loss, points)))).toBeLessThan(1e-7)
    expect(found.loss).toBeCloseTo(await loss(points), 12)
  })

  it.each([1e-2, 0.7])(
    'performance matching descends the loss of its students, inner step %f',
    async (step) => {
      const starts = [neurons, drawNeurons(p, d, random)]
      const found = await performanceMatching(starts, step)(first, data)
      const loss: Loss = async (moved) =>
        (performanceLoss(starts[0], moved, labels, tied, step, inputs, centred) +
          performanceLoss(starts[1], moved, labels, tied, step, inputs, centred)) /
        2
      expect(relativeError(found.direction, negated(await differences(loss, points)))).toBeLessThan(1e-6)
      expect(found.loss).toBeCloseTo(await loss(points), 12)
    },
  )

  it('performance matching with a small step is inner-product matching', async () => {
    const { direction } = await performanceMatching([neurons], 1e-7)(first, data)
    const inner = await neuronMatching('inner-product', neurons)(first, data)
    // PM = const − 2 mean(y f₁) and f₁ = (2/P) Σ 1[w·x > 0] v·x with v = 2η v(w): −8η/P Σ ⟨g, s⟩.
    const scale = (8 * 1e-7) / m
    expect(relativeError(direction, negated(inner.direction, -scale))).toBeLessThan(1e-4)
  })

  // The objective solves the second layer anew for every point: both training steps are differentiated.
  it('refinement descends the ridge objective through both steps', async () => {
    const [step, ridge] = [0.9, 1e-2]
    const layer = await layerFromPoints(neurons, first, step, biases, blas)
    const found = await refinementDirection(first, { neurons, layer }, ridge, data)
    const loss: Loss = (moved) =>
      refinementObjective({ neurons, biases, step, ridge, labels, tied }, moved, inputs, centred, blas)
    const wanted = negated(await differences(loss, points, 1e-5), m / step)
    expect(relativeError(found.direction, wanted)).toBeLessThan(1e-6)
  })
})

describe('the closed form', () => {
  const goldenData = {
    passes: examplesInMemory(golden.X, golden.y, 4),
    linear: { offset: 0, slope: new Float64Array(4) },
    inputSize: 4,
    blas,
  }

  it.each([
    [true, golden.gm_exact_antipodal],
    [false, golden.gm_exact_plain],
  ])('gives the golden vectors, tied %s', async (tied, wanted) => {
    const { direction } = await exactDirection({ points: golden.Z, labels: golden.yd, tied }, goldenData)
    expect(relativeError(direction, wanted)).toBeLessThan(1e-10)
  })

  it('is the mean of inner-product matching over many neurons', async () => {
    const first = { points, labels, tied: true }
    const { direction, loss } = await exactDirection(first, data)
    const many = await neuronMatching('inner-product', drawNeurons(200_000, d, random))(first, data)
    expect(relativeError(many.direction, direction)).toBeLessThan(0.02)
    expect(loss).toBeCloseTo(
      -rowsAsArrays(points).reduce((sum, row, i) => sum + dot(row, rowsAsArrays(direction)[i]), 0) / m,
      12,
    )
  })

  it('takes no direction from a zero point, and none to infinity', async () => {
    const zero = {
      points: matrix(2, d, Float64Array.from([...new Array(d).fill(0), ...inputs.data.subarray(0, d)])),
      labels: Float64Array.of(1, 1),
      tied: true,
    }
    const { direction } = await exactDirection(zero, data)
    // The second point equals an example: its cosine is one, up to rounding above one.
    expect(direction.data.every(Number.isFinite)).toBe(true)
    expect(direction.data.subarray(0, d).every((value) => value === 0)).toBe(true)
  })
})
