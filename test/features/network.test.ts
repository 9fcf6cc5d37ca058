import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { matrix, relativeError } from '#core/matrix'
import { randomStream } from '#core/random'
import type { Source } from '#data/source'
import { encodeSafetensors } from '#data/formats/safetensors'
import type { Tensor } from '#features/adopt-network'
import { adoptNetwork, readTensors } from '#features/adopt-network'
import { network } from '#features/network'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { conformsAsFeatureMap, gaussian } from '../conformance/feature-map.ts'

const relu = (value: number) => Math.max(0, value)
const leaky = (value: number) => (value < 0 ? 0.2 * value : value)

describe('network', () => {
  conformsAsFeatureMap(network, [
    {
      name: 'blocks, then dense',
      inputShape: [4, 4, 1],
      options: {
        layers: [
          { type: 'conv', channels: 4, kernel: 2, stride: 2, slope: 0.2, bias: true },
          { type: 'dense', width: 9, activation: 'linear', bias: true },
        ],
      },
      featureSize: 9,
      surjective: 'almost surely',
      upToScale: true,
      reference: (row, weights) => {
        const patches = [0, 2, 8, 10].flatMap((corner) =>
          Array.from({ length: 4 }, (_, f) => {
            const filter = weights('layer1.weight').data.subarray(4 * f, 4 * f + 4)
            const sum = [0, 1, 4, 5].reduce((total, offset, e) => total + filter[e] * row[corner + offset], 0)
            return leaky(sum + weights('layer1.bias').data[f])
          }),
        )
        const { data } = weights('layer2.weight')
        return Array.from({ length: 9 }, (_, o) =>
          patches.reduce((sum, value, i) => sum + data[16 * o + i] * value, weights('layer2.bias').data[o]),
        )
      },
    },
    {
      name: 'inner ReLU',
      inputShape: [6],
      options: {
        layers: [
          { type: 'dense', width: 6, activation: 'relu' },
          { type: 'dense', width: 4, activation: 'linear' },
        ],
      },
      featureSize: 4,
      surjective: 'unknown',
      upToScale: false,
      reference: (row, weights) => {
        const dense = (values: readonly number[], name: string, outputs: number) =>
          Array.from({ length: outputs }, (_, o) =>
            values.reduce((sum, value, i) => sum + weights(name).data[values.length * o + i] * value, 0),
          )
        return dense(dense(row, 'layer1.weight', 6).map(relu), 'layer2.weight', 4)
      },
    },
  ])
})

