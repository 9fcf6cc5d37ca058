import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { identity, matrix, toFloat64 } from '#core/matrix'
import { conv } from '#features/conv'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import type { FeatureMapCase } from '../conformance/feature-map.ts'
import { conformsAsFeatureMap, gaussian } from '../conformance/feature-map.ts'

interface Layer {
  channels: number
  kernel: number
  stride: number
  padding: number
}

type Known = Pick<FeatureMapCase, 'surjective' | 'upToScale' | 'featureSize'>

function convCase(
  name: string,
  inputShape: [number, number, number],
  options: { layers: Layer[]; slope?: number; bias?: boolean; distribution?: string },
  known: Known,
): FeatureMapCase {
  const { layers, slope = 0.1, bias = false } = options
  return {
    name,
    inputShape,
    options,
    ...known,
    reference: (row, weights) => {
      let [height, width, depth] = inputShape
      let image = [...row]
      for (const [l, { channels, kernel, stride, padding }] of layers.entries()) {
        const { data } = weights(`layer${l + 1}.weight`)
        const outHeight = Math.floor((height + 2 * padding - kernel) / stride) + 1
        const outWidth = Math.floor((width + 2 * padding - kernel) / stride) + 1
        const result: number[] = []
        for (let oy = 0; oy < outHeight; oy++) {
          for (let ox = 0; ox < outWidth; ox++) {
            for (let f = 0; f < channels; f++) {
              let sum = bias ? weights(`layer${l + 1}.bias`).data[f] : 0
              for (let ky = 0; ky < kernel; ky++) {
                for (let kx = 0; kx < kernel; kx++) {
                  const y = oy * stride + ky - padding
                  const x = ox * stride + kx - padding
                  if (y < 0 || x < 0 || y >= height || x >= width) continue
                  for (let c = 0; c < depth; c++) {
                    sum +=
                      data[((f * kernel + ky) * kernel + kx) * depth + c] * image[(y * width + x) * depth + c]
                  }
                }
              }
              result.push(sum < 0 ? slope * sum : sum)
            }
          }
        }
        ;[height, width, depth, image] = [outHeight, outWidth, channels, result]
      }
      return image
    },
  }
}

const layer = (channels: number, kernel: number, stride = 1, padding = 0): Layer => ({
  channels,
  kernel,
  stride,
  padding,
})
const likely = (featureSize: number): Known => ({ surjective: 'almost surely', upToScale: true, featureSize })
const measured = (featureSize: number): Known => ({ surjective: 'always', upToScale: true, featureSize })
const never = (featureSize: number): Known => ({ surjective: 'never', upToScale: false, featureSize })

describe('conv', () => {
  conformsAsFeatureMap(conv, [
    convCase('one pixel', [1, 1, 1], { layers: [layer(1, 1)] }, likely(1)),
    convCase('bijective blocks', [4, 6, 1], { layers: [layer(4, 2, 2)] }, likely(24)),
    convCase(
      'bijective blocks twice, with bias',
      [4, 4, 2],
      { layers: [layer(8, 2, 2), layer(32, 2, 2)], bias: true },
      likely(32),
    ),
    convCase('blocks with a remainder', [5, 7, 1], { layers: [layer(3, 2, 2)] }, likely(18)),
    convCase('blocks with gaps', [6, 8, 2], { layers: [layer(5, 2, 3)] }, likely(30)),
    convCase(
      'orthogonal blocks',
      [4, 4, 1],
      { layers: [layer(4, 2, 2)], distribution: 'orthogonal' },
      measured(16),
    ),
    convCase('overlapping, no padding', [6, 5, 1], { layers: [layer(1, 3)] }, measured(12)),
    convCase('overlapping, padded', [4, 5, 3], { layers: [layer(1, 3, 1, 1)] }, measured(20)),
    convCase(
      'stride 2 under a kernel of 3',
      [6, 6, 2],
      { layers: [layer(4, 3, 2, 1)], bias: true, slope: 0.5 },
      measured(36),
    ),
    convCase('blocks, then overlapping', [6, 6, 1], { layers: [layer(4, 2, 2), layer(4, 2)] }, likely(16)),
    convCase('too many filters', [4, 4, 1], { layers: [layer(3, 3, 1, 1)] }, never(48)),
    convCase('padding sees nothing', [2, 2, 1], { layers: [layer(1, 1, 3, 2)] }, never(4)),
    convCase('ReLU', [4, 4, 1], { layers: [layer(4, 2, 2)], slope: 0 }, never(16)),
  ])
})

describe('conv, by itself', () => {
  let blas: Blas
  beforeAll(async () => {
    blas = (await chooseBlas()).blas
  })
  afterAll(() => blas.close())
  const create = (inputShape: number[], options: Record<string, unknown>) =>
    conv.create({ inputShape, options, seed: 1 }, blas)

  it('keeps the size unless told otherwise', async () => {
    const map = await create([28, 28, 1], { depth: 2 })
    expect(map.featureSize).toBe(784)
    expect(map.parameters).toEqual({
      layers: [layer(4, 2, 2), layer(16, 2, 2)],
      slope: 0.1,
      distribution: 'gaussian',
      bias: false,
    })
    const { residual } = await map.rightInverse(gaussian(3, 784, 'features'), blas)
    expect(residual).toBeLessThan(1e-12)
  })

  it('inverts a layer whose matrix is large', async () => {
    const map = await create([28, 28, 1], { channels: 1, kernel: 3, stride: 1 })
    const { residual } = await map.rightInverse(gaussian(5, 676, 'features'), blas)
    expect(residual).toBeLessThan(1e-9)
  })

  it('judges given filters by their singular values', async () => {
    const filters = toFloat64((await create([4, 4, 1], {})).weights()['layer1.weight'])
    const given = (weight: typeof filters) =>
      conv.create({ inputShape: [4, 4, 1], options: {}, weights: { 'layer1.weight': weight } }, blas)
    expect((await given(filters)).surjective.holds).toBe('always')
    const equal = matrix(4, 4, filters.data.slice())
    equal.data.copyWithin(0, 4, 8)
    expect((await given(equal)).surjective.holds).toBe('never')
    expect((await given(identity(4))).surjective.holds).toBe('always')
    // More filters than values in a patch: the filters have full rank, the layer has not.
    const apart = { layers: [{ channels: 4, kernel: 1, stride: 3 }] }
    const weights = { 'layer1.weight': gaussian(4, 1, 'apart') }
    const sparse = await conv.create({ inputShape: [4, 4, 1], options: apart, weights }, blas)
    expect(sparse.featureSize).toBe(16)
    expect(sparse.surjective.holds).toBe('never')
  })

  it('leaves a layer undecided that is too large to measure', async () => {
    const map = await create([64, 64, 3], { layers: [layer(12, 3, 2, 1)] })
    expect(map.surjective).toMatchObject({ holds: 'unknown', upToScale: false })
  })

  it.each([
    [[784], {}],
    [[3, 3, 1], { kernel: 5, stride: 1 }],
    [[4, 4, 1], { kernel: 0 }],
    [[4, 4, 1], { layers: [{ channels: 2 }] }],
  ])('refuses inputs %j with %j', async (inputShape, options) => {
    await expect(create(inputShape, options)).rejects.toMatchObject({
      code: 'config/feature-map',
      exitCode: 2,
    })
  })
})
