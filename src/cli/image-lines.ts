import type { Matrix } from '#core/matrix'

const shades = ' ·:-=+*#%@'

/**
 * Grey images side by side as characters, half the height because characters are tall; each image is stretched over its
 * own range.
 * @param images m × (height·width·channels)
 */
export function imageLines(
  images: Matrix,
  shape: readonly number[],
  columns = process.stdout.columns ?? 80,
): string[] {
  const [height, width, channels = 1] = shape
  const perRow = Math.max(1, Math.min(5, Math.floor((columns + 2) / (width + 2))))
  const lines: string[] = []
  for (let first = 0; first < images.rows; first += perRow) {
    const row = Array.from({ length: Math.min(perRow, images.rows - first) }, (_, i) => first + i)
    for (let y = 0; y + 1 < height; y += 2) {
      lines.push(row.map((image) => shadeRow(images, image, { y, width, channels })).join('  '))
    }
    lines.push('')
  }
  return lines
}

function shadeRow(images: Matrix, image: number, at: { y: number; width: number; channels: number }): string {
  const pixels = images.data.subarray(image * images.cols, (image + 1) * images.cols)
  let low = Infinity
  let high = -Infinity
  for (const value of pixels) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const { y, width, channels } = at
  let text = ''
  for (let x = 0; x < width; x++) {
    const upper = pixels[(y * width + x) * channels]
    const lower = pixels[((y + 1) * width + x) * channels]
    const level = high > low ? ((upper + lower) / 2 - low) / (high - low) : 0
    text += shades[Math.min(shades.length - 1, Math.floor(level * shades.length))]
  }
  return text
}
