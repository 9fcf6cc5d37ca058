import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Matrix } from '#core/matrix'
import { matrix, relativeError, rowsOf, takeRows, transpose } from '#core/matrix'
import type { Kernel } from '#kernels/kernel'
import { createKernel } from '#kernels/index'
import type { Blas } from '#linalg/blas'
import { chooseBlas } from '#linalg/provider'
import { gaussian } from './feature-map.ts'

export interface KernelCase {
  readonly name: string
  create(blas: Blas): Kernel | Promise<Kernel>
  /** K(x, z), by plain numbers. */
  reference(x: ArrayLike<number>, z: ArrayLike<number>): number
  readonly inputs: number
}

/** What every kernel must do, on every provider of this machine. */
export function conformsAsKernel({ name, create, reference, inputs }: KernelCase): void {
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
  const onEach = async (check: (kernel: Kernel, blas: Blas) => Promise<void>) => {
    expect(providers.length).toBeGreaterThan(0)
    for (const blas of providers) await check(await create(blas), blas)
  }
  const sample = (rows: number, tag: string, size = 1) => {
    const result = gaussian(rows, inputs, tag)
    result.data.forEach((value, at) => (result.data[at] = size * value))
    return result
  }
  const row = (x: Matrix, i: number) => x.data.subarray(i * x.cols, (i + 1) * x.cols)

  describe(name, () => {
    it.each([
      [1, 1],
      [1, 5],
      [6, 1],
      [23, 9],
    ])('agrees with the formula on %i × %i', async (n, m) => {
      await onEach(async (kernel, blas) => {
        for (const size of [0.01, 1, 10]) {
          const x = sample(n, 'x', size)
          const z = sample(m, 'z')
          const expected = matrix(n, m)
          for (let i = 0; i < n; i++) {
            for (let j = 0; j < m; j++) expected.data[i * m + j] = reference(row(x, i), row(z, j))
          }
          const kept = [x.data.slice(), z.data.slice()]
          expect(relativeError(await kernel.gram(x, z, blas), expected)).toBeLessThan(2e-14)
          expect([x.data, z.data]).toEqual(kept)
        }
      })
    })

    it('works in blocks as it does in one piece', async () => {
      await onEach(async (kernel, blas) => {
        const x = sample(700, 'long')
        const z = sample(400, 'wide')
        const whole = await kernel.gram(x, z, blas)
        const parts = await kernel.gram(rowsOf(x, 649, 700), z, blas)
        expect(relativeError(parts, rowsOf(whole, 649, 700))).toBeLessThan(1e-13)
        const empty = await kernel.gram(matrix(0, inputs), z, blas)
        expect([empty.rows, empty.cols]).toEqual([0, 400])
      })
    })

    it('is symmetric to the last bit, positive semidefinite, and knows its diagonal', async () => {
      await onEach(async (kernel, blas) => {
        const x = takeRows(sample(12, 'psd'), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 3, 3])
        const gram = await kernel.symmetricGram(x, blas)
        expect(gram.data).toEqual(transpose(gram).data)
        const diagonal = await kernel.diagonal(x, blas)
        diagonal.forEach((value, i) => {
          expect(Math.abs(gram.data[i * 14 + i] - value)).toBeLessThanOrEqual(1e-14 * value)
          const own = reference(row(x, i), row(x, i))
          expect(Math.abs(value - own)).toBeLessThan(1e-7 * own)
        })
        // Between equal rows the angle is known to √ε only.
        expect(relativeError(await kernel.gram(x, x, blas), gram)).toBeLessThan(3e-8)
        const { values } = await blas.eigenSymmetric(gram)
        expect(values[0]).toBeGreaterThan(-3e-8 * values[values.length - 1])
      })
    })

    it('pulls cotangents back, as differences say', async () => {
      await onEach(async (kernel, blas) => {
        const x = sample(7, 'x')
        const z = sample(4, 'z')
        const c = gaussian(7, 4, 'c')
        const gradient = await pullBack(kernel, x, z, c, blas)
        expect([gradient.rows, gradient.cols]).toEqual([4, inputs])
        for (const tag of ['up', 'east']) {
          const direction = sample(4, tag)
          const slope = await difference(z, direction, async (at) => inner(await kernel.gram(x, at, blas), c))
          expect(Math.abs(inner(gradient, direction) - slope)).toBeLessThan(
            1e-7 * scaleOf(gradient, direction),
          )
        }
      })
    })

    it('pulls back where both arguments move', async () => {
      await onEach(async (kernel, blas) => {
        for (const rows of [1, 5]) {
          const x = sample(rows, 'both')
          const c = gaussian(rows, rows, 'c')
          const gradient = await kernel.symmetricPullBack(x, c, blas)
          const direction = sample(rows, 'up')
          const slope = await difference(x, direction, async (at) =>
            inner(await kernel.symmetricGram(at, blas), c),
          )
          const size = scaleOf(gradient, direction) + 1e-3
          expect(Math.abs(inner(gradient, direction) - slope)).toBeLessThan(1e-7 * size)
        }
      })
    })

    it('pulls back in blocks as it does in one piece', async () => {
      await onEach(async (kernel, blas) => {
        const x = sample(400, 'long')
        const z = sample(300, 'wide')
        const c = gaussian(400, 300, 'c')
        const whole = await pullBack(kernel, x, z, c, blas)
        const sum = matrix(300, inputs)
        for (const [from, to] of [
          [0, 150],
          [150, 400],
        ]) {
          const part = await pullBack(kernel, rowsOf(x, from, to), z, rowsOf(c, from, to), blas)
          part.data.forEach((value, at) => (sum.data[at] += value))
        }
        expect(relativeError(sum, whole)).toBeLessThan(1e-10)
      })
    })

    it('has finite gradients between equal points', async () => {
      await onEach(async (kernel, blas) => {
        const z = sample(3, 'equal')
        const x = takeRows(z, [0, 1, 2, 0, 1, 2])
        const close = matrix(
          6,
          inputs,
          x.data.map((value, at) => value * (1 + (at % 7) * 1e-12)),
        )
        for (const left of [x, close]) {
          const gradient = await pullBack(kernel, left, z, gaussian(6, 3, 'c'), blas)
          expect(Math.max(...gradient.data.map(Math.abs))).toBeLessThan(1e4)
        }
        const twice = await kernel.symmetricPullBack(x, gaussian(6, 6, 'c'), blas)
        expect(Math.max(...twice.data.map(Math.abs))).toBeLessThan(1e4)
      })
    })

    it('is made again from its JSON', async () => {
      const [blas] = providers
      const kernel = await create(blas)
      if (kernel.id === 'features') return
      const { id, parameters } = JSON.parse(JSON.stringify(kernel))
      const again = createKernel({ id, parameters })
      const x = sample(5, 'again')
      expect((await again.gram(x, x, blas)).data).toEqual((await kernel.gram(x, x, blas)).data)
      expect(() => createKernel({ id, parameters: { colour: 3 } })).toThrow(/kernel/)
    })
  })
}

