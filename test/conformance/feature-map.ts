import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { frobeniusNorm, identity, matrix, relativeError, rowsOf, takeRows, transpose } from '#core/matrix'
import { randomStream } from '#core/random'
import type { FeatureMap, FeatureMapKind, FeatureMapRequest, Weights } from '#features/feature-map'
import { describeFeatureMap, featureMapKind, rebuildFeatureMap } from '#features/index'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'

/** One map with what is known of it beforehand. */
export interface FeatureMapCase {
  readonly name: string
  readonly inputShape: readonly number[]
  readonly options: Record<string, unknown>
  readonly seed?: number
  readonly featureSize: number
  readonly surjective: FeatureMap['surjective']['holds']
  readonly upToScale: boolean
  /** Rounding of the right inverse over ε · the product of the layers' condition numbers; default 1000. */
  readonly amplification?: number
  /** φ of one row, by plain loops over the named weights. */
  reference(row: readonly number[], weights: (name: string) => Matrix): number[]
}

/** What every feature map must do, on every provider of this machine. */
export function conformsAsFeatureMap(kind: FeatureMapKind, cases: readonly FeatureMapCase[]): void {
  const providers: Blas[] = []
  beforeAll(async () => {
    for (const provider of ['native', 'wasm'] as const) {
      const choice = await chooseBlas({ provider }).catch(() => undefined)
      if (choice) providers.push(choice.blas)
    }
  })
  afterAll(async () => {
    for (const blas of providers) await blas.close()
  })

  const request = (given: FeatureMapCase): FeatureMapRequest => ({
    inputShape: given.inputShape,
    options: given.options,
    seed: given.seed ?? 5,
  })
  const inputsFor = (map: FeatureMap, rows: number, tag: string) => gaussian(rows, map.inputSize, tag)
  const onEach = async (given: FeatureMapCase, check: (map: FeatureMap, blas: Blas) => Promise<void>) => {
    expect(providers.length).toBeGreaterThan(0)
    for (const blas of providers) await check(await kind.create(request(given), blas), blas)
  }

  it('stands in the table', () => {
    expect(featureMapKind(kind.id)).toBe(kind)
  })

  describe.each(cases)('$name', (given) => {
    it('states its shape and its surjectivity', async () => {
      await onEach(given, async (map) => {
        expect(map.id).toBe(kind.id)
        expect(map.featureSize).toBe(given.featureSize)
        expect(map.inputSize).toBe(given.inputShape.reduce((a, b) => a * b, 1))
        expect(map.surjective).toMatchObject({ holds: given.surjective, upToScale: given.upToScale })
        expect(map.surjective.reason.length).toBeGreaterThan(10)
      })
    })

    it('counts the operations of its products', async () => {
      await onEach(given, async (map, blas) => {
        let counted = 0
        const counting: Blas = {
          ...blas,
          gemm(a, b, options) {
            const inner = options?.transposeA ? a.rows : a.cols
            counted += (2 * a.data.length * b.data.length) / inner
            return blas.gemm(a, b, options)
          },
        }
        await map.forward(inputsFor(map, 7, 'forward'), counting)
        expect(counted).toBe(7 * map.operations)
      })
    })

    it('agrees with plain loops', async () => {
      await onEach(given, async (map, blas) => {
        const inputs = inputsFor(map, 7, 'forward')
        const kept = inputs.data.slice()
        const features = await map.forward(inputs, blas)
        expect([features.rows, features.cols]).toEqual([7, given.featureSize])
        const weights = namedMatrices(map.weights())
        const expected = matrix(7, given.featureSize)
        for (let i = 0; i < 7; i++) {
          const row = Array.from(inputs.data.subarray(i * map.inputSize, (i + 1) * map.inputSize))
          expected.data.set(given.reference(row, weights), i * given.featureSize)
        }
        expect(relativeError(features, expected)).toBeLessThan(1e-13)
        expect(inputs.data).toEqual(kept)
      })
    })

    it('treats every row by itself', async () => {
      await onEach(given, async (map, blas) => {
        const inputs = inputsFor(map, 9, 'batch')
        const whole = await map.forward(inputs, blas)
        const order = [8, 3, 0]
        const some = await map.forward(takeRows(inputs, order), blas)
        expect(relativeError(some, takeRows(whole, order))).toBeLessThan(1e-14)
        const one = await map.forward(rowsOf(inputs, 4, 5), blas)
        expect(relativeError(one, rowsOf(whole, 4, 5))).toBeLessThan(1e-14)
        const none = await map.forward(matrix(0, map.inputSize), blas)
        expect([none.rows, none.cols]).toEqual([0, given.featureSize])
      })
    })

    it('pulls cotangents back, as differences along directions say', async () => {
      await onEach(given, async (map, blas) => {
        expect(map.pullBack !== undefined).toBe(kind.id !== 'coupling')
        if (!map.pullBack) return
        const inputs = inputsFor(map, 6, 'pull-back')
        const cotangent = gaussian(6, map.featureSize, 'cotangent')
        const kept = [inputs.data.slice(), cotangent.data.slice()]
        const gradient = await map.pullBack(inputs, cotangent, blas)
        expect([inputs.data, cotangent.data]).toEqual(kept)
        expect([gradient.rows, gradient.cols]).toEqual([6, map.inputSize])
        const step = 1e-5
        for (const tag of ['north', 'east', 'up']) {
          const direction = gaussian(6, map.inputSize, tag)
          const [ahead, behind] = await Promise.all(
            [step, -step].map((by) => map.forward(moved(inputs, direction, by), blas)),
          )
          for (let i = 0; i < 6; i++) {
            const difference = (dotOfRows(ahead, cotangent, i) - dotOfRows(behind, cotangent, i)) / (2 * step)
            const size = Math.sqrt(dotOfRows(gradient, gradient, i) * dotOfRows(direction, direction, i))
            expect(Math.abs(dotOfRows(gradient, direction, i) - difference)).toBeLessThan(1e-8 * size)
          }
        }
        const none = await map.pullBack(matrix(0, map.inputSize), matrix(0, map.featureSize), blas)
        expect([none.rows, none.cols]).toEqual([0, map.inputSize])
      })
    })

    it('pushes tangents forward, as the transpose of pulling back', async () => {
      await onEach(given, async (map, blas) => {
        expect(map.pushForward !== undefined).toBe(map.pullBack !== undefined)
        if (!map.pushForward || !map.pullBack) return
        const inputs = inputsFor(map, 5, 'push-forward')
        const tangents = inputsFor(map, 5, 'tangents')
        const kept = [inputs.data.slice(), tangents.data.slice()]
        const pushed = await map.pushForward(inputs, tangents, blas)
        expect([inputs.data, tangents.data]).toEqual(kept)
        expect([pushed.rows, pushed.cols]).toEqual([5, map.featureSize])
        const step = 1e-5
        const [ahead, behind] = await Promise.all(
          [step, -step].map((by) => map.forward(moved(inputs, tangents, by), blas)),
        )
        const difference = ahead.data.map((value, at) => (value - behind.data[at]) / (2 * step))
        expect(relativeError(pushed, matrix(5, map.featureSize, difference))).toBeLessThan(1e-8)
        const cotangent = gaussian(5, map.featureSize, 'cotangent')
        const pulled = await map.pullBack(inputs, cotangent, blas)
        for (let i = 0; i < 5; i++) {
          const size = Math.sqrt(dotOfRows(pushed, pushed, i) * dotOfRows(cotangent, cotangent, i))
          const gap = dotOfRows(pushed, cotangent, i) - dotOfRows(tangents, pulled, i)
          expect(Math.abs(gap)).toBeLessThan(1e-12 * size)
        }
        const linear = await map.linearise!(inputs, blas)
        expect(linear.features.data).toEqual((await map.forward(inputs, blas)).data)
        expect((await linear.pushForward(tangents)).data).toEqual(pushed.data)
        expect((await linear.pullBack(cotangent)).data).toEqual(pulled.data)
        expect([tangents.data, cotangent.data]).toEqual([
          kept[1],
          gaussian(5, map.featureSize, 'cotangent').data,
        ])
        const none = await map.pushForward(matrix(0, map.inputSize), matrix(0, map.inputSize), blas)
        expect([none.rows, none.cols]).toEqual([0, map.featureSize])
      })
    })

    it('finds points for features that it has given', async () => {
      await onEach(given, async (map, blas) => {
        const features = await map.forward(inputsFor(map, 4, 'reached'), blas)
        const kept = features.data.slice()
        const { points, scale, residual } = await map.rightInverse(features, blas)
        expect(features.data).toEqual(kept)
        expect([points.rows, points.cols]).toEqual([4, map.inputSize])
        expect(scale).toBeGreaterThan(0)
        expect(residual).toBeCloseTo(measured(await map.forward(points, blas), features, scale), 10)
        if (given.upToScale) expect(residual).toBeLessThan(await tolerance(given, map, blas))
      })
    })

    it('finds points for any features, or says how far off they are', async () => {
      await onEach(given, async (map, blas) => {
        for (const size of [1e-3, 1, 30]) {
          const features = gaussian(5, map.featureSize, 'any')
          features.data.forEach((value, at) => (features.data[at] = size * value))
          const { points, scale, residual } = await map.rightInverse(features, blas)
          const reached = measured(await map.forward(points, blas), features, scale)
          expect(residual).toBeCloseTo(reached, 10)
          if (given.upToScale) {
            // Biases are of size one: small features lose digits to them.
            expect(reached).toBeLessThan((await tolerance(given, map, blas)) * Math.max(1, 1 / size))
            if (given.surjective !== 'never') expect(scale).toBe(1)
          } else {
            expect(reached).toBeGreaterThan(1e-3)
          }
        }
      })
    })

    if (given.upToScale) {
      it('carries a model through its inverse', async () => {
        await onEach(given, async (map, blas) => {
          // One-hot labels and Φ_S = W⁺ train to W; so must φ(X_S) with labels divided by the scale.
          const classes = Math.min(3, map.featureSize)
          const weight = gaussian(classes, map.featureSize, 'weight')
          const features = transpose((await blas.leastSquares(weight, identity(classes))).x)
          const { points, scale } = await map.rightInverse(features, blas)
          const labels = matrix(
            classes,
            classes,
            identity(classes).data.map((value) => value / scale),
          )
          const { x } = await blas.leastSquares(await map.forward(points, blas), labels)
          expect(relativeError(transpose(x), weight)).toBeLessThan(10 * (await tolerance(given, map, blas)))
        })
      })
    }

    it('is the same for the same seed on every provider, another for another', async () => {
      const maps = await Promise.all(providers.map((blas) => kind.create(request(given), blas)))
      const inputs = inputsFor(maps[0], 6, 'seed')
      const first = await maps[0].forward(inputs, providers[0])
      for (const [i, map] of maps.entries()) {
        const names = Object.keys(map.weights())
        expect(names).toEqual(Object.keys(maps[0].weights()))
        for (const name of names) {
          expect(
            relativeError(namedMatrices(map.weights())(name), namedMatrices(maps[0].weights())(name)),
          ).toBeLessThan(1e-12)
        }
        expect(relativeError(await map.forward(inputs, providers[i]), first)).toBeLessThan(1e-11)
      }
      const other = await kind.create({ ...request(given), seed: 6 }, providers[0])
      expect(relativeError(await other.forward(inputs, providers[0]), first)).toBeGreaterThan(1e-2)
    })

    it('is rebuilt from its JSON, with and without its weights', async () => {
      const [blas] = providers
      const map = await kind.create(request(given), blas)
      const description = JSON.parse(JSON.stringify(describeFeatureMap(map)))
      const inputs = inputsFor(map, 3, 'rebuild')
      const expected = await map.forward(inputs, blas)
      for (const weights of [undefined, map.weights()]) {
        const again = await rebuildFeatureMap(description, blas, weights)
        expect((await again.forward(inputs, blas)).data).toEqual(expected.data)
        expect(describeFeatureMap(again)).toEqual(describeFeatureMap(map))
        expect(again.surjective).toEqual(map.surjective)
      }
    })

    it('refuses weights that are missing, misshapen or not finite', async () => {
      const [blas] = providers
      const map = await kind.create(request(given), blas)
      const [name] = Object.keys(map.weights())
      const tensor = namedMatrices(map.weights())(name)
      const withTensor = (replacement: Matrix | undefined) => {
        const rest = Object.fromEntries(Object.entries(map.weights()).filter(([each]) => each !== name))
        return kind.create(
          { ...request(given), weights: replacement ? { ...rest, [name]: replacement } : rest },
          blas,
        )
      }
      const broken = matrix(tensor.rows, tensor.cols, tensor.data.slice())
      broken.data[0] = NaN
      for (const replacement of [undefined, matrix(tensor.rows + 1, tensor.cols), broken]) {
        await expect(withTensor(replacement)).rejects.toMatchObject({ code: 'data/weights', path: name })
      }
    })

    it('measures its layers', async () => {
      await onEach(given, async (map, blas) => {
        for (const { largest, smallest, name } of await map.conditions(blas)) {
          expect(name.length).toBeGreaterThan(0)
          expect(largest).toBeGreaterThan(0)
          expect(smallest).toBeLessThanOrEqual(largest * 1.001)
        }
      })
    })
  })

  it('refuses an option that it does not know', async () => {
    const given = { ...request(cases[0]), options: { ...cases[0].options, colour: 'blue' } }
    await expect(kind.create(given, providers[0])).rejects.toMatchObject({ code: 'config/feature-map' })
  })
}

