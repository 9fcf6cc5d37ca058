import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identity, relativeError, transpose } from '#core/matrix'
import type { ConvGeometry } from '#features/conv-geometry'
import { convGeometry, isLocal, patchSize } from '#features/conv-geometry'
import { convInverse, convLayer, convMatrix } from '#features/conv-layer'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { gaussian } from '../conformance/feature-map.ts'

let blas: Blas
beforeAll(async () => {
  blas = (await chooseBlas()).blas
})
afterAll(() => blas.close())

function geometry(
  shape: number[],
  channels: number,
  kernel: number,
  stride: number,
  padding: number,
): ConvGeometry {
  return convGeometry('conv', shape, { channels, kernel, stride, padding })
}

const geometries: [string, ConvGeometry][] = [
  ['1 × 1', geometry([1, 1, 1], 1, 1, 1, 0)],
  ['blocks', geometry([4, 6, 2], 5, 2, 2, 0)],
  ['blocks with gaps and a remainder', geometry([7, 8, 1], 4, 2, 3, 0)],
  ['overlapping', geometry([6, 5, 2], 1, 3, 1, 0)],
  ['padded', geometry([5, 5, 3], 2, 3, 1, 1)],
  ['strided and padded', geometry([6, 7, 2], 3, 3, 2, 1)],
  ['more outputs than inputs', geometry([4, 4, 1], 3, 3, 1, 1)],
  ['kernel of the image', geometry([3, 4, 1], 2, 3, 1, 0)],
]

describe.each(geometries)('convolution: %s', (_name, shape) => {
  const weight = gaussian(shape.outChannels, patchSize(shape), 'filters')
  const inverses = isLocal(shape)
    ? (['patches', 'matrix', 'iteration'] as const)
    : (['matrix', 'iteration'] as const)

  it('is its matrix', async () => {
    const layer = convLayer('layer', shape, weight)
    const columns = await layer.apply(identity(layer.inputs), blas)
    expect(relativeError(transpose(columns), convMatrix(shape, weight))).toBeLessThan(1e-14)
  })

  it.each(inverses)('is solved by %s: least squares of least norm', async (inverse) => {
    const layer = convLayer('layer', shape, weight, inverse)
    const targets = gaussian(4, layer.outputs, 'targets')
    const { x } = await blas.leastSquares(convMatrix(shape, weight), transpose(targets))
    expect(relativeError(await layer.solve(targets, blas), transpose(x))).toBeLessThan(1e-10)
  })

  it.each(inverses)('has its singular values estimated by %s', async (inverse) => {
    const layer = convLayer('layer', shape, weight, inverse)
    const { values } = await blas.svd(convMatrix(shape, weight))
    const { largest, smallest } = await layer.singularValues(blas)
    expect(Math.abs(largest / values[0] - 1)).toBeLessThan(0.03)
    expect(Math.abs(smallest / values[values.length - 1] - 1)).toBeLessThan(0.03)
  })
})

describe('the choice of inverse', () => {
  it('is by shape', () => {
    expect(convInverse(geometry([32, 32, 3], 12, 2, 2, 0))).toBe('patches')
    expect(convInverse(geometry([32, 32, 3], 3, 3, 1, 1))).toBe('matrix')
    expect(convInverse(geometry([64, 64, 3], 3, 3, 1, 1))).toBe('iteration')
    expect(convInverse(geometry([8, 8, 1], 1, 2, 2, 1))).toBe('matrix')
  })

  it('keeps many images apart in blocks', async () => {
    const shape = geometry([40, 40, 3], 2, 5, 1, 2)
    const layer = convLayer('layer', shape, gaussian(2, patchSize(shape), 'filters'), 'iteration')
    const images = gaussian(30, layer.inputs, 'images')
    const all = await layer.apply(images, blas)
    const last = await layer.apply(
      { rows: 1, cols: images.cols, data: images.data.slice(29 * images.cols) },
      blas,
    )
    expect(
      relativeError(last, { rows: 1, cols: all.cols, data: all.data.slice(29 * all.cols) }),
    ).toBeLessThan(1e-14)
  })
})
