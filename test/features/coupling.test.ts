import { describe } from 'vitest'
import { coupling } from '#features/coupling'
import type { FeatureMapCase } from '../conformance/feature-map.ts'
import { conformsAsFeatureMap } from '../conformance/feature-map.ts'

interface Options {
  depth?: number
  width?: number
  slope?: number
  stretch?: number
}

function couplingCase(name: string, inputs: number, options: Options): FeatureMapCase {
  const { depth = 4, width = inputs, slope = 0.1, stretch = 0.5 } = options
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
          values[j] =
            values[j] * Math.exp(stretch * Math.tanh(through(stretches.data, i))) + through(shifts.data, i)
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
    couplingCase('shift only', 6, { stretch: 0 }),
    couplingCase('strong and deep', 8, { depth: 8, stretch: 1, slope: 0.3 }),
  ])
})