export function gaussian(rows: number, cols: number, tag: string): Matrix {
  return matrix(rows, cols, randomStream(11, tag).fillNormal(new Float64Array(rows * cols)))
}

function moved(inputs: Matrix, direction: Matrix, by: number): Matrix {
  const data = inputs.data.map((value, at) => value + by * direction.data[at])
  return matrix(inputs.rows, inputs.cols, data)
}

function dotOfRows(a: Matrix, b: Matrix, row: number): number {
  let sum = 0
  for (let at = row * a.cols; at < (row + 1) * a.cols; at++) sum += a.data[at] * b.data[at]
  return sum
}

function namedMatrices(weights: Weights): (name: string) => Matrix {
  return (name) => {
    const { rows, cols, data } = weights[name]
    return matrix(rows, cols, Float64Array.from(data))
  }
}

/** What a backward-stable inverse may lose. */
async function tolerance(given: FeatureMapCase, map: FeatureMap, blas: Blas): Promise<number> {
  const conditions = (await map.conditions(blas)).map(({ largest, smallest }) => largest / smallest)
  return (given.amplification ?? 1000) * Number.EPSILON * conditions.reduce((a, b) => a * b, 1)
}

function measured(reached: Matrix, wanted: Matrix, scale: number): number {
  const difference = wanted.data.map((value, at) => scale * reached.data[at] - value)
  return frobeniusNorm(matrix(wanted.rows, wanted.cols, difference)) / frobeniusNorm(wanted)
}
