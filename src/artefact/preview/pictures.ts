import type { Matrix } from '#core/matrix'
import { rowsOf } from '#core/matrix'
import { storedPng } from './png.ts'

/** Points as 8-bit pictures of one size, row-major, channels last. */
export interface Pictures {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly pixels: readonly Uint8Array[]
  /** Each picture is stretched between its own 1st and 99th percentile. */
  readonly stretched: boolean
}

/** Root mean square of what lies beyond the pixel range, as a share of it, up to which pictures are shown unscaled. */
const largestExcess = 0.1
/** Values looked at for percentiles. */
const sampleSize = 256

/**
 * @param values m × (height·width·channels) in raw pixel space
 * @param shape [height, width, channels]; pictures of other than 1, 3 or 4 channels show the mean of their channels
 * @param range raw values of black and white, where they are known; without it every picture is stretched
 */
export function picturesOf(
  values: Matrix,
  shape: readonly number[],
  range: readonly [number, number] | undefined,
): Pictures {
  const [height, width, depth] = shape
  const channels = depth === 3 || depth === 4 ? 3 : 1
  const stretched = range === undefined || excess(values.data, range) > largestExcess
  const pixels = Array.from({ length: values.rows }, (_, i) => {
    const own = rowsOf(values, i, i + 1).data
    const [low, high] = stretched ? percentileRange(own) : range
    return toPixels(own, depth, channels, low, high)
  })
  return { width, height, channels, pixels, stretched }
}

/** One PNG file for each picture. */
export function picturePngs({ width, height, channels, pixels }: Pictures): Uint8Array[] {
  return pixels.map((data) => storedPng({ width, height, channels, data }))
}

function toPixels(
  values: Float64Array,
  depth: number,
  channels: 1 | 3,
  low: number,
  high: number,
): Uint8Array {
  const scale = high > low ? 255 / (high - low) : 0
  const count = values.length / depth
  const result = new Uint8Array(count * channels)
  // Without channels to show as colours, all are averaged into grey.
  const averaged = channels === 1 ? depth : 1
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < channels; c++) {
      let value = values[i * depth + c]
      if (averaged > 1) value = mean(values, i * depth, averaged)
      const level = scale === 0 ? 128 : (value - low) * scale
      result[i * channels + c] = level < 0 ? 0 : level > 255 ? 255 : Math.round(level)
    }
  }
  return result
}

function mean(values: Float64Array, start: number, count: number): number {
  let sum = 0
  for (let i = start; i < start + count; i++) sum += values[i]
  return sum / count
}

function excess(values: Float64Array, [low, high]: readonly [number, number]): number {
  let sum = 0
  for (const value of values) {
    const beyond = value < low ? low - value : value > high ? value - high : 0
    sum += beyond * beyond
  }
  return Math.sqrt(sum / values.length) / (high - low)
}

function percentileRange(values: Float64Array): [number, number] {
  const size = Math.min(sampleSize, values.length)
  const sample = new Float64Array(size)
  for (let i = 0; i < size; i++) sample[i] = values[Math.floor((i * values.length) / size)]
  sample.sort()
  const at = (share: number): number => sample[Math.round(share * (size - 1))]
  return [at(0.01), at(0.99)]
}