describe('a network of the user', () => {
  let blas: Blas
  beforeAll(async () => {
    blas = (await chooseBlas()).blas
  })
  afterAll(() => blas.close())

  const tensor = (name: string, ...shape: number[]): Tensor => ({
    shape,
    data: randomStream(4, name).fillNormal(new Float64Array(shape.reduce((a, b) => a * b, 1))),
  })
  /** As PyTorch would save Sequential(Conv2d(2, 3, 3, padding=1), LeakyReLU(0.2), Flatten(), Linear(60, 7), …). */
  const file = {
    '10.weight': tensor('head', 5, 7),
    '0.weight': tensor('filters', 3, 2, 3, 3),
    '0.bias': tensor('offsets', 3),
    '3.weight': tensor('dense', 7, 60),
  }
  const description = [
    { type: 'conv', padding: 1, slope: 0.2 },
    { type: 'dense', activation: 'tanh' },
  ]

  /** The same in PyTorch's order: channels × height × width. */
  function reference(image: readonly number[]): number[] {
    const [height, width] = [4, 5]
    const hidden: number[] = []
    for (let f = 0; f < 3; f++) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          let sum = file['0.bias'].data[f]
          for (let c = 0; c < 2; c++) {
            for (let ky = 0; ky < 3; ky++) {
              for (let kx = 0; kx < 3; kx++) {
                const [row, column] = [y + ky - 1, x + kx - 1]
                if (row < 0 || column < 0 || row >= height || column >= width) continue
                sum +=
                  file['0.weight'].data[((f * 2 + c) * 3 + ky) * 3 + kx] *
                  image[(c * height + row) * width + column]
              }
            }
          }
          hidden.push(leaky(sum))
        }
      }
    }
    return Array.from({ length: 7 }, (_, o) =>
      Math.tanh(hidden.reduce((sum, value, i) => sum + file['3.weight'].data[60 * o + i] * value, 0)),
    )
  }

  it('computes what PyTorch computes, on images with channels last', async () => {
    const map = await network.create(adoptNetwork(file, [4, 5, 2], description), blas)
    expect(map.featureSize).toBe(7)
    expect(map.seed).toBeUndefined()
    const images = gaussian(3, 40, 'images')
    const expected = matrix(3, 7)
    for (let i = 0; i < 3; i++) {
      const planar = Array.from(
        { length: 40 },
        (_, at) => images.data[40 * i + (at % 20) * 2 + Math.floor(at / 20)],
      )
      expected.data.set(reference(planar), 7 * i)
    }
    expect(relativeError(await map.forward(images, blas), expected)).toBeLessThan(1e-13)
  })

  it('turns dense layers on colour images as well', async () => {
    const own = { 'fc.weight': tensor('fc', 3, 12) }
    const map = await network.create(
      adoptNetwork(own, [2, 3, 2], [{ type: 'dense', activation: 'linear' }]),
      blas,
    )
    const images = gaussian(1, 12, 'images')
    const features = await map.forward(images, blas)
    for (let o = 0; o < 3; o++) {
      let sum = 0
      for (let at = 0; at < 12; at++) {
        sum += own['fc.weight'].data[12 * o + at] * images.data[(at % 6) * 2 + Math.floor(at / 6)]
      }
      expect(features.data[o]).toBeCloseTo(sum, 12)
    }
  })

  it('takes layers by name where they are named', async () => {
    const named = [{ type: 'dense', tensors: '10', activation: 'linear' }]
    const { weights } = adoptNetwork(file, [7], named)
    expect(weights?.['layer1.weight'].data).toEqual(file['10.weight'].data)
  })

  it('reads safetensors of any float type and leaves integers out', async () => {
    const bytes = encodeSafetensors({
      a: { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 0.5) },
      b: { dtype: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) },
      c: { dtype: 'BF16', shape: [1], data: Uint16Array.of(0x3f80) },
      d: { dtype: 'F64', shape: [], data: Float64Array.of(0.1) },
      steps: { dtype: 'I64', shape: [1], data: BigInt64Array.of(7n) },
    })
    const source: Source = {
      name: 'net.safetensors',
      byteLength: bytes.length,
      slice: async (start, end) => bytes.slice(start, end).buffer,
    }
    const found = await readTensors(source)
    expect(found).toEqual({
      a: { shape: [2, 2], data: Float64Array.of(1, 2, 3, 0.5) },
      b: { shape: [2], data: Float64Array.of(1, -2) },
      c: { shape: [1], data: Float64Array.of(1) },
      d: { shape: [], data: Float64Array.of(0.1) },
    })
  })

  it.each([
    ['a name that is not there', [{ type: 'dense', tensors: 'body' }], 'data/weights'],
    ['a dense layer of another size', [{ type: 'dense', tensors: '3' }], 'data/weights'],
    ['filters for a dense layer', [{ type: 'dense' }], 'data/weights'],
    ['a matrix for filters', [{ type: 'conv', tensors: '3' }], 'data/weights'],
    [
      'more layers than tensors',
      [...description, ...Array.from({ length: 2 }, () => ({ type: 'dense' }))],
      'config/feature-map',
    ],
    ['an unknown layer', [{ type: 'pool' }], 'config/feature-map'],
  ])('refuses %s', (_name, layers, code) => {
    expect(() => adoptNetwork(file, [4, 5, 2], layers)).toThrow(expect.objectContaining({ code }))
  })
})
