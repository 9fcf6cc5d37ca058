import { describe, expect, it } from 'vitest'
import { matrixOf } from '#core/matrix'
import { coupling } from '#features/coupling'
import { chooseBlas } from '#linalg/provider'
import type { FeatureMapCase } from '../conformance/feature-map.ts'
import { conformsAsFeatureMap } from '../conformance/feature-map.ts'

interface Options {
  depth?: number
  width?: number
  slope?: number
  stretch?: number
}

function couplingCase(name: string, inputs: number, options: Options): FeatureMapCase {
  const { depth = 4, width = Math.ceil(inputs / 4), slope = 0.1, stretch = 1.6 } = options
  const steepness = (stretch - 1) / (stretch + 1)
  return {
    name,
    inputShape: [inputs],
    options: { ...options },
    featureSize: inputs,
    surjective: 'always',
    upToScale: true,
    amplification: 1e4,
    reference: (row, weights) => {
      const values = [...row]
      for (let l = 0; l < depth; l++) {
        const [hidden, stretches, shifts] = ['hidden', 'stretch', 'shift'].map((part) =>
          weights(`layer${l + 1}.${part}`),
        )
        const kept = values.filter((_, j) => j % 2 === l % 2)
        const units = Array.from({ length: width }, (_, u) => {
          const sum = kept.reduce((total, value, j) => total + hidden.data[u * kept.length + j] * value, 0)
          return sum < 0 ? slope * sum : sum
        })
        const through = (data: Float64Array, i: number) =>
          units.reduce((total, value, u) => total + data[i * width + u] * value, 0)
        for (let j = 1 - (l % 2), i = 0; j < inputs; j += 2, i++) {
          const raw = through(stretches.data, i)
          const bend = (steepness * raw) / (1 + Math.abs(raw))
          values[j] = (values[j] * (1 + bend)) / (1 - bend) + through(shifts.data, i)
        }
      }
      return values
    },
  }
}

describe('coupling', () => {
  conformsAsFeatureMap(coupling, [
    couplingCase('two values', 2, { depth: 2 }),
    couplingCase('odd number of values', 7, {}),
    couplingCase('even number of values', 10, { depth: 3, width: 4 }),
    couplingCase('shift only', 6, { stretch: 1 }),
    couplingCase('strong and deep', 8, { depth: 8, stretch: 3, slope: 0.3 }),
  ])
})

it('coupling leaves a single value as it is, for it has no other half', async () => {
  const { blas } = await chooseBlas()
  const map = await coupling.create({ inputShape: [1], options: {}, seed: 1 }, blas)
  const inputs = matrixOf([[2], [-3]])
  expect(await map.forward(inputs, blas)).toEqual(inputs)
  expect((await map.rightInverse(inputs, blas)).points).toEqual(inputs)
  await blas.close()
})
