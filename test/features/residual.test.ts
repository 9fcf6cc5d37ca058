import { expect, it } from 'vitest'
import { frobeniusNorm, matrix } from '#core/matrix'
import { residual } from '#features/residual'

const wanted = [3, -4, 12, 0, 5, 1]
const reached = [1.5, -2, 6.5, 0.25, 2.5, 0.5]
/** By hand: 2 · reached − wanted = (0, 0, 1, ½, 0, 0), and ‖wanted‖² = 195. */
const expected = Math.sqrt(1.25 / 195)

it.each([1, 1e-170, 1e-300, 1e170, 1e300])(
  'is relative at the scale %f, where squares would not be',
  (unit) => {
    const of = (values: number[]) =>
      matrix(
        2,
        3,
        Float64Array.from(values, (value) => value * unit),
      )
    expect(residual(of(reached), of(wanted), 2) / expected).toBeCloseTo(1, 12)
    expect(frobeniusNorm(of(wanted)) / unit / Math.sqrt(195)).toBeCloseTo(1, 12)
  },
)

it('is the plain norm for zeros, and not a number where an entry is none', () => {
  expect(residual(matrix(1, 2, Float64Array.of(3, 4)), matrix(1, 2), 1)).toBe(5)
  expect(residual(matrix(1, 2), matrix(1, 2), 1)).toBe(0)
  expect(residual(matrix(1, 2, Float64Array.of(NaN, 1)), matrix(1, 2, Float64Array.of(1, 1)), 1)).toBeNaN()
  expect(frobeniusNorm(matrix(1, 2, Float64Array.of(NaN, 1)))).toBeNaN()
  expect(frobeniusNorm(matrix(1, 2, Float64Array.of(1, -Infinity)))).toBe(Infinity)
})
