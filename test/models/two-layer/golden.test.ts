import { afterAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { relativeError } from '#core/matrix'
import { examplesInMemory } from '#models/two-layer/examples'
import { features, layerFromPoints } from '#models/two-layer/first-layer'
import { gates, pointGradients } from '#models/two-layer/gate'
import { dataGradients } from '#models/two-layer/gradient'
import { centredTargets, column, fitLinearPart } from '#models/two-layer/linear-part'
import { predictTwoLayer } from '#models/two-layer/model'
import { featureMoments } from '#models/two-layer/feature-moments'
import { fitSecondLayer, labelResponse, solveSecondLayer } from '#models/two-layer/second-layer'
import { basisOfPivots, pivotedBasis } from '#models/two-layer/subspace'
import { availableBlas } from '../../statistics/blas.ts'
import { golden } from './golden.ts'

const providers = await availableBlas()
afterAll(() => Promise.all(providers.map((provider) => provider.close())))

const { X, y, Z, yd, W, b, lam, eta } = golden
const none = { offset: 0, slope: new Float64Array(X.cols) }
const tied = { points: Z, labels: yd, tied: true }
const untied = { ...tied, tied: false }

function expectEqual(found: Matrix, wanted: Matrix) {
  expect([found.rows, found.cols]).toEqual([wanted.rows, wanted.cols])
  expect(relativeError(found, wanted)).toBeLessThan(1e-10)
}

describe.each(providers)('golden vectors, $id', (blas) => {
  // One block, several, and one row at a time give the same.
  describe.each([6, 4, 1])('blocks of %i rows', (rows) => {
    const passes = examplesInMemory(X, y, rows)

    it('takes out the linear part by least squares', async () => {
      const fit = await fitLinearPart(passes, X.cols, blas)
      expect(fit.offset).toBeCloseTo(golden.ols_alpha, 10)
      expectEqual(column(fit.slope), column(golden.ols_beta))
      const rest = await centredTargets({ inputs: X, targets: y }, fit, blas)
      expectEqual(column(rest), column(golden.ols_resid))
      const meanSquare = golden.ols_resid.reduce((sum, value) => sum + value * value, 0) / y.length
      expect(fit.residualSquare).toBeCloseTo(meanSquare, 10)
      expect(fit.count).toBe(6)
    })

    it('gives the gradients of the data', async () => {
      expectEqual(await dataGradients(W, passes, none, blas), golden.ghat)
    })

    it('fits the second layer on streamed moments', async () => {
      const layer = await layerFromPoints(W, tied, eta, b, blas)
      const [moments] = await featureMoments([layer], passes, none, blas)
      expectEqual(column(await solveSecondLayer(moments, lam, blas)), column(golden.ridge_a))
    })

    it('has the moments of float64 to six digits from products in float32', async () => {
      const layer = await layerFromPoints(W, tied, eta, b, blas)
      const [exact] = await featureMoments([layer], passes, none, blas)
      const [quick] = await featureMoments([layer], passes, none, blas, { products: 'float32' })
      expect(relativeError(quick.gram, exact.gram)).toBeLessThan(1e-6)
      expect(relativeError(quick.gram, exact.gram)).toBeGreaterThan(0)
      expect(relativeError(column(quick.cross), column(exact.cross))).toBeLessThan(1e-6)
      expect(quick.gram.data[1]).toBe(quick.gram.data[quick.gram.cols])
    })
  })

  it('opens gates and gives the gradients of the points', async () => {
    expectEqual(
      await gates(Z, { ...tied, points: W, labels: new Float64Array(3).fill(1) }, blas),
      golden.gate_antipodal,
    )
    expectEqual(
      await gates(Z, { ...untied, points: W, labels: new Float64Array(3).fill(1) }, blas),
      golden.gate_plain,
    )
    expectEqual(await pointGradients(W, tied, blas), golden.student_v_antipodal)
    expectEqual(await pointGradients(W, untied, blas), golden.student_v_plain)
  })

  it('trains a student and predicts', async () => {
    const layer = await layerFromPoints(W, tied, eta, b, blas)
    const phi = await features(layer, X, blas)
    expectEqual(phi, golden.features)
    const second = await fitSecondLayer(phi, y, lam, blas)
    expectEqual(column(second), column(golden.ridge_a))
    const response = await labelResponse(phi, lam, blas)
    expectEqual(await blas.gemm(response, column(y), { transposeA: true }), column(golden.ridge_a))
    const prediction = await predictTwoLayer({ first: layer, second, linear: none }, X, blas)
    expectEqual(column(prediction), column(golden.pred))
  })

  it('gives the same through thin factors as through wide rows', async () => {
    const layer = await layerFromPoints(W, tied, eta, b, blas)
    expect(layer.thin).toBeUndefined()
    const thin = { pattern: await gates(W, tied, blas), scale: eta / Z.rows, points: Z }
    const factored = { ...layer, thin }
    expectEqual(await features(factored, X, blas), golden.features)
  })

  it('solves with fewer points than neurons as with more', async () => {
    const layer = await layerFromPoints(W, tied, eta, b, blas)
    const phi = await features(layer, { rows: 4, cols: 4, data: X.data.subarray(0, 16) }, blas)
    const labels = y.subarray(0, 4)
    const gram = await blas.syrk(phi, { transpose: true, alpha: 1 / 4 })
    const cross = (await blas.gemm(phi, column(labels), { transposeA: true, alpha: 1 / 4 })).data
    const primal = await solveSecondLayer({ gram, cross }, lam, blas)
    expectEqual(column(await fitSecondLayer(phi, labels, lam, blas)), column(primal))
    const response = await labelResponse(phi, lam, blas)
    expectEqual(await blas.gemm(response, column(labels), { transposeA: true }), column(primal))
  })

  it('finds the pivoted basis', () => {
    const { basis, pivots } = pivotedBasis(Z, 2)
    expectEqual(basis, golden.basis)
    expect(pivots).toEqual([1, 0])
    expectEqual(basisOfPivots(Z, pivots), golden.basis)
  })
})
