import type { Matrix } from '#core/matrix'
import { byRows } from './by-rows.ts'
import { rowStart, triangleLength } from './packed-triangle.ts'

/**
 * A symmetric matrix of floating-point sums that do not depend on the order of addition (after Demmel & Nguyen,
 * "Fast reproducible floating-point summation", 2013). Every addend is cut, towards zero, into digits of 32 bits on a
 * grid of absolute exponents, so that its digit at a place is the same whatever else is summed; each place adds up its
 * digits as an integer below 2⁵³. An entry keeps three places, from that of its largest addend down: at least 65 bits
 * below the leading bit of that addend, more than ordinary summation keeps.
 */
export interface BinnedSums {
  readonly kind: 'binned'
  readonly size: number
  /** Three places of each entry of the packed upper triangle, highest first: integers. */
  readonly digits: Float64Array
  /** Highest place g of each entry: its unit is 2^(32 g). */
  readonly places: Int8Array
  /** Addends so far; at most `mostAddends`. */
  addends: number
}

/** More addends could carry a place beyond 2⁵³. */
export const mostAddends = 2 ** 20

/** An addend is NaN or infinite. */
export class NotFiniteSum extends Error {
  constructor() {
    super('a sum of products is NaN or infinite')
    this.name = 'NotFiniteSum'
  }
}

const base = 4294967296
const lowestPlace = -30
const highestPlace = 31
/** scales[g − lowestPlace] = 2^(−32 g) */
const scales = Float64Array.from(
  { length: highestPlace - lowestPlace + 1 },
  (_, i) => 2 ** (-32 * (i + lowestPlace)),
)

/** Entries of the packed triangle worked on at a time. */
const stretch = 1 << 16

export function createBinnedSums(size: number): BinnedSums {
  const length = triangleLength(size)
  const places = new Int8Array(length).fill(lowestPlace)
  return { kind: 'binned', size, digits: new Float64Array(3 * length), places, addends: 0 }
}

/**
 * Adds the upper triangle of one block's product. Sums are unusable after a failure.
 * @throws NotFiniteSum
 * @throws RangeError beyond `mostAddends` (the caller checks)
 */
export async function addBinnedProduct(sums: BinnedSums, product: Matrix): Promise<void> {
  if (sums.addends >= mostAddends) throw new RangeError('too many addends')
  const { size } = sums
  await byRows(size, size, (i) => addRow(sums, rowStart(size, i), product.data, i * size + i, size - i))
  sums.addends++
}

function addRow(sums: BinnedSums, at: number, data: Float64Array, from: number, length: number): void {
  const { digits, places } = sums
  for (let j = 0; j < length; j++) {
    const t = at + j
    const addend = data[from + j]
    let rest = addend * scales[places[t] - lowestPlace]
    if (!(Math.abs(rest) < base)) {
      raise(sums, t, placeOf(addend))
      rest = addend * scales[places[t] - lowestPlace]
    }
    const d = 3 * t
    let digit = Math.trunc(rest)
    digits[d] += digit
    rest = (rest - digit) * base
    digit = Math.trunc(rest)
    digits[d + 1] += digit
    digits[d + 2] += Math.trunc((rest - digit) * base)
  }
}

/** The place whose digit of `value` is not zero and below 2³². */
function placeOf(value: number): number {
  if (!Number.isFinite(value)) throw new NotFiniteSum()
  let place = lowestPlace
  while (!(Math.abs(value * scales[place - lowestPlace]) < base)) place++
  return place
}

/** Moves an entry's window up; digits below it are dropped, as if they had never been added. */
function raise({ digits, places }: BinnedSums, t: number, place: number): void {
  const shift = place - places[t]
  const d = 3 * t
  digits[d + 2] = shift === 1 ? digits[d + 1] : shift === 2 ? digits[d] : 0
  digits[d + 1] = shift === 1 ? digits[d] : 0
  digits[d] = 0
  places[t] = place
}

/** into ← into + sign · from, place by place. */
export async function addBinnedSums(into: BinnedSums, from: BinnedSums, sign: 1 | -1): Promise<void> {
  if (into.addends + from.addends > mostAddends) throw new RangeError('too many addends')
  const length = into.places.length
  await byRows(Math.ceil(length / stretch), 3 * stretch, (i) => {
    const end = Math.min((i + 1) * stretch, length)
    for (let t = i * stretch; t < end; t++) {
      if (from.places[t] > into.places[t]) raise(into, t, from.places[t])
      const shift = into.places[t] - from.places[t]
      for (let place = 0; place + shift < 3; place++) {
        into.digits[3 * t + place + shift] += sign * from.digits[3 * t + place]
      }
    }
  })
  into.addends += from.addends
}

/** Entry t of the packed triangle, rounded to float64. */
export function binnedValue({ digits, places }: BinnedSums, t: number): number {
  const d = 3 * t
  // Multiples of a power of two: a sum below 2⁵³ of them is exact, a larger one cancels no more.
  const value = (digits[d] * base + digits[d + 1]) * base + digits[d + 2]
  const unit = 32 * (places[t] - 2)
  return value * 2 ** Math.max(unit, -992) * 2 ** Math.min(unit + 992, 0)
}