async function difference(
  at: Matrix,
  direction: Matrix,
  value: (at: Matrix) => Promise<number>,
): Promise<number> {
  const step = 1e-5
  const moved = (by: number) =>
    matrix(
      at.rows,
      at.cols,
      at.data.map((each, i) => each + by * direction.data[i]),
    )
  return ((await value(moved(step))) - (await value(moved(-step)))) / (2 * step)
}

function inner(a: Matrix, b: Matrix): number {
  return a.data.reduce((sum, value, at) => sum + value * b.data[at], 0)
}

function scaleOf(a: Matrix, b: Matrix): number {
  return Math.sqrt(inner(a, a) * inner(b, b))
}

/** Gradient of Σ C_ij K(x_i, z_j) with respect to z; K itself has to be what `gram` gives. */
export async function pullBack(kernel: Kernel, x: Matrix, z: Matrix, c: Matrix, blas: Blas): Promise<Matrix> {
  const linearised = await kernel.linearise(x, z, blas)
  expect(linearised.gram.data).toEqual((await kernel.gram(x, z, blas)).data)
  const kept = linearised.gram.data.slice()
  const gradient = await linearised.pullBack(c)
  expect(linearised.gram.data).toEqual(kept)
  expect((await linearised.pullBack(c)).data).toEqual(gradient.data)
  return gradient
}
