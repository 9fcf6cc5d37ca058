import type { Matrix } from '#core/matrix'

const shades = ' ·:-=+*#%@'
/** Half a side of the window that a character averages: the eye finds the shape only beneath the fine noise. */
const reach = 2

/**
 * Images side by side as characters, smoothed, half the height because characters are tall; each image is stretched over
 * its own range.
 * @param images m × (height·width·channels)
 */
export function imageLines(
  images: Matrix,
  shape: readonly number[],
  columns = process.stdout.columns || 80,
): string[] {
  const [height, width, channels = 1] = shape
  const perRow = Math.max(1, Math.min(5, Math.floor((columns + 2) / (width + 2))))
  const pictures = Array.from({ length: images.rows }, (_, i) => {
    const pixels = images.data.subarray(i * images.cols, (i + 1) * images.cols)
    return shadeRows(smoothed(pixels, { height, width, channels }), width)
  })
  const lines: string[] = []
  for (let first = 0; first < pictures.length; first += perRow) {
    const row = pictures.slice(first, first + perRow)
    row[0].forEach((_, y) => lines.push(row.map((picture) => picture[y]).join('  ')))
    lines.push('')
  }
  return lines
}

/** Every second row of the image, each value the mean of its surroundings. */
function smoothed(
  pixels: Float64Array,
  { height, width, channels }: { height: number; width: number; channels: number },
): Float64Array {
  const values = new Float64Array(Math.floor(height / 2) * width)
  for (let t = 0; t < values.length; t++) {
    const y = 2 * Math.floor(t / width)
    const x = t % width
    let sum = 0
    let count = 0
    for (let v = Math.max(0, y - reach); v < Math.min(height, y + reach + 1); v++) {
      for (let u = Math.max(0, x - reach); u < Math.min(width, x + reach + 1); u++) {
        sum += pixels[(v * width + u) * channels]
        count++
      }
    }
    values[t] = sum / count
  }
  return values
}

function shadeRows(values: Float64Array, width: number): string[] {
  const low = values.reduce((least, value) => Math.min(least, value), Infinity)
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity)
  const scale = high > low ? shades.length / (high - low) : 0
  const characters = Array.from(
    values,
    (value) => shades[Math.min(shades.length - 1, Math.floor((value - low) * scale))],
  )
  return Array.from({ length: values.length / width }, (_, y) =>
    characters.slice(y * width, (y + 1) * width).join(''),
  )
}
